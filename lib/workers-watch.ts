import type { WorkerInfo } from "./ports/session-store";

/**
 * Two beats missed: stopped, cut off, or too busy. Dead after 12 s. The list is looked at every 5 s
 * and its newest beat may be 2 s old: a later limit could pass between two looks.
 */
export const OVERDUE_MS = 5_000;

/**
 * Who was silent for so long when the list no longer had it has died, found late before or not:
 * who leaves in order has beaten within 2 s, and is missed 5 s later at most.
 */
const DIED_MS = 9_000;

/** Follows the list of workers: who is late with the heartbeat, who died, who left in order. */
export class WorkersWatch {
  #known = new Map<string, { overdueS: number; lastBeatAt: number }>();
  lost = 0;
  left = 0;
  /** The last ones, for naming them. */
  lastLost: string | null = null;
  lastLeft: string | null = null;

  /** Late now: id, and seconds since the last beat. */
  get overdue(): { workerId: string; seconds: number }[] {
    return [...this.#known]
      .filter(([, { overdueS }]) => overdueS > 0)
      .map(([workerId, { overdueS }]) => ({ workerId, seconds: overdueS }));
  }

  /**
   * @param workers all that are up, by one clock; the reader itself is among them and has just
   * beaten
   */
  take(workers: readonly WorkerInfo[]): void {
    const newest = Math.max(...workers.map((worker) => worker.lastBeatAt));
    const present = new Map(
      workers.map(({ workerId, lastBeatAt }) => {
        const lateMs = newest - lastBeatAt;
        const overdueS = lateMs > OVERDUE_MS ? Math.round(lateMs / 1000) : 0;
        return [workerId, { overdueS, lastBeatAt }];
      }),
    );
    for (const [workerId, { lastBeatAt }] of this.#known) {
      if (present.has(workerId)) continue;
      this.#noteGone(workerId, newest - lastBeatAt > DIED_MS);
    }
    this.#known = present;
  }

  /** The next list is taken as it is: whoever is not on it was not there before either. */
  forget(): void {
    this.#known = new Map();
  }

  #noteGone(workerId: string, hasDied: boolean): void {
    if (hasDied) {
      this.lost += 1;
      this.lastLost = workerId;
    } else {
      this.left += 1;
      this.lastLeft = workerId;
    }
  }
}
