import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { LoopTurns } from "./loop-turns";

/** Counts those whose turn has come. */
function visitors(turns: LoopTurns) {
  const served = { count: 0 };
  const serve = () => {
    served.count += 1;
  };
  const come = (count: number) => {
    for (let n = 0; n < count; n += 1) turns.run(serve);
  };
  return { come, served };
}

test("who comes alone goes ahead at once", async () => {
  const { come, served } = visitors(new LoopTurns({ perTurn: 2, holdMs: 500 }));
  for (let n = 1; n <= 10; n += 1) {
    come(1);
    expect(served.count).toBe(n);
    await nextTurn();
  }
});

test("[DEG8] of many at once, no more than so many go ahead in a turn, and all in the end", async () => {
  const { come, served } = visitors(new LoopTurns({ perTurn: 10 }));
  come(1_000);
  let before = 0;
  for (let turn = 0; served.count < 1_000; turn += 1) {
    expect(served.count - before).toBeLessThanOrEqual(10);
    expect(turn).toBeLessThan(500);
    before = served.count;
    await nextTurn();
  }
});

test("[DEG8] a crowd is held back while more are coming, though not for longer than it says", async () => {
  const clock = vi.spyOn(performance, "now").mockReturnValue(1_000);
  const { come, served } = visitors(new LoopTurns({ perTurn: 10, holdMs: 500 }));
  const arrive = async (turns: number) => {
    for (let n = 0; n < turns; n += 1) {
      come(1);
      await nextTurn();
    }
  };
  await arrive(60);
  const atOnce = served.count;
  expect(atOnce).toBeLessThan(60);
  await arrive(60);
  expect(served.count).toBe(atOnce);
  clock.mockReturnValue(1_501);
  await arrive(60);
  expect(served.count).toBeGreaterThan(atOnce + 60);
  for (let n = 0; n < 10; n += 1) await nextTurn();
  expect(served.count).toBe(180);
  clock.mockRestore();
});
