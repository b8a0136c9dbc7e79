import { describe, expect, test } from "vitest";
import { createMemoryRateLimiter, createRedisRateLimiter } from "./rate-limit";

const away = {
  status: "reconnecting",
  defineCommand: () => undefined,
};

describe("[SEC5] limits", () => {
  test("count each key apart, say what is left, and refuse the rest", async () => {
    const limiter = createMemoryRateLimiter({ api_calls: 2, publishes: 1 });
    expect(await limiter.consume("api_calls", "a")).toMatchObject({
      allowed: true,
      limit: 2,
      remaining: 1,
    });
    expect(await limiter.consume("api_calls", "a")).toMatchObject({ allowed: true, remaining: 0 });
    const refused = await limiter.consume("api_calls", "a");
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused?.resetS).toBeGreaterThan(0);
    expect(await limiter.consume("api_calls", "b")).toMatchObject({ allowed: true });
    expect(await limiter.consume("publishes", "a")).toMatchObject({ allowed: true });
  });

  test("are off at 0", async () => {
    const limiter = createMemoryRateLimiter({ api_calls: 0, publishes: 0 });
    expect(await limiter.consume("api_calls", "a")).toBeNull();
  });

  test("[DEG2] each worker takes its share while Redis is away", async () => {
    const limiter = createRedisRateLimiter({ api_calls: 9, publishes: 0 }, away, "x:", () => 3);
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push(await limiter.consume("api_calls", "a"));
    expect(answers.map((quota) => quota?.allowed)).toEqual([true, true, true, false]);
    expect(answers[0]).toMatchObject({ limit: 3, remaining: 2 });
  });
});
