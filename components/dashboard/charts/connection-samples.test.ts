import { describe, expect, test } from "vitest";
import { joinSamples, minuteTicks, workerColors, workersOf } from "./connection-samples";

const sample = (at: number, ...workerIds: string[]) => ({
  at,
  workers: workerIds.map((workerId) => ({ workerId, connections: 1 })),
});

describe("connections over time", () => {
  test("go on from what the server remembers to what the page has seen", () => {
    const joined = joinSamples([sample(1, "a"), sample(5, "a")], [sample(4, "a"), sample(9, "a")]);
    expect(joined.map(({ at }) => at)).toEqual([1, 5, 9]);
    expect(joinSamples([], [sample(4, "a")])).toHaveLength(1);
  });

  test("name a worker that came or went on the way, each in its own colour", () => {
    const workers = workersOf([sample(1, "b"), sample(2, "a", "b"), sample(3, "c")]);
    expect(workers).toEqual(["a", "b", "c"]);
    expect(new Set(workers.map(workerColors(workers))).size).toBe(3);
  });

  test("are labelled at whole minutes, a few of them, none twice", () => {
    const minute = 60_000;
    expect(minuteTicks(0, 59_000)).toEqual([0]);
    expect(minuteTicks(10_000, 130_000)).toEqual([minute, 2 * minute]);
    expect(minuteTicks(0, 60 * minute)).toHaveLength(7);
    expect(minuteTicks(30_000, 40_000)).toEqual([40_000]);
    expect(minuteTicks(0, 400 * minute).length).toBeLessThanOrEqual(8);
  });
});
