import { AppError } from "@/core/errors";
import { Listeners } from "@/lib/listeners";
import type { Logger } from "@/lib/logger";
import { createCommandClient, createSubscriberClient, type RedisClient } from "./redis-clients";
import { bareError, isRefusal } from "./redis-error";
import type { RedisScript } from "./redis-script";
import { describeTarget, parseRedisUrl, type RedisTarget } from "./redis-url";

export interface RedisConnectionOptions {
  /** `redis://`, `rediss://`, `redis+sentinel://` or `redis+cluster://`. */
  url: string;
  /** In front of every key and channel. Without braces: they mean something in a Cluster. */
  prefix: string;
  logger: Logger;
}

/** What `run` waits for an answer, ms: below the 500 that the ports promise. */
const ANSWER_TIMEOUT_MS = 450;
const DECIDE_TIMEOUT_MS = 3_000;
/** While Redis is away it is asked so often whether it is back, ms. */
const PROBE_INTERVAL_MS = 250;

/**
 * One process's way to Redis, shared by the broker, the stores and the rate limiter.
 *
 * It never throws for Redis being away, neither at the start nor later: it reconnects for good,
 * at most a second apart. A breaker keeps an outage cheap: the first command that fails opens
 * it, then `run` refuses at once, and a small read of this class's own finds out when Redis is
 * back ([DEG2], [DEG3]). One line is logged when it goes and one when it returns.
 */
export class RedisConnection {
  /** For parts that bring their own commands, as the rate limiter does. */
  readonly commands: RedisClient;
  readonly prefix: string;
  /** Resolves when it is known for the first time whether Redis is there: in 3 s at the latest. */
  readonly decided: Promise<void>;
  #decide: () => void = () => undefined;
  readonly #target: RedisTarget;
  readonly #logger: Logger;
  readonly #listeners: Listeners<[available: boolean]>;
  #available = false;
  #awaySince: number | null = null;
  #lastError = "not connected";
  #probeTimer: NodeJS.Timeout | undefined;
  #probing = false;
  #closing: Promise<void> | null = null;

  /** @throws AppError `invalid` for a URL or prefix that cannot be used */
  constructor({ url, prefix, logger }: RedisConnectionOptions) {
    if (/[{}\s]/.test(prefix)) {
      const message = "REDIS_PREFIX must have neither braces nor spaces.";
      throw new AppError("invalid", message, { field: "REDIS_PREFIX" });
    }
    this.prefix = prefix;
    this.#target = parseRedisUrl(url);
    this.#logger = logger.child({ redis: describeTarget(this.#target) });
    this.#listeners = new Listeners((err) => logger.error({ err }, "a listener failed"));
    this.commands = createCommandClient(this.#target);
    this.decided = new Promise((resolve) => {
      this.#decide = resolve;
      setTimeout(resolve, DECIDE_TIMEOUT_MS).unref();
    });
    this.#watchClient();
    this.#probeTimer = setInterval(() => void this.#probe(), PROBE_INTERVAL_MS);
    this.#probeTimer.unref();
    this.commands.connect().catch((error: unknown) => this.#noteError(error));
  }

  /** False while commands are known not to be answered. */
  get available(): boolean {
    return this.#available;
  }

  /** Called when `available` changes. */
  onAvailability(listener: (available: boolean) => void): () => void {
    return this.#listeners.add(listener);
  }

  /** Waits for Redis, no longer than that; says whether it is there. */
  async connect(timeoutMs: number): Promise<boolean> {
    if (this.#available) return true;
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        unsubscribe();
        resolve(this.#available);
      };
      const timer = setTimeout(finish, timeoutMs);
      const unsubscribe = this.onAvailability(finish);
    });
  }

  /**
   * One command, answered within 450 ms or not at all.
   * @throws AppError `unavailable` while Redis is away, at once when that is known; Redis's own
   * answer (`ReplyError`) when it refuses the command
   */
  async run(command: string, ...args: (string | number)[]): Promise<unknown> {
    if (!this.#available) throw away(this.#lastError);
    try {
      return await within(ANSWER_TIMEOUT_MS, this.commands.call(command, ...args));
    } catch (error) {
      if (isRefusal(error)) throw bareError(error);
      this.#noteError(error);
      this.#setAway();
      throw away(error);
    }
  }

  /** Runs a script: one round trip, two on the first run since Redis started. */
  async script(script: RedisScript, key: string, args: readonly string[]): Promise<unknown> {
    try {
      return await this.run("EVALSHA", script.sha, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
      return this.run("EVAL", script.lua, 1, key, ...args);
    }
  }

  /** A connection for subscriptions: not connected yet, and its taker's to replace and to close. */
  createSubscriber(): ReturnType<typeof createSubscriberClient> {
    return createSubscriberClient(this.#target, this.commands);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#probeTimer);
    this.#available = false;
    this.#lastError = "closed";
    const ended = new Promise((resolve) => this.commands.once("end", resolve));
    const isOpen = this.commands.status === "ready";
    this.commands.disconnect();
    if (isOpen) await ended;
  }

  #watchClient(): void {
    // Without a listener ioredis prints the error, and a plain emitter would end the process.
    this.commands.on("error", (error) => {
      this.#noteError(error);
      // With Sentinel no connection is closed where none was ever made.
      if (!this.#available) this.#setAway();
    });
    this.commands.on("ready", () => void this.#probe());
    this.commands.on("close", () => this.#setAway());
  }

  /** Half-open: one small read decides, so that no caller pays for finding out. */
  async #probe(): Promise<void> {
    if (this.#available || this.#probing || this.#closing) return;
    if (this.commands.status !== "ready") return;
    this.#probing = true;
    try {
      await within(ANSWER_TIMEOUT_MS, this.commands.call("EXISTS", hereKey(this.prefix, "probe")));
      this.#setBack();
    } catch (error) {
      this.#noteError(error);
      this.#setAway();
    } finally {
      this.#probing = false;
    }
  }

  #setAway(): void {
    this.#decide();
    if (this.#closing || this.#awaySince !== null) return;
    this.#awaySince = performance.now();
    this.#logger.warn({ reason: this.#lastError }, "Redis is away");
    this.#change(false);
  }

  #setBack(): void {
    this.#decide();
    if (this.#closing) return;
    const awayMs = this.#awaySince === null ? 0 : Math.round(performance.now() - this.#awaySince);
    this.#awaySince = null;
    this.#logger.info({ awayMs }, "Redis is there");
    this.#change(true);
    void this.#checkEviction();
  }

  /** Sessions that Redis evicts under memory pressure cannot be told from sessions that ended. */
  async #checkEviction(): Promise<void> {
    const memory = await this.run("INFO", "memory").catch(() => "");
    const policy = /^maxmemory_policy:(allkeys-\S+)/m.exec(String(memory))?.[1];
    if (!policy) return;
    this.#logger.warn({ policy }, "Redis may evict any key; set maxmemory-policy to noeviction");
  }

  #change(available: boolean): void {
    if (this.#available === available) return;
    this.#available = available;
    this.#listeners.call(available);
  }

  #noteError(error: unknown): void {
    const err = bareError(error);
    this.#lastError = err.message;
    this.#logger.debug({ err }, "Redis connection");
  }
}

/** A key of "who is here": all of them share a hash tag, so that one script may touch several. */
export function hereKey(prefix: string, name: string): string {
  return `${prefix}{here}:${name}`;
}

function away(cause: unknown): AppError {
  return new AppError("unavailable", "Redis is away.", { retryAfterS: 1, cause: bareError(cause) });
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
