import { expect, test } from "vitest";
import { RecentCache } from "./recent-cache";

function setUp(maxEntries = 10) {
  const clock = { now: 0 };
  const cache = new RecentCache<number>({ maxAgeMs: 2000, maxEntries, now: () => clock.now });
  let fetched = 0;
  const count = () => Promise.resolve(++fetched);
  return { clock, cache, count };
}

test("an answer is kept for its time and fetched anew after it", async () => {
  const { clock, cache, count } = setUp();
  expect(await cache.get("a", count)).toBe(1);
  clock.now = 1999;
  expect(await cache.get("a", count)).toBe(1);
  clock.now = 2000;
  expect(await cache.get("a", count)).toBe(2);
});

test("callers that ask at the same time share one look-up", async () => {
  const { cache, count } = setUp();
  expect(await Promise.all([cache.get("a", count), cache.get("a", count)])).toEqual([1, 1]);
});

test("[SEC3] an answer that was on its way when all were forgotten is not kept", async () => {
  const { cache, count } = setUp();
  let answer = (_: number) => {};
  const early = cache.get("a", () => new Promise<number>((resolve) => (answer = resolve)));
  cache.forgetAll();
  answer(100);
  expect(await early).toBe(100);
  expect(await cache.get("a", count)).toBe(1);
});

test("a failure is not an answer", async () => {
  const { cache, count } = setUp();
  await expect(cache.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await cache.get("a", count)).toBe(1);
});

test("the oldest answers make room", async () => {
  const { cache, count } = setUp(2);
  for (const key of ["a", "b", "c"]) await cache.get(key, count);
  expect(await cache.get("c", count)).toBe(3);
  expect(await cache.get("a", count)).toBe(4);
});
