import { randomUUID } from "node:crypto";
import { AppError, isAppError } from "@/core/errors";
import { Listeners } from "@/lib/listeners";
import type { Logger } from "@/lib/logger";
import type { MessageBroker } from "@/lib/ports/message-broker";
import type { RedisConnection } from "./redis-connection";
import { RedisSubscriber } from "./redis-subscriber";

export interface RedisMessageBrokerOptions {
  connection: RedisConnection;
  logger: Logger;
  /** Between two probes of this broker's own, ms; default 3,000. */
  probeIntervalMs?: number;
  /** What such a probe waits for its return, ms; default 3,000. */
  probeTimeoutMs?: number;
}

const PROBE_INTERVAL_MS = 3_000;
const PROBE_TIMEOUT_MS = 3_000;
/** The probe of a connection that was just made: it is not to delay recovery. */
const FIRST_PROBE_TIMEOUT_MS = 1_000;
/** Probes on their way at once. */
const MAX_PROBES = 100;
/** UTF-8 bytes of one message; a change of 50 broadcasts at their largest stays below. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024;

/**
 * Pub/sub over Redis. Besides what the port says:
 *
 * - While Redis is away `publish` rejects (`unavailable`) at once, the first time within 450 ms.
 *   Rejected means not known to be taken: the network may still bring it there, late.
 * - `subscribe` during an outage resolves at once; `onReady` tells when it is in place.
 * - `healthy` turns true only after a message went through Redis and back. Every 3 s one is sent
 *   again; one that does not return within 3 s means that the subscription hangs, and it is made
 *   anew: noticed 6 s after the fact at the latest ([DEG4]).
 */
export class RedisMessageBroker implements MessageBroker {
  readonly #connection: RedisConnection;
  readonly #options: Required<Omit<RedisMessageBrokerOptions, "connection" | "logger">>;
  readonly #subscriber: RedisSubscriber;
  readonly #readyListeners: Listeners<[]>;
  readonly #healthListeners: Listeners<[healthy: boolean]>;
  readonly #probeChannel = `probe:${randomUUID()}`;
  readonly #probes = new Map<string, () => void>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopWatching: () => void;
  #watching: Promise<void> | null = null;
  /** A message came back over the present connections. */
  #proven = false;
  /** Rises with every change of the connections: what was asked of the old ones says nothing. */
  #generation = 0;
  #healthy = false;
  #closed = false;

  constructor({ connection, logger, probeIntervalMs, probeTimeoutMs }: RedisMessageBrokerOptions) {
    this.#connection = connection;
    this.#options = {
      probeIntervalMs: probeIntervalMs ?? PROBE_INTERVAL_MS,
      probeTimeoutMs: probeTimeoutMs ?? PROBE_TIMEOUT_MS,
    };
    const onError = (err: unknown) => logger.error({ err }, "a listener of the broker failed");
    this.#readyListeners = new Listeners(onError);
    this.#healthListeners = new Listeners(onError);
    this.#subscriber = new RedisSubscriber({
      createClient: () => connection.createSubscriber(),
      logger,
    });
    void this.subscribe(this.#probeChannel, (nonce) => this.#probes.get(String(nonce))?.());
    this.#subscriber.onChange((ready) => this.#onSubscriber(ready));
    this.#stopWatching = connection.onAvailability((available) => this.#onConnection(available));
    const { probeTimeoutMs: timeoutMs } = this.#options;
    this.#timer = setInterval(() => this.#watch(timeoutMs), this.#options.probeIntervalMs).unref();
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  async publish(channel: string, message: unknown): Promise<void> {
    if (this.#closed) throw new AppError("unavailable", "The message broker is closed.");
    const json = JSON.stringify(message);
    if (json === undefined) throw new AppError("invalid", "A message must be JSON.");
    if (Buffer.byteLength(json) > MAX_MESSAGE_BYTES) {
      throw new AppError("too_large", `A message may have ${MAX_MESSAGE_BYTES} bytes.`);
    }
    try {
      await this.#connection.run("PUBLISH", this.#name(channel), json);
    } catch (cause) {
      if (isAppError(cause)) throw cause;
      throw new AppError("unavailable", "Redis refuses to publish.", { cause });
    }
  }

  subscribe(channel: string, handler: (message: unknown) => void): Promise<() => Promise<void>> {
    return this.#subscriber.add(this.#name(channel), handler);
  }

  onReady(listener: () => void): () => void {
    return this.#readyListeners.add(listener);
  }

  onHealth(listener: (healthy: boolean) => void): () => void {
    return this.#healthListeners.add(listener);
  }

  async probe(timeoutMs: number): Promise<boolean> {
    return (await this.#roundTrip(timeoutMs)) === "returned";
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#stopWatching();
    this.#healthy = false;
    await this.#subscriber.close();
    for (const giveUp of this.#probes.values()) giveUp();
    await this.#watching;
  }

  #onSubscriber(ready: boolean): void {
    this.#distrust();
    if (!ready) return;
    this.#readyListeners.call();
    this.#watch(FIRST_PROBE_TIMEOUT_MS);
  }

  #onConnection(available: boolean): void {
    this.#distrust();
    if (available) this.#watch(FIRST_PROBE_TIMEOUT_MS);
  }

  #distrust(): void {
    this.#generation += 1;
    this.#proven = false;
    this.#update();
  }

  #watch(timeoutMs: number): void {
    if (this.#closed || this.#watching) return;
    if (!this.#connection.available || !this.#subscriber.ready) return;
    const generation = this.#generation;
    this.#watching = this.#check(timeoutMs).finally(() => {
      this.#watching = null;
      if (generation !== this.#generation) this.#watch(FIRST_PROBE_TIMEOUT_MS);
    });
  }

  async #check(timeoutMs: number): Promise<void> {
    const generation = this.#generation;
    const outcome = await this.#roundTrip(timeoutMs);
    if (this.#closed || generation !== this.#generation) return;
    if (outcome === "returned") this.#proven = true;
    // Taken by Redis, but not brought back: it is the subscription that hangs.
    if (outcome === "lost") this.#subscriber.reset(`a probe did not return in ${timeoutMs} ms`);
    this.#update();
  }

  async #roundTrip(timeoutMs: number): Promise<"returned" | "lost" | "not_sent"> {
    if (this.#closed || this.#probes.size >= MAX_PROBES) return "not_sent";
    const nonce = randomUUID();
    let timer: NodeJS.Timeout | undefined;
    const returned = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
      this.#probes.set(nonce, () => resolve(!this.#closed));
    });
    try {
      await this.publish(this.#probeChannel, nonce);
      return (await returned) ? "returned" : "lost";
    } catch {
      return "not_sent";
    } finally {
      clearTimeout(timer);
      this.#probes.delete(nonce);
    }
  }

  #update(): void {
    const healthy = this.#connection.available && this.#subscriber.ready && this.#proven;
    if (this.#closed || healthy === this.#healthy) return;
    this.#healthy = healthy;
    this.#healthListeners.call(healthy);
  }

  #name(channel: string): string {
    return `${this.#connection.prefix}${channel}`;
  }
}
