/** What heals by itself, counted since the start: worth a word while it keeps happening. */
export interface LateCounters {
  /** Messages from Redis stopped coming, for however short a time. */
  brokerInterruptions: number;
  databaseOutages: number;
  /** Changes that no message told of. */
  changesMissed: number;
  /** The database was older than what this worker had seen of it. */
  databaseRestores: number;
  /** Readers dropped as too slow. */
  readersDropped: number;
  /** Sockets that ended without a close frame. */
  socketsBrokenOff: number;
  /** Sockets turned away for want of room or of the database. */
  socketsRefused: number;
  /** Workers that stopped beating without leaving. */
  workersLost: number;
  /** Workers that left in order. */
  workersLeft: number;
}

/** As far as `rises` looks back, ms. */
export const LATELY_MS = 600_000;

/** By how much counters rose lately, from samples that are taken now and then. */
export class Lately {
  readonly #samples: { at: number; counters: LateCounters }[] = [];

  /** @param at ms of a clock that only goes forward */
  sample(counters: LateCounters, at: number): void {
    this.#samples.push({ at, counters: { ...counters } });
    // The newest of those that are too old is what the next rise is counted from.
    while ((this.#samples[1]?.at ?? at) < at - LATELY_MS) this.#samples.shift();
  }

  /** Since the sample that is 10 minutes old; since the first one where all are younger. */
  rises(now: LateCounters): LateCounters {
    const then = this.#samples[0]?.counters ?? now;
    return {
      brokerInterruptions: now.brokerInterruptions - then.brokerInterruptions,
      databaseOutages: now.databaseOutages - then.databaseOutages,
      changesMissed: now.changesMissed - then.changesMissed,
      databaseRestores: now.databaseRestores - then.databaseRestores,
      readersDropped: now.readersDropped - then.readersDropped,
      socketsBrokenOff: now.socketsBrokenOff - then.socketsBrokenOff,
      socketsRefused: now.socketsRefused - then.socketsRefused,
      workersLost: now.workersLost - then.workersLost,
      workersLeft: now.workersLeft - then.workersLeft,
    };
  }
}
