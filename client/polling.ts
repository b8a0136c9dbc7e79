/**
 * For networks that let no WebSocket through: asks for the active banners every half minute
 * (SPEC § 8), and sends dismissals by POST. Slower, otherwise the same.
 */
import type { WireBroadcast } from "@/core/protocol";
import type { Api } from "./api";
import { createTimer } from "./clock";
import { isBroadcast, isRecord } from "./wire";

export interface PollingOptions {
  api: Api;
  /** `workspace` and `locale`. */
  query(): string;
  onAnswer(broadcasts: WireBroadcast[], sessionToken: string | null): void;
  random(): number;
}

export interface Polling {
  /** Whether it has begun to ask. */
  readonly active: boolean;
  /** Begins after a delay of its own, so that a server's outage does not become a wave of calls. */
  start(): void;
  stop(): void;
  /** @returns the HTTP status of the answer; 0 = none */
  acknowledge(broadcastId: string, revision: number): Promise<number>;
}

const PATH = "/api/creator/broadcast/";
const START_AFTER_MS = 5_000;
const INTERVAL_MS = 30_000;

export function createPolling({ api, query, onAnswer, random }: PollingOptions): Polling {
  let started = false;
  let active = false;
  let etag = "";
  const next = createTimer(() => void poll());

  async function poll(): Promise<void> {
    active = true;
    await ask().catch(() => {});
    if (started) next.set(INTERVAL_MS * (0.75 + random() / 2));
  }

  async function ask(): Promise<void> {
    const response = await api(`${PATH}active?${query()}`, {
      headers: etag ? { "If-None-Match": etag } : {},
    });
    if (!response.ok) return;
    const body: unknown = await response.json();
    if (!started || !isRecord(body) || !Array.isArray(body.broadcasts)) return;
    etag = response.headers.get("ETag") ?? "";
    const { broadcasts, session_token } = body;
    onAnswer(broadcasts.filter(isBroadcast), session_token ? `${session_token}` : null);
  }

  return {
    get active() {
      return active;
    },
    start() {
      if (started) return;
      started = true;
      etag = "";
      next.set(START_AFTER_MS * (1 + 2 * random()));
    },
    stop() {
      started = active = false;
      next.clear();
    },
    async acknowledge(broadcastId, revision) {
      const answer = api(`${PATH}acknowledge?${query()}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ broadcast_id: broadcastId, revision }),
        keepalive: true,
      });
      return answer.then(
        ({ status }) => status,
        () => 0,
      );
    },
  };
}
