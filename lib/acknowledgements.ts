import { matches, type Viewer } from "@/core/audience";
import type { Broadcast } from "@/core/broadcast";
import { AppError, isOfTheData } from "@/core/errors";
import { Batcher } from "./batcher";
import type { Feed } from "./feed";
import { Listeners } from "./listeners";
import type { Logger } from "./logger";
import { acknowledgedMessage } from "./messages";
import type { BroadcastStore } from "./ports/broadcast-store";
import type { MessageBroker } from "./ports/message-broker";
import type { Acknowledgement, AcknowledgementOutcome, ReceiptStore } from "./ports/receipt-store";
import type { ReceiptQueue } from "./receipt-queue";
import type { Acknowledger } from "./runtime-context";

/** Group commit: the first dismissal waits this long for others. */
const COMMIT_WINDOW_MS = 20;
const MAX_BATCH = 1_000;
const MAX_WAITING = 50_000;
/** Looking again reaches back so far: commits become visible a little after their stamp. */
const OVERLAP_MS = 10_000;
const CATCH_UP_INTERVAL_MS = 5_000;
const DEGRADED_CATCH_UP_INTERVAL_MS = 1_000;

/** Longer than a dismissal takes to another worker and into its database. */
const MERGE_AGAIN_MS = 2_000;
/** Visitors waiting for that; beyond, they are merged once. */
const MAX_MERGES_WAITING = 10_000;

export const ACKNOWLEDGED_CHANNEL = "acknowledged";

interface AcknowledgementsOptions {
  feed: Feed;
  broadcasts: Pick<BroadcastStore, "find">;
  receipts: Pick<ReceiptStore, "acknowledge" | "acknowledgedSince" | "merge">;
  receiptQueue: Pick<ReceiptQueue, "add">;
  broker: MessageBroker;
  workerId: string;
  logger: Logger;
}

/**
 * Makes dismissals durable and lets every worker know ([ACK1], [ACK2]).
 *
 * Durable first, told afterwards: a listener is called once the row is committed, here at once
 * and on other workers by message. A message may be lost, so each worker also reads what was
 * committed lately: every 5 s, every second while the broker is away, and whenever a
 * subscription is in place again.
 */
export class Acknowledgements implements Acknowledger {
  readonly #options: AcknowledgementsOptions;
  readonly #commits: Batcher<Acknowledgement, AcknowledgementOutcome>;
  readonly #listeners: Listeners<[acknowledged: readonly Acknowledgement[]]>;
  #unsubscribe: (() => Promise<void>) | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Visitors who have just signed in, and what merges them once more. */
  readonly #mergesWaiting = new Map<
    string,
    { again: () => Promise<void>; timer: NodeJS.Timeout }
  >();
  #seenUntil = 0;
  #closed = false;
  /** Made durable here, since the start; for metrics. */
  durable = 0;

  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
    this.#listeners = new Listeners((err) =>
      options.logger.error({ err }, "a listener of acknowledgements failed"),
    );
    this.#commits = new Batcher({
      run: (batch) => this.#commit(batch),
      windowMs: COMMIT_WINDOW_MS,
      maxItems: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      isOfOneItem: isOfTheData,
      onFull: () =>
        new AppError("unavailable", "Too many dismissals are waiting. Try again shortly.", {
          retryAfterS: 2,
        }),
    });
  }

  get waiting(): number {
    return this.#commits.waiting;
  }

  /** Dismissals that are durable now, of any worker; the same one may come more than once. */
  onAcknowledged(listener: (acknowledged: readonly Acknowledgement[]) => void): () => void {
    return this.#listeners.add(listener);
  }

  async start(): Promise<void> {
    const { broker, feed, workerId } = this.#options;
    this.#seenUntil = feed.now();
    this.#unsubscribe = await broker.subscribe(ACKNOWLEDGED_CHANNEL, (message) => {
      const parsed = acknowledgedMessage.safeParse(message);
      if (!parsed.success || parsed.data.workerId === workerId) return;
      this.#listeners.call(parsed.data.acknowledged);
    });
    broker.onReady(() => void this.#catchUp());
    this.#scheduleCatchUp();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.flush();
    await Promise.all([...this.#mergesWaiting.values()].map(({ again }) => again()));
    await this.#unsubscribe?.();
  }

  flush(): Promise<void> {
    return this.#commits.flush();
  }

  async merge(visitor: string, user: string): Promise<void> {
    await this.flush();
    await this.#options.receipts.merge(visitor, user);
    this.#mergeAgain(visitor, user);
  }

  #mergeAgain(visitor: string, user: string): void {
    const key = `${visitor} ${user}`;
    clearTimeout(this.#mergesWaiting.get(key)?.timer);
    this.#mergesWaiting.delete(key);
    if (this.#closed || this.#mergesWaiting.size >= MAX_MERGES_WAITING) return;
    const again = async () => {
      clearTimeout(timer);
      this.#mergesWaiting.delete(key);
      await this.#options.receipts.merge(visitor, user).catch((err) => {
        this.#options.logger.warn({ err }, "a visitor's last dismissals could not be moved");
      });
    };
    const timer = setTimeout(again, MERGE_AGAIN_MS);
    this.#mergesWaiting.set(key, { again, timer });
  }

  async acknowledge(
    workspaceId: string,
    viewer: Viewer,
    broadcastId: string,
    revision: number | undefined,
  ): Promise<number> {
    const { feed, broadcasts } = this.#options;
    const broadcast =
      feed.find(workspaceId, broadcastId) ?? (await broadcasts.find(workspaceId, broadcastId));
    if (!broadcast) throw notFound();
    const acknowledged = revision ?? broadcast.revision;
    this.#check(broadcast, acknowledged);
    const outcome = await this.#commits.add({
      // As the row has it: a UUID may be written in capitals, and listeners compare texts.
      broadcastId: broadcast.id,
      recipient: viewer.recipient,
      revision: acknowledged,
    });
    if (outcome === "not_found") throw notFound();
    this.#noteReceipt(broadcast, viewer, acknowledged);
    return acknowledged;
  }

  /** [ACK4] Of those it was meant for, and of what was shown last: other dismissals hide nothing. */
  #noteReceipt(broadcast: Broadcast, viewer: Viewer, acknowledged: number): void {
    const { id, audience, showFromRevision } = broadcast;
    if (acknowledged < showFromRevision || !matches(audience, viewer, id)) return;
    this.#options.receiptQueue.add({
      broadcastId: id,
      revision: showFromRevision,
      recipient: viewer.recipient,
      kind: "dismissed",
      at: this.#options.feed.now(),
    });
  }

  #check(broadcast: Broadcast, revision: number): void {
    if (broadcast.publishedAt === null) throw notFound();
    if (revision > broadcast.revision) {
      throw new AppError(
        "revision_ahead",
        `Revision ${revision} does not exist yet; the broadcast is at revision ${broadcast.revision}.`,
        { field: "revision" },
      );
    }
    if (!broadcast.dismissible) {
      throw new AppError("not_dismissible", "This broadcast cannot be dismissed.");
    }
  }

  async #commit(batch: readonly Acknowledgement[]): Promise<readonly AcknowledgementOutcome[]> {
    const outcomes = await this.#options.receipts.acknowledge(batch);
    const durable = batch.filter((_, index) => outcomes[index] === "durable");
    this.durable += durable.length;
    if (durable.length > 0) this.#tell(durable);
    return outcomes;
  }

  #tell(acknowledged: readonly Acknowledgement[]): void {
    const { broker, workerId } = this.#options;
    this.#listeners.call(acknowledged);
    broker.publish(ACKNOWLEDGED_CHANNEL, { workerId, acknowledged }).catch(() => {
      // The other workers read it from the database.
    });
  }

  #scheduleCatchUp(): void {
    if (this.#closed) return;
    const waitMs = this.#options.broker.healthy
      ? CATCH_UP_INTERVAL_MS
      : DEGRADED_CATCH_UP_INTERVAL_MS;
    this.#timer = setTimeout(async () => {
      await this.#catchUp();
      this.#scheduleCatchUp();
    }, waitMs);
  }

  async #catchUp(): Promise<void> {
    const { receipts, feed } = this.#options;
    const until = feed.now();
    try {
      const found = await receipts.acknowledgedSince(this.#seenUntil - OVERLAP_MS);
      this.#seenUntil = until;
      if (found.length > 0) this.#listeners.call(found);
    } catch {
      // The database is away; the feed says so, and the next look reaches back as far.
    }
  }
}

function notFound(): AppError {
  return new AppError("not_found", "Broadcast not found");
}
