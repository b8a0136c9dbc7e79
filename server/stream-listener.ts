import { randomUUID } from "node:crypto";
import type { WebSocket } from "ws";
import { CLOSE, type CloseReason } from "@/core/close-codes";
import { PONG_TIMEOUT_MS } from "@/core/protocol";
import type { StreamErrorCode, StreamServerFrame } from "@/core/stream-frames";
import type { Caller } from "@/lib/context";

/** Bytes not yet taken by the kernel: beyond, the listener is too slow ([PUB7]). */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** A peer that does not answer a close is cut off after this. */
const CLOSE_GRACE_MS = 1_000;
/** Bursts may be so many times the rate per second ([SEC5]). */
const BURST_FACTOR = 5;
/** So many frames may wait for those before them; then no more is read. */
const MAX_WAITING = 100;
/** So many refused frames within the window close the connection ([SEC6]). */
const MAX_REFUSALS = 10;
const REFUSAL_WINDOW_MS = 10_000;

export interface ListenerInit {
  workspaceId: string;
  sessionId: string;
  /** Whose rights it listens by; null = nobody's, where streams are open to anybody. */
  caller: Exclude<Caller, { kind: "nobody" }> | null;
  /** May call itself `admin` ([STR1]). */
  mayBeAdmin: boolean;
  /** 0 = no limit. */
  framesPerSecond: number;
  /** ms, database time. */
  connectedAt: number;
}

/** What a listener called itself. */
export interface Hello {
  userType: string;
  clientType: string;
}

/** One WebSocket that listens to a session's stream: its turn, its limits, its heartbeat. */
export class Listener {
  readonly id = randomUUID();
  readonly workspaceId: string;
  readonly sessionId: string;
  /** The session within its workspace: streams of two workspaces never meet. */
  readonly stream: string;
  readonly caller: ListenerInit["caller"];
  readonly mayBeAdmin: boolean;
  /** ms, database time: the newest owner stays ([STR3]). */
  connectedAt: number;
  hello: Hello | null = null;
  /** It is told things from `open` on, which begins with `connected`. */
  state: "joining" | "open" | "closed" = "joining";
  readonly #ws: WebSocket;
  readonly #framesPerSecond: number;
  #tokens: number;
  #tokensAt = performance.now();
  #refusals = 0;
  #refusalsSince = 0;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** By the monotonic clock, ms. */
  #heardAt = performance.now();
  /** When the ping went out that has not been answered; 0 = none. */
  #pingedAt = 0;

  constructor(ws: WebSocket, init: ListenerInit) {
    this.#ws = ws;
    this.workspaceId = init.workspaceId;
    this.sessionId = init.sessionId;
    this.stream = `${init.workspaceId}/${init.sessionId}`;
    this.caller = init.caller;
    this.mayBeAdmin = init.mayBeAdmin;
    this.connectedAt = init.connectedAt;
    this.#framesPerSecond = init.framesPerSecond;
    this.#tokens = init.framesPerSecond * BURST_FACTOR;
  }

  /** One after the other, in the order of arrival: no answer overtakes an earlier one. */
  inTurn(work: () => Promise<void>, onError: (error: unknown) => void): void {
    this.#waiting += 1;
    if (this.#waiting === MAX_WAITING) this.#ws.pause();
    this.#turn = this.#turn
      .then(work)
      .catch(onError)
      .finally(() => {
        if (this.#waiting === MAX_WAITING) this.#ws.resume();
        this.#waiting -= 1;
      });
  }

  /** Whether one more frame is within the limit. */
  takeToken(): boolean {
    const rate = this.#framesPerSecond;
    if (rate === 0) return true;
    const now = performance.now();
    const earned = ((now - this.#tokensAt) / 1000) * rate;
    this.#tokens = Math.min(this.#tokens + earned, rate * BURST_FACTOR);
    this.#tokensAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  send(frame: StreamServerFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  /** Whole frames. A listener that is too slow is dropped, not waited for. */
  sendText(text: string): void {
    if (this.state !== "open") return;
    if (this.#ws.bufferedAmount + text.length > MAX_UNSENT_BYTES) this.close(CLOSE.tooSlow);
    else this.#ws.send(text);
  }

  /** Answers a frame that was refused; the tenth in ten seconds closes. */
  refuse(code: StreamErrorCode, message: string): void {
    this.send({ type: "error", code, message });
    const now = performance.now();
    if (now - this.#refusalsSince > REFUSAL_WINDOW_MS) {
      this.#refusalsSince = now;
      this.#refusals = 0;
    }
    this.#refusals += 1;
    if (this.#refusals >= MAX_REFUSALS) this.close(CLOSE.policy);
  }

  /** May be called twice. */
  close(reason: CloseReason): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.#ws.close(reason.code, reason.reason);
    setTimeout(() => this.#ws.terminate(), CLOSE_GRACE_MS).unref();
  }

  /** Something came from the other side. */
  noteHeard(): void {
    this.#heardAt = performance.now();
  }

  /** Pings who has been silent; cuts off who does not answer. */
  checkHeartbeat(now: number, pingIntervalMs: number): void {
    const isAnswered = this.#heardAt >= this.#pingedAt;
    if (this.#pingedAt > 0 && !isAnswered) {
      if (now - this.#pingedAt > PONG_TIMEOUT_MS) this.#ws.terminate();
      return;
    }
    this.#pingedAt = 0;
    if (now - this.#heardAt <= pingIntervalMs) return;
    this.#pingedAt = now;
    this.#ws.ping();
  }
}
