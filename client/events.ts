import type { WireBroadcast } from "@/core/protocol";

/**
 * - `connecting`: no answer yet, or between two connections
 * - `live`: a socket is open, here or in the tab that connects for this one
 * - `polling`: sockets do not get through; asks every half minute
 * - `offline`: the browser says there is no network
 * - `stopped`: the server does not want this client back until `identify()` is called
 */
export type ConnectionState = "connecting" | "live" | "polling" | "offline" | "stopped";

export interface ClientEvents {
  /** First time on a screen of this browser: once per (broadcast, shown revision) ([PUB5]). */
  shown: { broadcast: WireBroadcast };
  /** By the user of this page. */
  dismissed: { broadcast: WireBroadcast };
  /** The action or a link in the text was followed. */
  clicked: { broadcast: WireBroadcast; url: string | null };
  connection: { state: ConnectionState };
}

export interface Emitter {
  on<K extends keyof ClientEvents>(
    event: K,
    listener: (detail: ClientEvents[K]) => void,
  ): () => void;
  emit<K extends keyof ClientEvents>(event: K, detail: ClientEvents[K]): void;
}

export function createEmitter(): Emitter {
  const listeners = new Set<(event: keyof ClientEvents, detail: unknown) => void>();
  return {
    on(wanted, listener) {
      const hear = (event: keyof ClientEvents, detail: unknown) => {
        // Each on its own: one that throws is the host page's matter, and is reported to it.
        if (event === wanted) queueMicrotask(() => listener(detail as never));
      };
      listeners.add(hear);
      return () => listeners.delete(hear);
    },
    emit(event, detail) {
      for (const hear of listeners) hear(event, detail);
    },
  };
}
