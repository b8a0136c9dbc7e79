import { AppError } from "@/core/errors";
import type { MessageBroker } from "@/lib/ports/message-broker";

type Handler = (message: unknown) => void;

interface Delivery {
  json: string;
  /** Who was subscribed when it was published. */
  subscribers: Subscription[];
}

interface Subscription {
  handler: Handler;
  open: boolean;
}

/** Messages published and not yet delivered; more in one turn is a loop, not a load. */
const MAX_WAITING = 100_000;

/**
 * Carries messages inside one process. It has no second worker to reach and cannot be away, so
 * `onReady` never speaks and `healthy` is true until `close`. Every subscriber gets a copy of
 * its own, in a later turn of the event loop, as it would from a network.
 */
export class MemoryMessageBroker implements MessageBroker {
  readonly #channels = new Map<string, Set<Subscription>>();
  #waiting: Delivery[] = [];
  #closed = false;

  get healthy(): boolean {
    return !this.#closed;
  }

  async publish(channel: string, message: unknown): Promise<void> {
    if (this.#closed) throw new AppError("unavailable", "The message broker is closed.");
    const json = JSON.stringify(message);
    if (json === undefined) throw new AppError("invalid", "A message must be JSON.");
    const subscribers = this.#channels.get(channel);
    if (!subscribers) return;
    if (this.#waiting.length >= MAX_WAITING) {
      throw new AppError("unavailable", "Too many messages are waiting to be delivered.");
    }
    if (this.#waiting.length === 0) setImmediate(() => this.#deliver());
    this.#waiting.push({ json, subscribers: [...subscribers] });
  }

  async subscribe(channel: string, handler: Handler): Promise<() => Promise<void>> {
    const subscription: Subscription = { handler, open: true };
    const subscribers = this.#channels.get(channel) ?? new Set();
    this.#channels.set(channel, subscribers.add(subscription));
    return async () => {
      subscription.open = false;
      subscribers.delete(subscription);
      if (subscribers.size === 0 && this.#channels.get(channel) === subscribers) {
        this.#channels.delete(channel);
      }
    };
  }

  onReady(_listener: () => void): () => void {
    return () => undefined;
  }

  onHealth(_listener: (healthy: boolean) => void): () => void {
    return () => undefined;
  }

  async probe(_timeoutMs: number): Promise<boolean> {
    return !this.#closed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#waiting = [];
    this.#channels.clear();
  }

  /** What the handlers publish meanwhile waits for the next turn. */
  #deliver(): void {
    const deliveries = this.#waiting;
    this.#waiting = [];
    for (const { json, subscribers } of deliveries) {
      for (const subscription of subscribers) hand(subscription, json);
    }
  }
}

/** A handler that throws, which it must not, keeps no other from its message. */
function hand({ handler, open }: Subscription, json: string): void {
  if (!open) return;
  try {
    handler(JSON.parse(json));
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
}
