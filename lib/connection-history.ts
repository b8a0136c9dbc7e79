/** How many connections each worker had at a moment. */
export interface ConnectionSample {
  /** ms, database time. */
  at: number;
  workers: { workerId: string; connections: number }[];
}

/** One sample in so many ms, for the last hour. */
const EVERY_MS = 15_000;
const KEPT = 240;

/** The cluster's connections of the last hour, as this worker saw them; in memory only. */
export class ConnectionHistory {
  #samples: ConnectionSample[] = [];

  /** Oldest first. */
  get samples(): readonly ConnectionSample[] {
    return this.#samples;
  }

  /** Takes a sample when the last one is old enough. */
  note({ at, workers }: ConnectionSample): void {
    const last = this.#samples.at(-1);
    if (last && at - last.at < EVERY_MS) return;
    const plain = workers.map(({ workerId, connections }) => ({ workerId, connections }));
    this.#samples = [...this.#samples, { at, workers: plain }].slice(-KEPT);
  }
}
