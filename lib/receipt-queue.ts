import { isAppError } from "@/core/errors";
import type { Logger } from "./logger";
import type { DeliveryCount, Receipt, ReceiptStore } from "./ports/receipt-store";

const FLUSH_INTERVAL_MS = 1_000;
const MAX_BATCH = 2_000;
/** Receipts waiting for the database; beyond, the newest are not taken and counted as lost. */
const MAX_WAITING = 200_000;

/**
 * Receipts on their way to the database: bounded, in batches, never in the way of an
 * acknowledgement ([ACK4]). What could not be written is tried again with the next batch.
 */
export class ReceiptQueue {
  readonly #store: ReceiptStore;
  readonly #logger: Logger;
  #receipts: Receipt[] = [];
  /** Sums by broadcast and revision. */
  #deliveries = new Map<string, DeliveryCount>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | null = null;
  #failing = false;
  /** Receipts that found the queue full. */
  lost = 0;

  constructor(store: ReceiptStore, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  get waiting(): number {
    return this.#receipts.length;
  }

  add(receipt: Receipt): void {
    if (this.#receipts.length >= MAX_WAITING) {
      this.lost += 1;
      return;
    }
    this.#receipts.push(receipt);
    this.#schedule();
  }

  addDelivered(broadcastId: string, revision: number, count: number): void {
    const key = `${broadcastId}/${revision}`;
    const sum = this.#deliveries.get(key);
    if (sum) sum.count += count;
    else this.#deliveries.set(key, { broadcastId, revision, count });
    this.#schedule();
  }

  /** Writes what waits, now. Leaves it waiting where the database is away. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = null;
      if (this.#receipts.length > 0 || this.#deliveries.size > 0) this.#schedule();
    });
    return this.#flushing;
  }

  /** Writes what is there and takes no more timers. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.flush();
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_INTERVAL_MS);
  }

  async #write(): Promise<void> {
    while (this.#receipts.length > 0 || this.#deliveries.size > 0) {
      const receipts = this.#receipts.splice(0, MAX_BATCH);
      const deliveries = this.#deliveries;
      this.#deliveries = new Map();
      try {
        await this.#store.record(receipts, [...deliveries.values()]);
        this.#noteOutcome(null);
      } catch (err) {
        this.#receipts = [...receipts, ...this.#receipts];
        this.#noteOutcome(err);
        for (const { broadcastId, revision, count } of deliveries.values()) {
          this.addDelivered(broadcastId, revision, count);
        }
        return;
      }
    }
  }

  /** One line when it begins to fail; that the database is away the feed has said already. */
  #noteOutcome(err: unknown): void {
    if (this.#failing === (err !== null)) return;
    this.#failing = err !== null;
    const isKnown = isAppError(err) && err.code === "unavailable";
    if (this.#failing) {
      const waiting = this.waiting;
      this.#logger[isKnown ? "debug" : "warn"]({ err, waiting }, "receipts wait for the database");
    } else this.#logger.debug("receipts are written again");
  }
}
