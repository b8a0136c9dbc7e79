import { halves } from "./collections";

/** Collects items for a moment, so that many callers share one statement. */
export interface BatcherOptions<Item, Result> {
  /** One result for each item, in the items' order. */
  run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How long the first item of a batch waits for others, ms. */
  windowMs: number;
  /**
   * In a crowd, batches are few and large: one in which others came is held back until nobody has
   * come for `windowMs`, or for so long, ms. Default: what came meanwhile is run at once.
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

/** One batch runs at a time; what comes meanwhile makes the next. */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  #waiting: Waiting<Item, Result>[] = [];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | null = null;
  /** When the next batch got its first item, and how many it had at the last look. */
  #since = 0;
  #seen = 0;

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
    this.#lookAgain();
  }

  #lookAgain(): void {
    const { windowMs, maxItems } = this.#options;
    this.#seen = this.#waiting.length;
    this.#timer = setTimeout(() => this.#look(), this.#seen < maxItems ? windowMs : 0);
  }

  #look(): void {
    const { windowMs, maxWindowMs = windowMs, maxItems } = this.#options;
    const hasCome = this.#waiting.length > this.#seen && this.#waiting.length < maxItems;
    const mayWait = performance.now() - this.#since + windowMs <= maxWindowMs;
    if (hasCome && mayWait) this.#lookAgain();
    else this.#start();
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
