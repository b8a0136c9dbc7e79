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
  const listeners: { [K in keyof ClientEvents]: Set<(detail: ClientEvents[K]) => void> } = {
    shown: new Set(),
    dismissed: new Set(),
    clicked: new Set(),
    connection: new Set(),
  };
  return {
    on(event, listener) {
      listeners[event].add(listener);
      return () => listeners[event].delete(listener);
    },
    emit(event, detail) {
      // Each on its own: one that throws is the host page's matter, and is reported to it.
      for (const listener of listeners[event]) queueMicrotask(() => listener(detail));
    },
  };
}
