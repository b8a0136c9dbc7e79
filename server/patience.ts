interface Waiter {
  readonly until: number;
  readonly then: () => void;
}

/** Very many who wait equally long at most, each for an answer of its own: one timer for all. */
export class Patience {
  readonly #ms: number;
  /** In the order of coming, which is the order of giving up. */
  readonly #waiting = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /**
   * @param then called once: by the caller, with what is returned here, or when the time is up
   */
  wait(then: () => void): () => void {
    const waiter = { until: performance.now() + this.#ms, then };
    this.#waiting.add(waiter);
    if (!this.#timer) this.#lookIn(this.#ms);
    return () => {
      if (this.#waiting.delete(waiter)) then();
    };
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => this.#giveUp(), ms).unref();
  }

  #giveUp(): void {
    this.#timer = undefined;
    for (const waiter of this.#waiting) {
      const leftMs = waiter.until - performance.now();
      if (leftMs > 0) {
        this.#lookIn(leftMs);
        return;
      }
      this.#waiting.delete(waiter);
      waiter.then();
    }
  }
}
