import type { ReceiptCounts } from "./funnel";

export const INTERVALS = {
  minute: { label: "Minute", stepS: 60, most: 60 },
  hour: { label: "Hour", stepS: 3_600, most: 72 },
  day: { label: "Day", stepS: 86_400, most: 60 },
} as const;

export type Interval = keyof typeof INTERVALS;
export const INTERVAL_NAMES = ["minute", "hour", "day"] as const;

export interface TimelineStep {
  /** Start of the step, ms. */
  at: number;
  counts: ReceiptCounts;
}

const NOTHING: ReceiptCounts = { delivered: 0, seen: 0, clicked: 0, dismissed: 0, snoozed: 0 };

/**
 * Every step from the first in which something happened to the last, quiet ones too; of many, the
 * last `most`.
 * @param steps those in which something happened, oldest first
 */
export function fillSteps(
  steps: readonly TimelineStep[],
  stepMs: number,
  most: number,
): TimelineStep[] {
  const first = steps[0];
  const last = steps.at(-1);
  if (!first || !last) return [];
  const known = new Map(steps.map((step) => [step.at, step.counts]));
  const start = Math.max(first.at, last.at - (most - 1) * stepMs);
  const length = Math.round((last.at - start) / stepMs) + 1;
  return Array.from({ length }, (_, index) => {
    const at = start + index * stepMs;
    return { at, counts: known.get(at) ?? NOTHING };
  });
}

/** At least `least` steps, quiet ones before the first: a chart with one bar says when. */
export function withQuietBefore(
  steps: readonly TimelineStep[],
  stepMs: number,
  least: number,
): TimelineStep[] {
  const first = steps[0];
  if (!first) return [];
  const missing = Math.max(0, least - steps.length);
  const quiet = Array.from({ length: missing }, (_, index) => ({
    at: first.at - (missing - index) * stepMs,
    counts: NOTHING,
  }));
  return [...quiet, ...steps];
}
