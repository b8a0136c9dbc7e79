import { halves } from "./collections";

/** Collects items for a moment, so that many callers share one statement. */
export interface BatcherOptions<Item, Result> {
  /** One result for each item, in the items' order. */
  run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** How long the first item of a batch waits for others, ms. */
  windowMs: number;
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
    if (!this.#running) this.#timer ??= setTimeout(() => this.#start(), this.#options.windowMs);
    return result;
  }

  /** Runs what waits, now, and resolves when all of it has its result. */
  async flush(): Promise<void> {
    while (this.#running || this.#waiting.length > 0) {
      if (!this.#running) this.#start();
      await this.#running;
    }
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running = this.#drain().finally(() => {
      this.#running = null;
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#run(this.#waiting.splice(0, this.#options.maxItems));
    }
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
