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

const MINUTE_MS = 60_000;
/** Whole minutes of every zone's clock are whole minutes of the axis. */
const TICK_STEPS_MS = [1, 2, 5, 10, 15].map((minutes) => minutes * MINUTE_MS);
const MOST_TICKS = 7;

/** Where the axis from `from` to `to` (ms) is labelled: each label once. */
export function minuteTicks(from: number, to: number): number[] {
  const fits = (step: number) => (to - from) / step <= MOST_TICKS;
  const step =
    TICK_STEPS_MS.find(fits) ?? Math.ceil((to - from) / MOST_TICKS / MINUTE_MS) * MINUTE_MS;
  const first = Math.ceil(from / step) * step;
  const count = Math.max(0, Math.floor((to - first) / step) + 1);
  // In its first minute an axis has none: its end says when it is.
  if (count === 0) return [to];
  return Array.from({ length: count }, (_, index) => first + index * step);
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
