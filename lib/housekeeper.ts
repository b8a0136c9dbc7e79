import type { Logger } from "./logger";
import { type Housekeeping, PERISHABLES, type Perishable } from "./ports/housekeeping";

const PERIOD_MS = 3_600_000;
/** A process that has just started has better things to do. */
const FIRST_AFTER_MS = 60_000;
/** Workers that started together look at different moments. */
const SPREAD_MS = 300_000;

/** Rows of one transaction: some tens of milliseconds, also of the embedded database. */
const BATCH = 1_000;
/** Whoever waits for the database comes first. */
const PAUSE_MS = 50;

export interface HousekeeperOptions {
  housekeeping: Housekeeping;
  logger: Logger;
  /** ms; defaults: an hour, and a minute and up to five more before the first look. */
  periodMs?: number;
  firstAfterMs?: number;
  /** Rows of one transaction; default 1,000. */
  batch?: number;
}

/**
 * Has what is past its time removed, every hour. Every worker looks; while one is at it the
 * others leave it to that one, and who comes later finds nothing to do.
 */
export class Housekeeper {
  readonly #options: HousekeeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: HousekeeperOptions) {
    this.#options = options;
    this.#schedule(options.firstAfterMs ?? FIRST_AFTER_MS + Math.random() * SPREAD_MS);
  }

  /** There is something to remove: looks now, or once more after the look that is under way. */
  look(): void {
    clearTimeout(this.#timer);
    this.#running = this.#running.then(() => this.#tidy());
  }

  /** Waits for the batch that is under way, not for those after it. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #schedule(waitMs: number): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.look(), waitMs);
    this.#timer.unref();
  }

  async #tidy(): Promise<void> {
    const { logger, periodMs = PERIOD_MS } = this.#options;
    try {
      for (const what of PERISHABLES) {
        const removed = await this.#removeAll(what);
        if (removed > 0) logger.info({ what, removed }, "removed what is past its time");
      }
    } catch (err) {
      logger.warn({ err }, "tidying up will be tried again");
    }
    this.#schedule(periodMs);
  }

  async #removeAll(what: Perishable): Promise<number> {
    const { housekeeping, batch = BATCH } = this.#options;
    let removed = 0;
    while (!this.#closed) {
      const some = await housekeeping.removePast(what, batch);
      removed += some ?? 0;
      if (some === null || some < batch) break;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    return removed;
  }
}
