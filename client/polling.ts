/**
 * For networks that let no WebSocket through: asks for the active banners every half minute
 * (SPEC § 8), and sends dismissals by POST. Slower, otherwise the same, and told in frames.
 */
import type { ClientFrame, ServerFrame } from "@/core/protocol";
import type { Api } from "./api";
import { createTimer } from "./clock";
import type { PolledFrame } from "./store";
import { isBroadcast, isRecord } from "./wire";

export interface PollingOptions {
  api: Api;
  /** `workspace` and `locale`. */
  query(): string;
  onFrame(frame: ServerFrame | PolledFrame): void;
  /** The server's clock with each answer, ms; NaN = it was not said. */
  onTime(serverTime: number): void;
}

export interface Polling {
  /** Whether it has begun to ask. */
  readonly active: boolean;
  /** Begins after a delay of its own, so that a server's outage does not become a wave of calls. */
  start(): void;
  stop(): void;
  /** Acknowledgements only; there is no other way for the rest. */
  send(frame: ClientFrame): void;
}

const PATH = "/api/creator/broadcast/";
const START_AFTER_MS = 5_000;
const INTERVAL_MS = 30_000;

export function createPolling({ api, query, onFrame, onTime }: PollingOptions): Polling {
  let started = false;
  let active = false;
  const next = createTimer(() => void poll());

  async function poll(): Promise<void> {
    active = true;
    try {
      await ask();
    } catch {
      // Unreachable: next time.
    }
    if (started) next.set(INTERVAL_MS * (0.75 + Math.random() / 2));
  }

  async function ask(): Promise<void> {
    const response = await api(`${PATH}active?${query()}`);
    onTime(Date.parse(`${response.headers.get("Date")}`));
    if (!response.ok) return;
    const body: unknown = await response.json();
    if (!started || !isRecord(body) || !Array.isArray(body.broadcasts)) return;
    const { broadcasts, session_token } = body;
    onFrame({
      type: "polled",
      broadcasts: broadcasts.filter(isBroadcast),
      session_token: session_token ? `${session_token}` : null,
    });
  }

  async function acknowledge(broadcast_id: string, revision?: number): Promise<void> {
    const response = await api(`${PATH}acknowledge?${query()}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ broadcast_id, revision }),
      keepalive: true,
    });
    if (!started) return;
    if (response.ok) {
      onFrame({ type: "broadcast_acknowledged", broadcast_id, revision: revision ?? 0 });
    } else {
      // An error's body says what an `error` frame says.
      onFrame({ ...(await response.json()), type: "error", broadcast_id });
    }
  }

  return {
    get active() {
      return active;
    },
    start() {
      if (started) return;
      started = true;
      next.set(START_AFTER_MS * (1 + 2 * Math.random()));
    },
    stop() {
      started = active = false;
      next.clear();
    },
    send(frame) {
      if (frame.type !== "acknowledge_broadcast") return;
      acknowledge(frame.broadcast_id, frame.revision).catch(() => {});
    },
  };
}
