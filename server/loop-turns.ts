interface LoopTurnsOptions {
  /** So many are done in one turn of the event loop. */
  perTurn: number;
  /**
   * While more keep coming, those who wait may be kept waiting for so long, ms: libuv accepts one
   * connection in a turn, so that work in every turn would leave the kernel's queue of them to
   * overflow, and who falls out of it tries again seconds later. Default: not at all.
   */
  holdMs?: number;
}

/** So many within the window are a crowd, for which it is worth while to hold back. */
const CROWD = 25;
const CROWD_WINDOW_MS = 50;

/**
 * Shares the turns of the event loop among very many that have some work to do at once: a few in
 * each, first come, first served, so that the loop is never blocked for long by all of them.
 */
export class LoopTurns {
  readonly #options: Required<LoopTurnsOptions>;
  #waiting: (() => void)[] = [];
  #waitingSince = 0;
  #taken = 0;
  /** Came in this turn. */
  #came = false;
  #isScheduled = false;
  #windowFrom = 0;
  #inWindow = 0;

  constructor(options: LoopTurnsOptions) {
    this.#options = { holdMs: 0, ...options };
  }

  /** Does some work at once, or when its turn has come. The work sees to its own errors. */
  run(work: () => void): void {
    this.#came = true;
    this.#schedule();
    if (this.#isFree()) {
      this.#taken += 1;
      work();
      return;
    }
    if (this.#waiting.length === 0) this.#waitingSince = performance.now();
    this.#waiting.push(work);
  }

  #isFree(): boolean {
    const isCrowd = this.#options.holdMs > 0 && this.#noteArrival();
    return this.#waiting.length === 0 && this.#taken < this.#options.perTurn && !isCrowd;
  }

  #noteArrival(): boolean {
    const now = performance.now();
    if (now - this.#windowFrom > CROWD_WINDOW_MS) {
      this.#windowFrom = now;
      this.#inWindow = 0;
    }
    this.#inWindow += 1;
    return this.#inWindow > CROWD;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    const isHeld = this.#came && performance.now() - this.#waitingSince < this.#options.holdMs;
    this.#isScheduled = false;
    this.#taken = 0;
    this.#came = false;
    if (!isHeld) {
      const next = this.#waiting.splice(0, this.#options.perTurn);
      this.#taken = next.length;
      for (const work of next) work();
    }
    if (this.#waiting.length > 0 || this.#taken > 0) this.#schedule();
  }
}
