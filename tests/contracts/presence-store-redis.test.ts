import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { RedisConnection } from "@/lib/adapters/redis/redis-connection";
import type { RedisPresenceStore } from "@/lib/adapters/redis/redis-presence-store";
import type { StreamMember } from "@/lib/ports/session-store";
import { startRedis, type TestRedis } from "../support/redis";
import { freshPrefix, openConnection, openPresence } from "../support/redis-parts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";

const SOON = { timeout: 20_000, interval: 20 };

interface Worker {
  proxy: TcpProxy;
  connection: RedisConnection;
  store: RedisPresenceStore;
}

let redis: TestRedis;
let prefix: string;
let workers: Worker[];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());
beforeEach(() => {
  prefix = freshPrefix();
  workers = [];
});
afterEach(async () => {
  for (const { proxy, store, connection } of workers) {
    await proxy.resume();
    await store.close();
    await connection.close();
    await proxy.close();
  }
});

async function startWorker(id: string): Promise<Worker> {
  const proxy = await startTcpProxy(redis);
  const connection = await openConnection(`redis://127.0.0.1:${proxy.port}`, prefix);
  const worker = { proxy, connection, store: await openPresence(connection, { workerId: id }) };
  workers.push(worker);
  return worker;
}

async function kill(worker: Worker): Promise<void> {
  await worker.proxy.refuse();
  worker.proxy.cut();
}

function member(connectionId: string, connectedAt = 1_000): StreamMember {
  return { connectionId, userType: null, clientType: null, connectedAt, lastSeenAt: connectedAt };
}

const ids = async ({ store }: Worker, stream = "s") =>
  (await store.members(stream)).map(({ connectionId }) => connectionId);

describe("presence on several workers", () => {
  test("[STR2] members are seen from every worker", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.join("s", member("on-a", 1));
    await b.store.join("s", member("on-b", 2));
    await a.store.identify("s", "on-a", "user", "web");
    expect(await ids(a)).toEqual(["on-a", "on-b"]);
    expect((await b.store.members("s"))[0]).toMatchObject({ userType: "user", clientType: "web" });
    await a.store.leave("s", "on-a");
    expect(await ids(b)).toEqual(["on-b"]);
  });

  test("a late leave of the old connection leaves its successor on the other worker", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.join("s", member("same"));
    await b.store.join("s", member("same"));
    expect(await ids(a)).toEqual(["same"]);
    await a.store.leave("s", "same");
    expect(await ids(a)).toEqual(["same"]);
  });

  test("[STR2] a dead worker's members are gone, the living stay without saying anything", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => a.store.join("s", member(`a${index}`))),
    );
    await b.store.join("s", member("alive"));
    expect(await ids(b)).toHaveLength(301);
    await kill(a);
    await expect.poll(() => ids(b), SOON).toEqual(["alive"]);
  });

  test("[STR2] a worker that was stopped and comes back puts its members back", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.join("s", member("back"));
    await a.store.identify("s", "back", "admin", "web");
    a.proxy.hang();
    await expect.poll(() => ids(b), SOON).toEqual([]);
    await a.proxy.resume();
    await expect.poll(() => ids(b), SOON).toEqual(["back"]);
    expect(await b.store.members("s")).toMatchObject([{ userType: "admin", clientType: "web" }]);
  });

  test("[DEG3] after a loss of all data every worker's members are back", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.join("s", member("on-a", 1));
    await b.store.join("s", member("on-b", 2));
    await redis.command("FLUSHALL");
    await expect.poll(() => ids(a), SOON).toEqual(["on-a", "on-b"]);
  });

  test("[DEG2] while Redis is away a worker knows its own; what changed is told when it is back", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.join("s", member("leaves", 1));
    await b.store.join("s", member("other", 2));
    await kill(a);
    await expect.poll(() => a.connection.available, SOON).toBe(false);
    await a.store.leave("s", "leaves");
    await a.store.join("s", member("joins", 3));
    expect(a.store.healthy).toBe(false);
    expect(await ids(a)).toEqual(["joins"]);
    await a.proxy.resume();
    await expect.poll(() => ids(b), SOON).toEqual(["other", "joins"]);
    expect(await ids(a)).toEqual(["other", "joins"]);
  });

  test("a worker that leaves takes its members with it", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.join("s", member("on-a"));
    await b.store.join("s", member("on-b"));
    await a.store.close();
    await a.store.close();
    expect(await ids(b)).toEqual(["on-b"]);
    const left = await redis.command("KEYS", `${prefix}*members:*`);
    expect(left).toBe(`${prefix}{here}:streams:members:s`);
  });

  test("members that another version wrote and that cannot be read are left out", async () => {
    const a = await startWorker("a");
    await a.store.join("s", member("known"));
    const key = `${prefix}{here}:streams:`;
    const incarnation = await redis.command("HGET", `${key}ids`, "a");
    await redis.command("HSET", `${key}members:s`, `${incarnation}/odd`, '{"strange":true}');
    await redis.command("HSET", `${key}members:s`, `${incarnation}/odder`, "not json");
    expect(await ids(a)).toEqual(["known"]);
  });
});
