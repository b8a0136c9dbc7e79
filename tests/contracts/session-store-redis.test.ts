import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RedisConnection } from "@/lib/adapters/redis/redis-connection";
import { BEAT_MS, DEAD_AFTER_MS } from "@/lib/adapters/redis/redis-roster";
import { RedisSessionStore } from "@/lib/adapters/redis/redis-session-store";
import type { SessionOpening } from "@/lib/ports/session-store";
import { PATIENCE } from "@/tests/support/patience";
import { startRedis, type TestRedis } from "../support/redis";
import {
  FAST,
  freshPrefix,
  openConnection,
  openSessions,
  testLogger,
} from "../support/redis-parts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";

/** What `opened` and `closed` may take, whatever happens to Redis. */
const WAIT_LIMIT_MS = 500 * PATIENCE;
/** Enough for everything that takes beats here; what it takes in production is eightfold. */
const SOON = { timeout: 20_000, interval: 20 };

interface Worker {
  id: string;
  proxy: TcpProxy;
  connection: RedisConnection;
  store: RedisSessionStore;
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
  await redis.command("FLUSHALL");
});

async function startWorker(
  id: string,
  options: Partial<ConstructorParameters<typeof RedisSessionStore>[0]> = {},
): Promise<Worker> {
  const proxy = await startTcpProxy(redis);
  const connection = await openConnection(`redis://127.0.0.1:${proxy.port}`, prefix);
  const store = await openSessions(connection, { workerId: id, nodeId: `node-${id}`, ...options });
  const worker = { id, proxy, connection, store };
  workers.push(worker);
  return worker;
}

/** As if it had been killed: Redis never hears of it again. */
async function kill(worker: Worker): Promise<void> {
  await worker.proxy.refuse();
  worker.proxy.cut();
}

function opening(id: string, connectionId: string, recipient = `user:${id}`): SessionOpening {
  return {
    connectionId,
    session: {
      id,
      workspaceId: "ws",
      recipient,
      label: null,
      traits: {},
      roles: [],
      locale: null,
      client: "web",
    },
  };
}

async function openMany(store: RedisSessionStore, count: number, name = "s"): Promise<void> {
  const all = Array.from({ length: count }, (_, index) => `${name}${index}`);
  await Promise.all(all.map((id) => store.opened(opening(id, `of-${id}`))));
}

const counts = ({ store }: Worker) => store.counts("ws");
const key = (name: string) => `${prefix}{here}:sessions:${name}`;

async function timed(work: Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work;
  return performance.now() - startedAt;
}

/** Resolves when Redis is away for this worker, or back. */
async function isAvailable({ connection }: Worker, expected: boolean): Promise<void> {
  await expect.poll(() => connection.available, SOON).toBe(expected);
}

describe("sessions of several workers", () => {
  test("a session open on two workers counts once, and so does its recipient", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.opened(opening("s1", "c1"));
    await b.store.opened(opening("s1", "c2"));
    await b.store.opened(opening("s2", "c3", "user:s1"));
    const expected = { recipients: 1, activeSessions: 2, allSessions: 2, connections: 3 };
    expect(await counts(a)).toMatchObject({ ...expected, clusterWide: true });
    expect(await counts(b)).toMatchObject(expected);
    await b.store.closed("s1", "c2");
    expect(await counts(a)).toMatchObject({ ...expected, connections: 2 });
    await a.store.closed("s1", "c1");
    expect(await counts(b)).toMatchObject({ recipients: 1, activeSessions: 1, connections: 1 });
  });

  test("what one worker knows, the other finds and lists", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.opened(opening("s1", "c1"));
    const found = await b.store.find("ws", "s1");
    expect(found).toMatchObject({ id: "s1", workerId: "a", nodeId: "node-a", connections: 1 });
    const page = await b.store.list("ws", "active", { limit: 10, cursor: null });
    expect(page.sessions).toMatchObject([{ id: "s1" }]);
  });

  test("a late disconnect of the old connection leaves its successor on the other worker", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.opened(opening("s1", "same"));
    await b.store.opened(opening("s1", "same"));
    await a.store.closed("s1", "same");
    expect(await counts(b)).toMatchObject({ activeSessions: 1, connections: 1 });
  });

  test("[PUB8] a recipient's last connection is known to every worker", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.opened(opening("s1", "c1", "user:u"));
    await a.store.closed("s1", "c1");
    const left = (await b.store.find("ws", "s1"))?.lastSeenAt;
    const { previouslySeenAt } = await b.store.opened(opening("s2", "c2", "user:u"));
    expect(previouslySeenAt).toBe(left);
  });

  test("workers lists who beats, with connections of each", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await openMany(a.store, 3);
    await openMany(b.store, 2);
    const listed = (await b.store.workers()).sort((x, y) => (x.workerId < y.workerId ? -1 : 1));
    expect(listed).toMatchObject([
      { workerId: "a", nodeId: "node-a", version: "1.2.3", connections: 3 },
      { workerId: "b", nodeId: "node-b", version: "1.2.3", connections: 2 },
    ]);
  });

  test("workers says of each what it sent and dropped, as of its last beat", async () => {
    let sent = 7;
    const beatMs = 50;
    await startWorker("a", { beatMs, traffic: () => ({ sent, dropped: 1 }) });
    const b = await startWorker("b", { beatMs });
    const trafficOf = async (id: string) =>
      (await b.store.workers()).find(({ workerId }) => workerId === id)?.traffic;
    await expect.poll(() => trafficOf("a"), SOON).toEqual({ sent: 7, dropped: 1 });
    sent = 12_345_678_901;
    await expect.poll(() => trafficOf("a"), SOON).toEqual({ sent, dropped: 1 });
    expect(await trafficOf("b")).toBeNull();
  });

  test("a worker that leaves takes its connections with it at once; sessions turn inactive", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await openMany(a.store, 250);
    await b.store.opened(opening("s0", "other"));
    await a.store.close();
    expect(await counts(b)).toMatchObject({
      recipients: 1,
      activeSessions: 1,
      allSessions: 250,
      connections: 1,
    });
    expect(await b.store.workers()).toMatchObject([{ workerId: "b" }]);
  });
});

describe("a worker that dies", () => {
  test("production times keep [STR2] and [DEG6]: dead, found by a beat and swept within 20 s", () => {
    const SWEEP_MS = 5_000;
    expect(DEAD_AFTER_MS + BEAT_MS + SWEEP_MS).toBeLessThan(20_000);
  });

  test("[DEG6] its connections are gone after the dead-after time, its sessions inactive", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await openMany(a.store, 1_000);
    await b.store.opened(opening("s0", "other"));
    await kill(a);
    await expect
      .poll(() => counts(b), SOON)
      .toMatchObject({
        recipients: 1,
        activeSessions: 1,
        allSessions: 1_000,
        connections: 1,
      });
    expect(await b.store.workers()).toMatchObject([{ workerId: "b" }]);
    const session = await b.store.find("ws", "s7");
    expect(session).toMatchObject({ connections: 0, workerId: "a" });
  });

  test("[DEG6] a worker that was stopped and comes back has its entries again", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await openMany(a.store, 300);
    a.proxy.hang();
    await expect.poll(() => counts(b), SOON).toMatchObject({ activeSessions: 0, connections: 0 });
    await a.proxy.resume();
    const whole = { recipients: 300, activeSessions: 300, allSessions: 300, connections: 300 };
    await expect.poll(() => counts(b), SOON).toMatchObject(whole);
    await a.store.closed("s0", "of-s0");
    expect(await counts(b)).toMatchObject({ activeSessions: 299, connections: 299 });
  });

  test("[DEG1] a live worker's id is refused, naming the variable", async () => {
    await startWorker("a");
    // Nobody has waited for this connection: the store does.
    const connection = new RedisConnection({ url: redis.url, prefix, logger: testLogger });
    const second = openSessions(connection, { workerId: "a" });
    await expect(second).rejects.toMatchObject({ code: "conflict", field: "WORKER_ID" });
    await connection.close();
  });

  test("[DEG1] a dead worker's id is free again after two beats, and its entries go", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await openMany(a.store, 10);
    await kill(a);
    const again = await startWorker("a");
    await again.store.opened(opening("new", "c1"));
    await expect.poll(() => counts(b), SOON).toMatchObject({ activeSessions: 1, allSessions: 11 });
  });

  test("[DEG2] nobody is buried because Redis itself was away", async () => {
    const deadAfterMs = 600;
    const a = await startWorker("a", { beatMs: 100, deadAfterMs });
    const b = await startWorker("b", { beatMs: 100, deadAfterMs });
    await openMany(a.store, 5);
    await openMany(b.store, 5, "t");
    const before = await redis.command("ZRANGE", key("beats"), "0", "-1");
    redis.pause();
    await isAvailable(a, false);
    await isAvailable(b, false);
    // The length of the outage is the point: everybody's last beat is too old then.
    await delay(2 * deadAfterMs);
    redis.unpause();
    await isAvailable(a, true);
    await isAvailable(b, true);
    await expect
      .poll(() => counts(a), SOON)
      .toMatchObject({ activeSessions: 10, clusterWide: true });
    const after = await redis.command("ZRANGE", key("beats"), "0", "-1");
    expect(after.split("\n").sort()).toEqual(before.split("\n").sort());
  });
});

describe("sessions while Redis is away", () => {
  test("[DEG2] opening and closing are answered in time by this worker alone", async () => {
    const a = await startWorker("a");
    await a.store.opened(opening("s1", "c1"));
    a.proxy.hang();
    expect(await timed(a.store.opened(opening("s2", "c2")))).toBeLessThan(WAIT_LIMIT_MS);
    // From now on it is known: nobody waits.
    expect(await timed(openMany(a.store, 100, "t"))).toBeLessThan(WAIT_LIMIT_MS / 2);
    expect(await timed(a.store.closed("s1", "c1"))).toBeLessThan(WAIT_LIMIT_MS / 2);
    expect(a.store.healthy).toBe(false);
    expect(await counts(a)).toEqual({
      recipients: 101,
      activeSessions: 101,
      allSessions: 102,
      connections: 101,
      clusterWide: false,
      incomplete: false,
    });
    expect(await a.store.find("ws", "s2")).toMatchObject({ id: "s2", connections: 1 });
    expect(await a.store.workers()).toMatchObject([{ workerId: "a", connections: 101 }]);
    const { sessions } = await a.store.list("ws", "all", { limit: 200, cursor: null });
    expect(sessions).toHaveLength(102);
  });

  test("[DEG3] what happened meanwhile is written when it is back, what ended is not undone", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await openMany(a.store, 10);
    await a.proxy.refuse();
    a.proxy.cut();
    await isAvailable(a, false);
    await a.store.closed("s0", "of-s0");
    await a.store.opened(opening("new", "c1"));
    await a.store.opened(opening("brief", "c2"));
    await a.store.closed("brief", "c2");
    await a.store.changed(opening("s1", "of-s1", "user:renamed").session);
    await a.proxy.resume();
    await expect
      .poll(() => counts(b), SOON)
      .toMatchObject({
        recipients: 10,
        activeSessions: 10,
        allSessions: 12,
        connections: 10,
        incomplete: false,
      });
    expect(await b.store.find("ws", "s1")).toMatchObject({ recipient: "user:renamed" });
    expect(await b.store.find("ws", "brief")).toMatchObject({ connections: 0 });
  });

  test("[DEG3] an outage in which very many come and go takes bounded memory, and ends right", async () => {
    const a = await startWorker("a", { maxWaiting: 50 });
    const b = await startWorker("b");
    await openMany(a.store, 40, "before");
    await kill(a);
    await isAvailable(a, false);
    for (let index = 0; index < 40; index += 1) {
      await a.store.closed(`before${index}`, `of-before${index}`);
    }
    for (let index = 0; index < 500; index += 1) {
      await a.store.opened(opening(`brief${index}`, "c"));
      await a.store.closed(`brief${index}`, "c");
    }
    await openMany(a.store, 60, "stays");
    await a.proxy.resume();
    await expect.poll(() => counts(b), SOON).toMatchObject({ activeSessions: 60, connections: 60 });
    // What was there before the outage is inactive; of what was not, little is remembered.
    const { allSessions } = await counts(b);
    expect(allSessions).toBeGreaterThanOrEqual(100);
    expect(allSessions).toBeLessThan(200);
  });

  test("[DEG3] emptied while running: all is there again within two beats, and says so", async () => {
    const a = await startWorker("a", { ttlS: 2 });
    const b = await startWorker("b", { ttlS: 2 });
    await openMany(a.store, 500);
    await openMany(b.store, 500);
    await b.store.opened(opening("gone", "c1"));
    await b.store.closed("gone", "c1");
    const { firstSeenAt } = (await a.store.find("ws", "s3")) ?? {};
    await redis.command("FLUSHALL");
    const whole = { recipients: 500, activeSessions: 500, allSessions: 500, connections: 1_000 };
    await expect.poll(() => counts(a), SOON).toMatchObject({ ...whole, incomplete: true });
    expect(await a.store.find("ws", "s3")).toMatchObject({ firstSeenAt });
    expect(await b.store.workers()).toHaveLength(2);
    // Every inactive session of before would have ended by now: the figures are whole again.
    await expect.poll(() => counts(a), SOON).toMatchObject({ ...whole, incomplete: false });
  });

  test("[DEG3] killed and started again, empty: rebuilt without a restart", async () => {
    const a = await startWorker("a");
    await openMany(a.store, 200);
    await redis.restart();
    await expect
      .poll(() => counts(a), SOON)
      .toMatchObject({
        activeSessions: 200,
        connections: 200,
        clusterWide: true,
      });
  });

  test("[DEG3] killed and started again with older data: ends with what is, not what was", async () => {
    const a = await startWorker("a");
    await openMany(a.store, 20);
    await redis.command("SAVE");
    await openMany(a.store, 10, "later");
    await a.store.closed("s0", "of-s0");
    expect(await counts(a)).toMatchObject({ activeSessions: 29 });
    await redis.kill();
    await redis.restart({ empty: false });
    await expect
      .poll(() => counts(a), SOON)
      .toMatchObject({
        recipients: 29,
        activeSessions: 29,
        connections: 29,
        clusterWide: true,
      });
  });

  test("[DEG2] absent at the start: it serves by itself, and registers when Redis comes", async () => {
    await redis.stop();
    const connection = new RedisConnection({ url: redis.url, prefix, logger: testLogger });
    const options = { workerId: "a", nodeId: "n", version: "1", ttlS: 60, logger: testLogger };
    const store = new RedisSessionStore({ connection, ...options, ...FAST });
    await store.start();
    const { previouslySeenAt } = await store.opened(opening("s1", "c1"));
    expect(previouslySeenAt).toBeNull();
    expect(await store.counts("ws")).toMatchObject({ activeSessions: 1, clusterWide: false });
    await redis.restart();
    await expect
      .poll(() => store.counts("ws"), SOON)
      .toMatchObject({ activeSessions: 1, clusterWide: true });
    await store.close();
    await connection.close();
  });

  test("a beat whose digest differs has everything written again, and what was there swept", async () => {
    const a = await startWorker("a");
    await openMany(a.store, 20);
    const incarnation = await redis.command("HGET", key("ids"), "a");
    const worker = key(`worker:${incarnation}`);
    await redis.command("HINCRBY", worker, "digest", "1");
    await expect.poll(() => redis.command("HGET", key("ids"), "a"), SOON).not.toBe(incarnation);
    await expect.poll(() => redis.command("EXISTS", worker), SOON).toBe("0");
    expect(await counts(a)).toMatchObject({ activeSessions: 20, connections: 20 });
  });

  test("[DEG3] what the network brings late, from a connection long given up, is put right", async () => {
    const a = await startWorker("a");
    await a.store.opened(opening("kept", "c0"));
    const given = a.proxy.links;
    a.proxy.hang();
    await a.store.opened(opening("late", "c1"));
    await a.store.closed("late", "c1");
    await expect
      .poll(() => {
        for (const link of a.proxy.links) if (!given.includes(link)) link.resume();
        return counts(a);
      }, SOON)
      .toMatchObject({ activeSessions: 1, clusterWide: true });
    const incarnation = await redis.command("HGET", key("ids"), "a");
    await redis.command("CONFIG", "RESETSTAT");
    for (const link of given) link.resume();
    // The opening that was given up has now been executed; a beat finds out and a new one begins.
    await expect.poll(() => redis.command("HGET", key("ids"), "a"), SOON).not.toBe(incarnation);
    await expect
      .poll(() => counts(a), SOON)
      .toMatchObject({
        activeSessions: 1,
        allSessions: 2,
        connections: 1,
        clusterWide: true,
      });
  });

  test("[ACK3] after a loss of data the newest content of a session stands", async () => {
    const a = await startWorker("a");
    const b = await startWorker("b");
    await a.store.opened(opening("s1", "c1", "anon:x"));
    await b.store.opened(opening("s1", "c2", "anon:x"));
    await b.store.changed(opening("s1", "c2", "user:u").session);
    await redis.command("FLUSHALL");
    // Whichever worker writes last.
    await expect.poll(() => counts(a), SOON).toMatchObject({ connections: 2, recipients: 1 });
    expect(await a.store.find("ws", "s1")).toMatchObject({ recipient: "user:u" });
  });
});

describe("what sessions cost Redis", () => {
  const slow = { beatMs: 60_000, deadAfterMs: 600_000 };
  const scripts = (calls: Map<string, number>) =>
    (calls.get("evalsha") ?? 0) + (calls.get("eval") ?? 0);

  /** What Redis ran since, by command, without what the test itself asked. */
  async function ran(): Promise<Map<string, number>> {
    const calls = await redis.calls();
    for (const name of ["info", "config|resetstat"]) calls.delete(name);
    return calls;
  }

  async function openAll(worker: Worker, count: number, name?: string): Promise<void> {
    const before = (await counts(worker)).activeSessions;
    await openMany(worker.store, count, name);
    await expect.poll(() => counts(worker), SOON).toMatchObject({ activeSessions: before + count });
  }

  test("connects of one moment share a script; one alone takes one round trip", async () => {
    const a = await startWorker("a", slow);
    await a.store.opened(opening("warm", "c0"));
    await redis.command("CONFIG", "RESETSTAT");
    await a.store.opened(opening("alone", "c1"));
    expect(scripts(await ran())).toBe(1);
    await openMany(a.store, 500);
    expect(scripts(await ran())).toBe(6);
  });

  test("[PUB4] open connections cost nothing by themselves: a beat costs the same for any number", async () => {
    const a = await startWorker("a", { beatMs: 50, deadAfterMs: 600_000 });
    const beat = async () => {
      await redis.command("CONFIG", "RESETSTAT");
      let calls = new Map<string, number>();
      await expect
        .poll(async () => {
          calls = await ran();
          return scripts(calls);
        }, SOON)
        .toBeGreaterThan(2);
      const beats = scripts(calls);
      return [...calls].map(([name, count]) => `${name} ${count / beats}`).sort();
    };
    await openAll(a, 10);
    const few = await beat();
    expect(few).toContain("evalsha 1");
    await openAll(a, 2_000, "more");
    expect(await beat()).toEqual(few);
  });

  test("[PUB4] counts cost the same for 100 sessions and for 10,000", async () => {
    const a = await startWorker("a", slow);
    const cost = async () => {
      await redis.command("CONFIG", "RESETSTAT");
      await counts(a);
      return [...(await ran())].sort();
    };
    await openAll(a, 100);
    const few = await cost();
    await openAll(a, 10_000, "more");
    expect(await cost()).toEqual(few);
  });

  test("nothing ever asks for all keys", async () => {
    const a = await startWorker("a");
    await openAll(a, 50);
    await a.store.list("ws", "all", { limit: 10, cursor: null });
    await a.store.close();
    const calls = await ran();
    for (const name of ["keys", "scan", "sscan", "hscan", "zscan", "smembers"]) {
      expect(calls.has(name), name).toBe(false);
    }
  });

  test("nothing is left once all are gone and forgotten", async () => {
    const a = await startWorker("a", { ttlS: 1 });
    const b = await startWorker("b", { ttlS: 1 });
    await openMany(a.store, 300);
    await openMany(b.store, 300);
    await a.store.close();
    await expect.poll(() => counts(b), SOON).toMatchObject({ allSessions: 300 });
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => b.store.closed(`s${index}`, `of-s${index}`)),
    );
    const left = async () => (await redis.command("KEYS", `${prefix}*`)).split("\n").sort();
    const incarnation = await redis.command("HGET", key("ids"), "b");
    // Who beats, the mark of these data, and when each recipient was last seen.
    const kept = ["beats", "ids", "mark", "seen", `worker:${incarnation}`].map(key).sort();
    await expect.poll(left, SOON).toEqual(kept);
  });
});
