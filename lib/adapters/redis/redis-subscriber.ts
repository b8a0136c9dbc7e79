import type { Redis } from "ioredis";
import { AppError } from "@/core/errors";
import { getOrMake } from "@/lib/collections";
import { Listeners } from "@/lib/listeners";
import type { Logger } from "@/lib/logger";
import { backoffMs } from "./redis-clients";
import { bareError } from "./redis-error";

type Handler = (message: unknown) => void;

/** Session streams have a channel each, so this follows the connections of a worker. */
const MAX_CHANNELS = 100_000;
/** Channels of one SUBSCRIBE. */
const SUBSCRIBE_CHUNK = 500;
/** `add` waits for a connection that is being made, no longer. */
const PLACE_WAIT_MS = 450;

type State =
  | { kind: "connecting"; client: Redis }
  | { kind: "ready"; client: Redis }
  | { kind: "waiting"; timer: NodeJS.Timeout }
  | { kind: "closed" };

export interface RedisSubscriberOptions {
  /** A client that is not connected and will not reconnect. */
  createClient: () => Redis;
  logger: Logger;
}

/**
 * The subscriptions of one process, on a connection of their own. A connection that ends, or
 * that its owner distrusts (`reset`), is replaced by a new one, on which everything is
 * subscribed again; messages of the old one are dropped from that moment on.
 */
export class RedisSubscriber {
  readonly #options: RedisSubscriberOptions;
  readonly #listeners: Listeners<[ready: boolean]>;
  readonly #handlers = new Map<string, Set<{ handle: Handler }>>();
  /** Channels that the present connection is subscribed to. */
  #placed = new Set<string>();
  #state: State;
  #attempts = 0;

  constructor(options: RedisSubscriberOptions) {
    this.#options = options;
    this.#listeners = new Listeners((err) => options.logger.error({ err }, "a listener failed"));
    this.#state = this.#connect();
  }

  /** True while every channel is subscribed, as far as is known. */
  get ready(): boolean {
    return this.#state.kind === "ready";
  }

  /** Called with true when all channels are subscribed (again), with false when that is lost or fails. */
  onChange(listener: (ready: boolean) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Resolves when the subscription is in place or, while there is no connection, at once: it is
   * made with the next one. The function returned ends it.
   */
  async add(channel: string, handle: Handler): Promise<() => Promise<void>> {
    if (this.#state.kind === "closed") throw new AppError("unavailable", "The broker is closed.");
    if (!this.#handlers.has(channel) && this.#handlers.size >= MAX_CHANNELS) {
      throw new AppError("limit_reached", `No more than ${MAX_CHANNELS} channels.`);
    }
    const subscription = { handle };
    getOrMake(this.#handlers, channel, () => new Set()).add(subscription);
    await this.#place(channel);
    return () => this.#remove(channel, subscription);
  }

  /** Drops the connection, whatever it seems to be, and makes a new one at once. */
  reset(reason: string): void {
    if (this.#state.kind === "closed" || this.#state.kind === "waiting") return;
    this.#options.logger.warn({ reason }, "subscribing to Redis anew");
    this.#replace(() => this.#connect());
  }

  async close(): Promise<void> {
    if (this.#state.kind === "closed") return;
    this.#replace(() => ({ kind: "closed" }));
    this.#handlers.clear();
  }

  /** Leaves the present state for good before the next one begins. */
  #replace(next: () => State): void {
    const before = this.#state;
    if (before.kind === "waiting") clearTimeout(before.timer);
    this.#placed = new Set();
    this.#state = next();
    if (before.kind !== "connecting" && before.kind !== "ready") return;
    before.client.disconnect();
    this.#listeners.call(false);
  }

  #connect(): State {
    const client = this.#options.createClient();
    client.on("error", (error) => this.#note(error));
    client.on("message", (channel: string, text: string) => this.#deliver(client, channel, text));
    client.on("end", () => this.#retry(client));
    client.connect().then(
      () => this.#placeAll(client),
      () => this.#retry(client),
    );
    return { kind: "connecting", client };
  }

  #retry(client: Redis): void {
    if (!this.#isCurrent(client)) return;
    this.#attempts += 1;
    this.#replace(() => ({
      kind: "waiting",
      timer: setTimeout(
        () => this.#replace(() => this.#connect()),
        backoffMs(this.#attempts),
      ).unref(),
    }));
  }

  /** Until there is nothing left to subscribe: channels are added meanwhile, too. */
  async #placeAll(client: Redis): Promise<void> {
    try {
      while (this.#isCurrent(client)) {
        const missing = this.#missing();
        if (missing.length === 0) return this.#setReady(client);
        await this.#subscribe(client, missing);
      }
    } catch (error) {
      this.#note(error);
      this.#retry(client);
    }
  }

  #missing(): string[] {
    const missing: string[] = [];
    for (const channel of this.#handlers.keys()) {
      if (missing.length === SUBSCRIBE_CHUNK) break;
      if (!this.#placed.has(channel)) missing.push(channel);
    }
    return missing;
  }

  async #subscribe(client: Redis, channels: readonly string[]): Promise<void> {
    await client.subscribe(...channels);
    if (!this.#isCurrent(client)) return;
    for (const channel of channels) {
      this.#placed.add(channel);
      if (!this.#handlers.has(channel)) await this.#unsubscribe(channel);
    }
  }

  async #unsubscribe(channel: string): Promise<void> {
    if (!this.#placed.delete(channel)) return;
    if (this.#state.kind !== "ready" && this.#state.kind !== "connecting") return;
    const { client } = this.#state;
    // Left over, it costs a message that nobody handles; the connection's end ends it.
    await client.unsubscribe(channel).catch(() => undefined);
  }

  #setReady(client: Redis): void {
    this.#attempts = 0;
    this.#state = { kind: "ready", client };
    this.#listeners.call(true);
  }

  async #place(channel: string): Promise<void> {
    if (this.#state.kind === "connecting") await this.#settled();
    if (this.#state.kind !== "ready" || this.#placed.has(channel)) return;
    const { client } = this.#state;
    try {
      await this.#subscribe(client, [channel]);
    } catch (error) {
      if (this.#isCurrent(client)) this.reset(bareError(error).message);
    }
  }

  /** The connection that is being made is ready, or is not going to be. */
  #settled(): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(finish, PLACE_WAIT_MS);
      const unsubscribe = this.onChange(finish);
    });
  }

  async #remove(channel: string, subscription: { handle: Handler }): Promise<void> {
    const subscriptions = this.#handlers.get(channel);
    if (!subscriptions?.delete(subscription) || subscriptions.size > 0) return;
    this.#handlers.delete(channel);
    await this.#unsubscribe(channel);
  }

  /** Every handler gets a copy of its own. */
  #deliver(client: Redis, channel: string, text: string): void {
    const subscriptions = this.#handlers.get(channel);
    if (!subscriptions || !this.#isCurrent(client)) return;
    for (const { handle } of [...subscriptions]) {
      try {
        handle(JSON.parse(text));
      } catch (err) {
        this.#options.logger.error({ err, channel }, "a message could not be handled");
      }
    }
  }

  #note(error: unknown): void {
    this.#options.logger.debug({ err: bareError(error) }, "Redis subscriber");
  }

  #isCurrent(client: Redis): boolean {
    const { kind } = this.#state;
    if (kind === "waiting" || kind === "closed") return false;
    return this.#state.client === client;
  }
}
