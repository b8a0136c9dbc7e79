import { describe, expect, test } from "vitest";
import { fillSteps, withQuietBefore } from "./timeline-steps";

const MINUTE = 60_000;
const step = (minute: number, seen: number) => ({
  at: minute * MINUTE,
  counts: { delivered: 0, seen, clicked: 0, dismissed: 0, snoozed: 0 },
});

describe("the time line's steps", () => {
  test("[ACK4] quiet minutes between busy ones are there, empty", () => {
    const seen = fillSteps([step(1, 5), step(4, 2)], MINUTE, 60).map(({ counts }) => counts.seen);
    expect(seen).toEqual([5, 0, 0, 2]);
  });

  test("of a long time the last steps are shown", () => {
    const filled = fillSteps([step(1, 5), step(100, 2)], MINUTE, 10);
    expect(filled).toHaveLength(10);
    expect(filled.at(-1)).toEqual(step(100, 2));
    expect(filled[0]?.at).toBe(91 * MINUTE);
  });

  test("a few are shown after quiet ones, many as they are", () => {
    const shown = withQuietBefore([step(7, 5)], MINUTE, 4);
    expect(shown.map(({ at }) => at / MINUTE)).toEqual([4, 5, 6, 7]);
    expect(shown.map(({ counts }) => counts.seen)).toEqual([0, 0, 0, 5]);
    expect(withQuietBefore([step(1, 1), step(2, 1)], MINUTE, 1)).toHaveLength(2);
    expect(withQuietBefore([], MINUTE, 4)).toEqual([]);
  });

  test("where nothing happened there are no steps", () => {
    expect(fillSteps([], MINUTE, 10)).toEqual([]);
  });
});
