import { expect, test } from "vitest";
import type { WorkerInfo } from "./ports/session-store";
import { WorkersWatch } from "./workers-watch";

const worker = (workerId: string, lastBeatAt: number): WorkerInfo => ({
  workerId,
  lastBeatAt,
  nodeId: "n1",
  startedAt: 0,
  connections: 0,
  version: "1.2.3",
  traffic: null,
});

test("[DEG6] a worker that misses its beats is named, then counted as lost", () => {
  const watch = new WorkersWatch();
  watch.take([worker("a", 10_000), worker("b", 9_000)]);
  expect(watch.overdue).toEqual([]);
  watch.take([worker("a", 17_000), worker("b", 9_000)]);
  expect(watch.overdue).toEqual([{ workerId: "b", seconds: 8 }]);
  watch.take([worker("a", 22_000)]);
  expect([watch.lost, watch.lastLost, watch.left]).toEqual([1, "b", 0]);
  expect(watch.overdue).toEqual([]);
});

test("[DEG6] a worker that died between two looks, and was late at neither, did not leave in order", () => {
  const watch = new WorkersWatch();
  watch.take([worker("a", 9_000), worker("b", 5_000)]);
  watch.take([worker("a", 15_500)]);
  expect([watch.lost, watch.lastLost, watch.left]).toEqual([1, "b", 0]);
});

test("[DEG7] a worker that leaves in order is told apart from it", () => {
  const watch = new WorkersWatch();
  watch.take([worker("a", 10_000), worker("b", 9_000)]);
  watch.take([worker("a", 15_000)]);
  expect([watch.lost, watch.left, watch.lastLeft]).toEqual([0, 1, "b"]);
});

test("[DEG6] one that was late and beats again was not lost", () => {
  const watch = new WorkersWatch();
  watch.take([worker("a", 20_000), worker("b", 9_000)]);
  watch.take([worker("a", 22_000), worker("b", 22_000)]);
  expect([watch.overdue, watch.lost]).toEqual([[], 0]);
});
