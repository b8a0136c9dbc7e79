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
const MAX_INTERVAL_MS = 300_000;

export function createPolling({ api, query, onAnswer, random }: PollingOptions): Polling {
  let started = false;
  let active = false;
  let etag = "";
  let failures = 0;
  const next = createTimer(() => void poll());

  async function poll(): Promise<void> {
    active = true;
    const answered = await ask().catch(() => false);
    if (!started) return;
    failures = answered ? 0 : failures + 1;
    const interval = Math.min(MAX_INTERVAL_MS, INTERVAL_MS * 2 ** failures);
    next.set(interval * (0.75 + random() / 2));
  }

  async function ask(): Promise<boolean> {
    const headers: HeadersInit = etag ? { "If-None-Match": etag } : {};
    const response = await api(`${PATH}active?${query()}`, { headers });
    if (response.status === 304) return true;
    if (!response.ok) return false;
    const body: unknown = await response.json();
    if (!started || !isRecord(body) || !Array.isArray(body.broadcasts)) return false;
    etag = response.headers.get("ETag") ?? "";
    const session = typeof body.session_token === "string" ? body.session_token : null;
    onAnswer(body.broadcasts.filter(isBroadcast), session);
    return true;
  }

  return {
    get active() {
      return active;
    },
    start() {
      if (started) return;
      started = true;
      failures = 0;
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
