import type { WorkerInfo } from "./ports/session-store";

/** Three beats missed: stopped, cut off, or too busy. Dead after 12 s. */
export const OVERDUE_MS = 6_000;

/** Follows the list of workers: who is late with the heartbeat, who died, who left in order. */
export class WorkersWatch {
  #known = new Map<string, { overdueS: number }>();
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
        return [workerId, { overdueS: lateMs > OVERDUE_MS ? Math.round(lateMs / 1000) : 0 }];
      }),
    );
    for (const [workerId, { overdueS }] of this.#known) {
      if (!present.has(workerId)) this.#noteGone(workerId, overdueS > 0);
    }
    this.#known = present;
  }

  /** The next list is taken as it is: whoever is not on it was not there before either. */
  forget(): void {
    this.#known = new Map();
  }

  #noteGone(workerId: string, wasOverdue: boolean): void {
    if (wasOverdue) {
      this.lost += 1;
      this.lastLost = workerId;
    } else {
      this.left += 1;
      this.lastLeft = workerId;
    }
  }
}
