import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createSharedLimiters } from "@/lib/auth/shared-limiter";
import { createSignInThrottle, type SignInThrottle } from "@/lib/auth/sign-in-throttle";
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

async function connected(): Promise<Redis> {
  const client = new Redis(redis.url, { enableOfflineQueue: false, lazyConnect: true });
  client.on("error", () => undefined);
  clients.push(client);
  await client.connect();
  return client;
}

const LIMITS = { api_calls: 4, publishes: 0 };
const worker = async () => createRedisRateLimiter(LIMITS, await connected(), "test:", () => 2);
const throttle = async (workers = 2) =>
  createSignInThrottle(
    4,
    createSharedLimiters(await connected(), "test:", () => workers),
  );

const TOO_MANY = { code: "too_many" };

test("[SEC3] failed sign-ins count wherever they were tried, until one succeeds", async () => {
  const [one, two] = [await throttle(), await throttle()];
  const tried = (at: SignInThrottle) => at.attempt("10.0.0.1", "ada@example.com");
  for (const at of [one, two, one, two]) await tried(at);
  await expect(tried(one)).rejects.toMatchObject(TOO_MANY);
  await expect(tried(two)).rejects.toMatchObject(TOO_MANY);
  await two.attempt("10.0.0.1", "bob@example.com");
  await one.succeeded("10.0.0.1", "ada@example.com");
  await tried(two);
});

test("[SEC5] workers count together, and [DEG2] share the limit while Redis is away", async () => {
  const [one, two] = [await worker(), await worker()];
  const [signIns, manyWorkers] = [await throttle(), await throttle(50)];
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

  const tried = (at: SignInThrottle) => at.attempt("10.0.0.2", "eve@example.com");
  await tried(signIns);
  await signIns.succeeded("10.0.0.2", "eve@example.com");
  await tried(signIns);
  await tried(signIns);
  await expect(tried(signIns)).rejects.toMatchObject(TOO_MANY);
  // However many share it, nobody's share is nothing.
  await tried(manyWorkers);
  await expect(tried(manyWorkers)).rejects.toMatchObject(TOO_MANY);
});
