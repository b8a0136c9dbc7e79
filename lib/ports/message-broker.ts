/**
 * Hints between workers. Not a record: the database is.
 *
 * Delivery: at most once, to every subscriber of every worker, the publishing worker included.
 * Order: messages of one publisher on one channel arrive in order.
 * Failure: `publish` rejects within 500 ms while the broker is away (nothing is queued).
 * A subscription that was interrupted is made again by the adapter; whatever was published in
 * between is lost, and `onReady` says so.
 */
export interface MessageBroker {
  /** False while publishing or receiving is known not to work. */
  readonly healthy: boolean;
  /** `message` is JSON. Resolves when the broker has taken it. */
  publish(channel: string, message: unknown): Promise<void>;
  /**
   * The handler must not throw. Resolves when the subscription is in place; while the broker is
   * away, within 500 ms all the same: `onReady` tells then when it is.
   */
  subscribe(channel: string, handler: (message: unknown) => void): Promise<() => Promise<void>>;
  /** Called each time subscriptions are in place (again): anything may have been missed. */
  onReady(listener: () => void): () => void;
  /** Called when `healthy` changes. */
  onHealth(listener: (healthy: boolean) => void): () => void;
  /** Sends a message through the broker and back; false when it did not return in time. */
  probe(timeoutMs: number): Promise<boolean>;
  close(): Promise<void>;
}
