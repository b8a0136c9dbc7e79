import { halves } from "./collections";

/** Collects items for a moment, so that many callers share one statement. */
export interface BatcherOptions<Item, Result> {
  /** One result for each item, in the items' order. */
  run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How long the first item of a batch waits for others, ms. */
  windowMs: number;
  /**
   * In a crowd, batches are few and large: one of several items, and the one after it, is held back
   * until nobody has come for four windows, or for so long, ms. Default: what came meanwhile is run at once.
   */
  maxWindowMs?: number;
  maxItems: number;
  /** Items waiting beyond this are refused. */
  maxWaiting: number;
  onFull: () => Error;
  /** One item may be to blame: the others are tried without it. Default: never. */
  isOfOneItem?: (error: unknown) => boolean;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** Windows without anybody, after which a crowd has come. */
const CROWD_WINDOWS = 4;

/** One batch runs at a time; what comes meanwhile makes the next. */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  /** When the next batch got its first item, and when its last one. */
  #since = 0;
  #cameAt = 0;
  #lastSize = 0;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => this.push(item, resolve, reject));
  }

  /** `add` without a promise: one of the two is called, once. */
  push(item: Item, resolve: (result: Result) => void, reject: (error: unknown) => void): void {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      reject(this.#options.onFull());
      return;
    }
    this.#waiting.push({ item, resolve, reject });
    this.#cameAt = performance.now();
    this.#schedule();
  }

  /** Runs what waits, now, and resolves when all of it has its result. */
  async flush(): Promise<void> {
    while (this.#running || this.#waiting.length > 0) {
      if (!this.#running) this.#start();
      await this.#running;
    }
  }

  #schedule(): void {
    if (this.#running || this.#timer || this.#waiting.length === 0) return;
    this.#since = performance.now();
    const { windowMs, maxItems } = this.#options;
    this.#lookIn(this.#waiting.length < maxItems ? windowMs : 0);
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#heldBackUntil() - performance.now();
      if (leftMs > 0) this.#lookIn(leftMs);
      else this.#start();
    }, ms);
  }

  #heldBackUntil(): number {
    const { windowMs, maxWindowMs, maxItems } = this.#options;
    const { length } = this.#waiting;
    const isCrowd = length > 1 || this.#lastSize > 1;
    if (maxWindowMs === undefined || length >= maxItems || !isCrowd) return 0;
    return Math.min(this.#cameAt + CROWD_WINDOWS * windowMs, this.#since + maxWindowMs);
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#drain().finally(() => {
      this.#running = null;
      this.#schedule();
    });
  }

  async #drain(): Promise<void> {
    const goesOn = this.#options.maxWindowMs === undefined;
    do {
      const batch = this.#waiting.splice(0, this.#options.maxItems);
      this.#lastSize = batch.length;
      await this.#run(batch);
    } while (goesOn && this.#waiting.length > 0);
  }

  async #run(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.run(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] as Result);
      });
    } catch (error) {
      if (batch.length > 1 && this.#options.isOfOneItem?.(error)) {
        for (const half of halves(batch)) await this.#run(half);
      } else for (const { reject } of batch) reject(error);
    }
  }
}
