/** How many connections each worker had at a moment. */
export interface ConnectionSample {
  /** ms. */
  at: number;
  workers: readonly { workerId: string; connections: number }[];
}

/** Beyond so many the colours begin again. */
const COLORS = 5;

/** What the server remembers, then what this page has seen since; oldest first. */
export function joinSamples(
  history: readonly ConnectionSample[],
  seen: readonly ConnectionSample[],
): ConnectionSample[] {
  const last = history.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  return [...history, ...seen.filter(({ at }) => at > last)];
}

/** Every worker that is in any sample, in the order of their names. */
export function workersOf(samples: readonly ConnectionSample[]): string[] {
  const ids = samples.flatMap(({ workers }) => workers.map(({ workerId }) => workerId));
  return [...new Set(ids)].sort();
}

/** The colour of each worker: the same in the chart and in the list beside it. */
export function workerColors(workerIds: readonly string[]): (workerId: string) => string {
  return (workerId) => `var(--chart-${(Math.max(0, workerIds.indexOf(workerId)) % COLORS) + 1})`;
}
