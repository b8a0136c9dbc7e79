import { isAppError, isOfTheData } from "@/core/errors";
import { getOrMake, halves } from "./collections";
import type { Logger } from "./logger";
import type { DeliveryCount, Receipt, ReceiptStore } from "./ports/receipt-store";

const FLUSH_INTERVAL_MS = 1_000;
const MAX_BATCH = 2_000;
/** Receipts waiting for the database; beyond, the newest are not taken and counted as lost. */
const MAX_WAITING = 200_000;

/** What is written in one transaction. */
interface Batch {
  receipts: readonly Receipt[];
  deliveries: readonly DeliveryCount[];
}

/**
 * Receipts on their way to the database: bounded, in batches, never in the way of an
 * acknowledgement ([ACK4]). What could not be written is tried again with the next batch; what
 * the database cannot hold is left out, and the others of its batch are not.
 */
export class ReceiptQueue {
  readonly #store: Pick<ReceiptStore, "record">;
  readonly #logger: Logger;
  #receipts: Receipt[] = [];
  /** Sums of each revision, by broadcast. */
  #deliveries = new Map<string, DeliveryCount[]>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | null = null;
  #failing = false;
  /** Receipts that found the queue full, or that the database cannot hold. */
  lost = 0;

  constructor(store: Pick<ReceiptStore, "record">, logger: Logger) {
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
    const sums = getOrMake(this.#deliveries, broadcastId, () => []);
    const sum = sums.find((one) => one.revision === revision);
    if (sum) sum.count += count;
    else sums.push({ broadcastId, revision, count });
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
      const batches = [this.#takeBatch()];
      for (let batch = batches.pop(); batch; batch = batches.pop()) {
        try {
          await this.#store.record(batch.receipts, batch.deliveries);
          this.#noteOutcome(null);
        } catch (err) {
          if (!isOfTheData(err)) {
            this.#noteOutcome(err);
            for (const left of [batch, ...batches]) this.#putBack(left);
            return;
          }
          const parts = partsOf(batch);
          if (parts.length === 0) this.#leaveOut(batch, err);
          batches.push(...parts);
        }
      }
    }
  }

  #takeBatch(): Batch {
    const receipts = this.#receipts.splice(0, MAX_BATCH);
    const deliveries = [...this.#deliveries.values()].flat();
    this.#deliveries = new Map();
    return { receipts, deliveries };
  }

  #putBack({ receipts, deliveries }: Batch): void {
    this.#receipts = [...receipts, ...this.#receipts];
    for (const { broadcastId, revision, count } of deliveries) {
      this.addDelivered(broadcastId, revision, count);
    }
  }

  #leaveOut({ receipts }: Batch, err: unknown): void {
    this.lost += receipts.length;
    this.#logger.warn({ err }, "a receipt that the database cannot hold was left out");
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

/** Smaller batches, together the same; none where it is one row already. */
function partsOf({ receipts, deliveries }: Batch): Batch[] {
  if (receipts.length + deliveries.length <= 1) return [];
  if (receipts.length > 0 && deliveries.length > 0) {
    return [
      { receipts, deliveries: [] },
      { receipts: [], deliveries },
    ];
  }
  return receipts.length > 0
    ? halves(receipts).map((half) => ({ receipts: half, deliveries: [] }))
    : halves(deliveries).map((half) => ({ receipts: [], deliveries: half }));
}
