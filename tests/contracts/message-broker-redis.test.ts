import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RedisConnection } from "@/lib/adapters/redis/redis-connection";
import { RedisMessageBroker } from "@/lib/adapters/redis/redis-message-broker";
import { PATIENCE } from "@/tests/support/patience";
import { startRedis, type TestRedis } from "../support/redis";
import {
  freshPrefix,
  healthy,
  openBroker,
  openConnection,
  testLogger,
} from "../support/redis-parts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";

/** What an outage must not cost a caller ([DEG2]), and what noticing it costs the first. */
const PUBLISH_LIMIT_MS = 500 * PATIENCE;
/** [DEG3] */
const RECOVERY_LIMIT_MS = 5_000 * PATIENCE;
/** [DEG4] */
const NOTICE_LIMIT_MS = 10_000 * PATIENCE;

let redis: TestRedis;
let proxy: TcpProxy;
let connection: RedisConnection;
let broker: RedisMessageBroker;

async function begin(options?: { probeIntervalMs?: number; probeTimeoutMs?: number }) {
  connection = await openConnection(`redis://127.0.0.1:${proxy.port}`);
  broker = await openBroker(connection, options);
}

beforeEach(async () => {
  redis = await startRedis();
  proxy = await startTcpProxy(redis);
});
afterEach(async () => {
  await broker.close();
  await connection.close();
  await proxy.close();
  await redis.close();
});

const refused = { code: "unavailable" };

/** ms that a publish took to be refused. The network may still deliver it, much later. */
async function timeRefusal(): Promise<number> {
  const startedAt = performance.now();
  await expect(broker.publish("refused", 1)).rejects.toMatchObject(refused);
  return performance.now() - startedAt;
}

async function timed(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

function nextReady(): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = broker.onReady(() => {
      unsubscribe();
      resolve();
    });
  });
}

/** Subscribes; `message` is the first that comes. */
async function listen(channel: string): Promise<{ message: Promise<unknown> }> {
  let take: (message: unknown) => void = () => undefined;
  const message = new Promise<unknown>((resolve) => {
    take = resolve;
  });
  await broker.subscribe(channel, take);
  return { message };
}

describe("message broker over Redis, away", () => {
  test("[DEG2] cut off, publishing is refused at once; back, all goes on without a restart", async () => {
    await begin();
    const { message } = await listen("a");
    const away = healthy(broker, false);
    await proxy.refuse();
    proxy.cut();
    await away;
    expect(await timeRefusal()).toBeLessThan(PUBLISH_LIMIT_MS);
    const ready = nextReady();
    await proxy.resume();
    expect(await timed(ready)).toBeLessThan(RECOVERY_LIMIT_MS);
    await healthy(broker, true);
    await broker.publish("a", "back");
    expect(await message).toBe("back");
  });

  test("[DEG2] in a black hole the first publish is refused within 500 ms, others at once", async () => {
    await begin();
    proxy.hang();
    expect(await timeRefusal()).toBeLessThan(PUBLISH_LIMIT_MS);
    expect(broker.healthy).toBe(false);
    let others = 0;
    for (let count = 0; count < 20; count += 1) others += await timeRefusal();
    expect(others).toBeLessThan(PUBLISH_LIMIT_MS);
  });

  test("[DEG3] a black hole that ends is over within 5 s", async () => {
    await begin();
    const { message } = await listen("a");
    proxy.hang();
    await timeRefusal();
    // Long enough for sockets to have been given up and made anew, into the hole.
    await expect.poll(() => proxy.links.length, { timeout: 10_000 }).toBeGreaterThan(3);
    await proxy.resume();
    expect(await timed(healthy(broker, true))).toBeLessThan(RECOVERY_LIMIT_MS);
    await broker.publish("a", "back");
    expect(await message).toBe("back");
  });

  test("[DEG3] Redis killed and started again, empty: subscriptions are back within 5 s", async () => {
    await begin();
    const { message } = await listen("a");
    const away = healthy(broker, false);
    await redis.kill();
    await away;
    await redis.restart();
    expect(await timed(healthy(broker, true))).toBeLessThan(RECOVERY_LIMIT_MS);
    await broker.publish("a", "back");
    expect(await message).toBe("back");
  });

  test("[DEG2] Redis frozen is Redis away; resumed, it is back within 5 s", async () => {
    await begin();
    redis.pause();
    expect(await timeRefusal()).toBeLessThan(PUBLISH_LIMIT_MS);
    redis.unpause();
    expect(await timed(healthy(broker, true))).toBeLessThan(RECOVERY_LIMIT_MS);
  });

  test("[DEG2] absent at the start: nothing throws, and it begins when Redis comes", async () => {
    await redis.stop();
    const url = `redis://127.0.0.1:${proxy.port}`;
    connection = new RedisConnection({ url, prefix: freshPrefix(), logger: testLogger });
    broker = new RedisMessageBroker({ connection, logger: testLogger });
    expect(await connection.connect(300)).toBe(false);
    const { message } = await listen("a");
    expect(await timeRefusal()).toBeLessThan(PUBLISH_LIMIT_MS);
    await redis.restart();
    expect(await timed(healthy(broker, true))).toBeLessThan(RECOVERY_LIMIT_MS);
    await broker.publish("a", "there");
    expect(await message).toBe("there");
  });

  test("a subscription made during an outage is in place after it", async () => {
    await begin();
    const away = healthy(broker, false);
    await proxy.refuse();
    proxy.cut();
    await away;
    const messages: unknown[] = [];
    await broker.subscribe("kept", (message) => messages.push(message));
    const ended = await broker.subscribe("ended", (message) => messages.push(message));
    await ended();
    await proxy.resume();
    await healthy(broker, true);
    const last = await listen("last");
    await broker.publish("ended", "no");
    await broker.publish("kept", "yes");
    await broker.publish("last", "last");
    await last.message;
    expect(messages).toEqual(["yes"]);
  });

  test("what is published while the subscriber is cut off is lost, and onReady says so", async () => {
    await begin();
    const messages: unknown[] = [];
    await broker.subscribe("a", (message) => messages.push(message));
    const ready = nextReady();
    for (const link of subscribers()) link.cut();
    await ready;
    await healthy(broker, true);
    await broker.publish("a", "after");
    await expect.poll(() => messages).toEqual(["after"]);
  });
});

/** The proxy's links that subscribe. */
function subscribers() {
  return proxy.links.filter((link) => /subscribe/i.test(link.heard));
}

describe("message broker over Redis, deaf", () => {
  test("[DEG4] a subscription that hangs without an error is found by a probe and replaced", async () => {
    await begin();
    const received: unknown[] = [];
    await broker.subscribe("a", (message) => received.push(message));
    const ready = nextReady();
    for (const link of subscribers()) link.hang();
    await broker.publish("a", "lost");
    expect(broker.healthy).toBe(true);
    expect(await timed(ready)).toBeLessThan(NOTICE_LIMIT_MS);
    await healthy(broker, true);
    await broker.publish("a", "heard");
    await expect.poll(() => received).toContain("heard");
  });

  test("[DEG4] what the hung subscription still held is not delivered by it later", async () => {
    await begin({ probeIntervalMs: 100, probeTimeoutMs: 200 });
    const received: unknown[] = [];
    await broker.subscribe("a", (message) => received.push(message));
    const hung = subscribers();
    const ready = nextReady();
    for (const link of hung) link.hang();
    await broker.publish("a", "held");
    await ready;
    for (const link of hung) link.resume();
    await healthy(broker, true);
    await broker.publish("a", "fresh");
    await expect.poll(() => received).toEqual(["fresh"]);
  });

  test("[DEG4] a caller's probe says whether messages return", async () => {
    await begin({ probeIntervalMs: 60_000 });
    expect(await broker.probe(1_000)).toBe(true);
    for (const link of subscribers()) link.hang();
    expect(await broker.probe(200)).toBe(false);
  });

  test("health is told once for each change", async () => {
    await begin();
    const changes: boolean[] = [];
    broker.onHealth((now) => changes.push(now));
    const away = healthy(broker, false);
    await proxy.refuse();
    proxy.cut();
    await away;
    await timeRefusal();
    await proxy.resume();
    await healthy(broker, true);
    expect(changes).toEqual([false, true]);
  });
});

describe("message broker over Redis, limits", () => {
  test("a message that is too large is refused", async () => {
    await begin();
    const large = "x".repeat(5 * 1024 * 1024);
    await expect(broker.publish("a", large)).rejects.toMatchObject({ code: "too_large" });
    expect(broker.healthy).toBe(true);
  });

  test("a thousand channels are subscribed again after a reconnect", async () => {
    await begin();
    const names = Array.from({ length: 1_200 }, (_, index) => `c${index}`);
    const heard = new Set<unknown>();
    let done: () => void = () => undefined;
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    await Promise.all(
      names.map((name) =>
        broker.subscribe(name, (message) => {
          heard.add(message);
          if (heard.size === names.length) done();
        }),
      ),
    );
    const away = healthy(broker, false);
    proxy.cut();
    await away;
    await healthy(broker, true);
    await Promise.all(names.map((name) => broker.publish(name, name)));
    await all;
    expect(heard.size).toBe(1_200);
  });

  test("a prefix with braces is refused, naming the variable", () => {
    const make = () => new RedisConnection({ url: redis.url, prefix: "{x}", logger: testLogger });
    expect(make).toThrow(expect.objectContaining({ code: "invalid", field: "REDIS_PREFIX" }));
  });
});
