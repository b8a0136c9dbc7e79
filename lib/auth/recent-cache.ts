import { LRUCache } from "lru-cache";

/**
 * Answers that may be a little old: kept `maxAgeMs`, at most `maxEntries` of them. An answer
 * that was being fetched when `forget` was called is given to its callers but not kept, so what
 * was read before a revocation does not outlive it.
 */
export class RecentCache<T> {
  readonly #entries: LRUCache<string, { value: Promise<T>; at: number }>;
  readonly #options: { maxAgeMs: number; maxEntries: number; now?: () => number };

  constructor(options: { maxAgeMs: number; maxEntries: number; now?: () => number }) {
    this.#options = options;
    this.#entries = new LRUCache({ max: options.maxEntries });
  }

  /** The kept answer, or a new one; callers who ask at the same time share it. */
  get(key: string, fetch: () => Promise<T>): Promise<T> {
    const found = this.#entries.get(key);
    if (found && this.#now() - found.at < this.#options.maxAgeMs) return found.value;
    const entry = { value: fetch(), at: this.#now() };
    this.#entries.set(key, entry);
    entry.value.catch(() => this.#drop(key, entry));
    return entry.value;
  }

  forgetAll(): void {
    this.#entries.clear();
  }

  /** A failure is not an answer. */
  #drop(key: string, entry: object): void {
    if (this.#entries.peek(key) === entry) this.#entries.delete(key);
  }

  #now(): number {
    return this.#options.now?.() ?? performance.now();
  }
}
