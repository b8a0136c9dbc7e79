import { halves } from "./collections";

/** Collects items for a moment, so that many callers share one statement. */
export interface BatcherOptions<Item, Result> {
  /** One result for each item, in the items' order. */
  run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How long the first item of a batch waits for others, ms. */
  windowMs: number;
  /**
   * In a crowd batches are begun further apart, so that they are few and large: the larger the
   * last one was, up to this, ms. Default: what came meanwhile is run at once.
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

/** In a crowd: so much longer for each item that the last batch had, ms. */
const MS_PER_ITEM = 5;

/** One batch runs at a time; what comes meanwhile makes the next. */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  #lastSize = 0;

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(item: Item): Promise<Result> {
    if (this.#waiting.length >= this.#options.maxWaiting) {
      return Promise.reject(this.#options.onFull());
    }
    const result = new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
    });
    this.#schedule();
    return result;
  }

  /** Runs what waits, now, and resolves when all of it has its result. */
  async flush(): Promise<void> {
    while (this.#running || this.#waiting.length > 0) {
      if (!this.#running) this.#start();
      await this.#running;
    }
  }

  #schedule(): void {
    if (this.#running || this.#waiting.length === 0) return;
    this.#timer ??= setTimeout(() => this.#start(), this.#windowMs());
  }

  #windowMs(): number {
    const { windowMs, maxWindowMs = windowMs, maxItems } = this.#options;
    if (this.#waiting.length >= maxItems) return 0;
    return Math.min(Math.max(windowMs, MS_PER_ITEM * this.#lastSize), maxWindowMs);
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
