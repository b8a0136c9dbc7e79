import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRedisRateLimiter } from "@/lib/http/rate-limit";
import { startRedis, type TestRedis } from "@/tests/support/redis";

let redis: TestRedis;
const clients: Redis[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await redis?.stop();
});

async function worker() {
  const client = new Redis(redis.url, { enableOfflineQueue: false, lazyConnect: true });
  client.on("error", () => undefined);
  clients.push(client);
  await client.connect();
  return createRedisRateLimiter({ api_calls: 4, publishes: 0 }, client, "test:", () => 2);
}

test("[SEC5] workers count together, and [DEG2] share the limit while Redis is away", async () => {
  const [one, two] = [await worker(), await worker()];
  for (const remaining of [3, 1]) {
    expect(await one.consume("api_calls", "a")).toMatchObject({ limit: 4, remaining });
    expect(await two.consume("api_calls", "a")).toMatchObject({ remaining: remaining - 1 });
  }
  expect(await one.consume("api_calls", "a")).toMatchObject({ allowed: false });
  expect(await two.consume("api_calls", "b")).toMatchObject({ allowed: true });
  await redis.stop();
  const alone = [];
  for (let call = 0; call < 3; call += 1) alone.push(await one.consume("api_calls", "a"));
  expect(alone.map((quota) => quota?.allowed)).toEqual([true, true, false]);
});
