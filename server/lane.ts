/**
 * The asynchronous work that one connection asked for: side by side, but for what must be alone.
 * What is alone begins when all before it is done, and all after it waits for its end.
 */
export class Lane {
  readonly #running = new Set<Promise<void>>();
  /** The last that is alone, until it is done. */
  #barrier: Promise<void> | null = null;

  get isEmpty(): boolean {
    return this.#running.size === 0;
  }

  beside(work: () => Promise<void>): Promise<void> {
    return this.#keep(this.#barrier === null ? work() : this.#barrier.then(work));
  }

  alone(work: () => Promise<void>): Promise<void> {
    const before = Promise.allSettled(this.#running);
    const running = this.#keep(before.then(work));
    const barrier = running
      .catch(() => undefined)
      .then(() => {
        if (this.#barrier === barrier) this.#barrier = null;
      });
    this.#barrier = barrier;
    return running;
  }

  #keep(running: Promise<void>): Promise<void> {
    this.#running.add(running);
    const drop = () => void this.#running.delete(running);
    running.then(drop, drop);
    return running;
  }
}
