import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Patience } from "./patience";

const MS = 2_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function waiting(patience: Patience) {
  const calls = vi.fn();
  return { calls, answer: patience.wait(calls) };
}

test("who has an answer is called once, and at once", async () => {
  const { calls, answer } = waiting(new Patience(MS));
  answer();
  answer();
  await vi.advanceTimersByTimeAsync(3 * MS);
  expect(calls).toHaveBeenCalledTimes(1);
});

test("each is given up when its own time is up, and an answer after that is nobody's", async () => {
  const patience = new Patience(MS);
  const first = waiting(patience);
  await vi.advanceTimersByTimeAsync(MS / 2);
  const second = waiting(patience);
  await vi.advanceTimersByTimeAsync(MS / 2);
  expect(first.calls).toHaveBeenCalledTimes(1);
  expect(second.calls).not.toHaveBeenCalled();
  first.answer();
  expect(first.calls).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(MS / 2);
  expect(second.calls).toHaveBeenCalledTimes(1);
});

test("ten thousand who wait have one timer", () => {
  const patience = new Patience(MS);
  for (let n = 0; n < 10_000; n += 1) waiting(patience);
  expect(vi.getTimerCount()).toBe(1);
});

test("who comes after all others have their answer is given up in time, too", async () => {
  const patience = new Patience(MS);
  waiting(patience).answer();
  await vi.advanceTimersByTimeAsync(MS / 2);
  const { calls } = waiting(patience);
  await vi.advanceTimersByTimeAsync(MS - 1);
  expect(calls).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(calls).toHaveBeenCalledTimes(1);
});
