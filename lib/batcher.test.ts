import { afterEach, expect, test, vi } from "vitest";
import { AppError, isOfTheData } from "@/core/errors";
import { Batcher } from "./batcher";

afterEach(() => {
  vi.useRealTimers();
});

function batcher(run: (items: readonly number[]) => Promise<readonly number[]>, maxItems = 100) {
  return new Batcher<number, number>({
    run,
    windowMs: 1,
    maxItems,
    maxWaiting: 1_000,
    onFull: () => new Error("full"),
  });
}

test("many callers at once share one run, and each gets its own result", async () => {
  const runs: number[] = [];
  const doubling = batcher(async (items) => {
    runs.push(items.length);
    return items.map((item) => item * 2);
  });
  const results = await Promise.all(Array.from({ length: 50 }, (_, n) => doubling.add(n)));
  expect(results).toEqual(Array.from({ length: 50 }, (_, n) => n * 2));
  expect(runs).toEqual([50]);
});

test("in a crowd, a batch is held back while more come, though not for ever", async () => {
  vi.useFakeTimers();
  const runs: number[] = [];
  const spaced = new Batcher<number, number>({
    run: async (items) => {
      runs.push(items.length);
      return items;
    },
    windowMs: 5,
    maxWindowMs: 100,
    maxItems: 200,
    maxWaiting: 1_000,
    onFull: () => new Error("full"),
  });
  const come = (count: number) => {
    for (let n = 0; n < count; n += 1) void spaced.add(n);
  };
  const later = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  // All at once: nobody comes after them.
  come(30);
  await later(20);
  expect(runs).toEqual([30]);
  for (let ms = 0; ms < 50; ms += 5) {
    come(3);
    await later(5);
  }
  expect(runs).toEqual([30]);
  await later(20);
  expect(runs).toEqual([30, 30]);
  // They never stop coming.
  for (let ms = 0; ms < 200; ms += 2) {
    come(1);
    await later(2);
  }
  expect(runs.length).toBeGreaterThanOrEqual(3);
  expect(runs.length).toBeLessThanOrEqual(4);
  await later(20);
  expect(runs.reduce((sum, size) => sum + size)).toBe(160);
  runs.length = 0;
  // What is full is not held back.
  come(450);
  await later(6);
  expect(runs).toEqual([200, 200]);
  await later(20);
  expect(runs).toEqual([200, 200, 50]);
  // The first who comes alone may be one more of them; the next is not.
  come(1);
  await later(20);
  expect(runs).toEqual([200, 200, 50, 1]);
  come(1);
  await later(5);
  expect(runs).toEqual([200, 200, 50, 1, 1]);
});

test("a batch that fails rejects its own callers only", async () => {
  const failingOnce = batcher(async (items) => {
    if (items.includes(1)) throw new Error("bad");
    return items;
  }, 1);
  const results = await Promise.allSettled([0, 1, 2].map((n) => failingOnce.add(n)));
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("[ACK1] one item that cannot be stored fails alone, wherever it is in the batch", async () => {
  for (let bad = 0; bad < 7; bad += 1) {
    let runs = 0;
    const storing = new Batcher<number, number>({
      run: async (items) => {
        runs += 1;
        if (items.includes(bad)) throw new AppError("invalid", "cannot be stored");
        return items;
      },
      windowMs: 1,
      maxItems: 100,
      maxWaiting: 100,
      onFull: () => new Error("full"),
      isOfOneItem: isOfTheData,
    });
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5, 6].map((n) => storing.add(n)));
    expect(results.map(({ status }) => status === "fulfilled")).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((n) => n !== bad),
    );
    expect(runs).toBeLessThan(8);
  }
});

test("a failure that is nobody's fault fails the batch at once, without trying its parts", async () => {
  let runs = 0;
  const away = new Batcher<number, number>({
    run: async () => {
      runs += 1;
      throw new AppError("unavailable", "away");
    },
    windowMs: 1,
    maxItems: 100,
    maxWaiting: 100,
    onFull: () => new Error("full"),
    isOfOneItem: isOfTheData,
  });
  const results = await Promise.allSettled([0, 1, 2].map((n) => away.add(n)));
  expect(results.every(({ status }) => status === "rejected")).toBe(true);
  expect(runs).toBe(1);
});

test("flush waits for what runs and for what waits behind it", async () => {
  const done: number[] = [];
  const slow = batcher(async (items) => {
    await new Promise((resolve) => setImmediate(resolve));
    done.push(...items);
    return items;
  }, 1);
  void slow.add(1);
  void slow.add(2);
  await slow.flush();
  expect(done).toEqual([1, 2]);
});

test("beyond its bound it refuses", async () => {
  const tiny = new Batcher<number, number>({
    run: async (items) => items,
    windowMs: 1,
    maxItems: 1,
    maxWaiting: 1,
    onFull: () => new Error("full"),
  });
  const first = tiny.add(1);
  await expect(tiny.add(2)).rejects.toThrow("full");
  await expect(first).resolves.toBe(1);
});
