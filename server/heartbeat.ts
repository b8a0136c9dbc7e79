import { CLOSE } from "@/core/close-codes";
import { PONG_TIMEOUT_MS } from "@/core/protocol";
import type { Connection } from "./connection";
import { PING_FRAMES } from "./frame";

const SWEEP_INTERVAL_MS = 1_000;
/** Connections looked at before the event loop gets a turn. */
const SLICE = 2_000;

interface HeartbeatOptions {
  connections: ReadonlySet<Connection>;
  /** The database's clock, ms: tokens expire by it. */
  now: () => number;
  pingIntervalMs: number;
}

/**
 * One sweep a second serves all connections: pings that are due, silence after a ping, tokens
 * that have run out, backlogs that do not shrink. No timer of a connection's own.
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(async () => {
      await this.#sweep();
      this.start();
    }, SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  /** Of a connection that has just been told everything: its first ping comes at a random time. */
  begin(connection: Connection): void {
    const now = performance.now();
    connection.nextPingAt = now + this.#options.pingIntervalMs * Math.random();
    connection.lookAt = nextLook(connection, now, this.#options.now());
  }

  async #sweep(): Promise<void> {
    const databaseNow = this.#options.now();
    let now = performance.now();
    let looked = 0;
    for (const connection of this.#options.connections) {
      // Most have nothing due: then nothing but these two fields of theirs is touched.
      if (now >= connection.lookAt || connection.hasBacklog) {
        this.#look(connection, now, databaseNow);
      }
      looked += 1;
      if (looked % SLICE === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        now = performance.now();
      }
    }
  }

  #look(connection: Connection, now: number, databaseNow: number): void {
    if (connection.state !== "open") return;
    if (connection.expiresAt !== null && connection.expiresAt <= databaseNow) {
      connection.close(CLOSE.tokenInvalid);
    } else if (connection.isStalled(now)) {
      connection.drop();
    } else if (connection.pingedAt > 0 && connection.lastHeardAt >= connection.pingedAt) {
      connection.pingedAt = 0;
    } else if (connection.pingedAt > 0 && now - connection.pingedAt > PONG_TIMEOUT_MS) {
      connection.terminate();
    } else if (now >= connection.nextPingAt) {
      connection.nextPingAt = now + this.#options.pingIntervalMs;
      connection.pingedAt = now;
      connection.write(PING_FRAMES, 1);
    }
    connection.lookAt = nextLook(connection, now, databaseNow);
  }
}

/** When something may be due, ms of the monotonic clock: never after the next ping. */
function nextLook(connection: Connection, now: number, databaseNow: number): number {
  const { nextPingAt, pingedAt, expiresAt } = connection;
  const expiry = expiresAt === null ? nextPingAt : now + (expiresAt - databaseNow);
  const silence = pingedAt > 0 ? pingedAt + PONG_TIMEOUT_MS : nextPingAt;
  return Math.min(nextPingAt, expiry, silence);
}
