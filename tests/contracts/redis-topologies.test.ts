import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { RedisConnection } from "@/lib/adapters/redis/redis-connection";
import { RedisMessageBroker } from "@/lib/adapters/redis/redis-message-broker";
import type { RedisSessionStore } from "@/lib/adapters/redis/redis-session-store";
import { startRedis, startSentinel, type TestRedis } from "../support/redis";
import {
  freshPrefix,
  healthy,
  openBroker,
  openConnection,
  openSessions,
  testLogger,
} from "../support/redis-parts";

const SLOTS = 16_384;
const MASTER = "main";
const PATIENTLY = { timeout: 20_000, interval: 100 };

let servers: TestRedis[] = [];
let parts: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const part of parts) await part.close();
  for (const server of servers) await server.close();
  servers = [];
  parts = [];
});

async function startServer(...args: string[]): Promise<TestRedis> {
  const server = await startRedis(...args);
  servers.push(server);
  return server;
}

interface Worker {
  connection: RedisConnection;
  broker: RedisMessageBroker;
  store: RedisSessionStore;
}

async function startWorker(url: string, prefix: string, workerId: string): Promise<Worker> {
  const connection = await openConnection(url, prefix);
  const broker = await openBroker(connection);
  const store = await openSessions(connection, { workerId });
  parts.push(broker, store, connection);
  return { connection, broker, store };
}

/** Messages and sessions of one worker are known to the other. */
async function expectToMeet(a: Worker, b: Worker): Promise<void> {
  const heard: unknown[] = [];
  await b.broker.subscribe("a", (message) => heard.push(message));
  await a.broker.publish("a", "hello");
  await expect.poll(() => heard).toEqual(["hello"]);
  await a.store.opened(opening("s1", "c1"));
  await b.store.opened(opening("s2", "c2"));
  const both = { activeSessions: 2, connections: 2, clusterWide: true };
  expect(await a.store.counts("ws")).toMatchObject(both);
  expect(await b.store.counts(null)).toMatchObject(both);
  expect(await b.store.find("ws", "s1")).toMatchObject({ connections: 1 });
}

function opening(id: string, connectionId: string) {
  const about = { label: null, traits: {}, roles: [], locale: null, client: null };
  return { connectionId, session: { id, workspaceId: "ws", recipient: `user:${id}`, ...about } };
}

/** Three masters on this machine, each with a third of the slots. */
async function startCluster(): Promise<TestRedis[]> {
  const nodes: TestRedis[] = [];
  for (let index = 0; index < 3; index += 1) {
    const node = await startServer("--cluster-enabled", "yes", "--cluster-node-timeout", "2000");
    const [from, to] = [index, index + 1].map((third) => Math.floor((third * SLOTS) / 3));
    await node.command("CLUSTER", "ADDSLOTSRANGE", String(from), String((to ?? SLOTS) - 1));
    await node.command("CONFIG", "SET", "cluster-announce-ip", "127.0.0.1");
    nodes.push(node);
  }
  const [first] = nodes;
  for (const node of nodes.slice(1)) {
    await node.command("CLUSTER", "MEET", "127.0.0.1", String(first?.port));
  }
  for (const node of nodes) {
    await expect
      .poll(() => node.command("CLUSTER", "INFO"), PATIENTLY)
      .toMatch(/cluster_state:ok[\s\S]*cluster_known_nodes:3/);
  }
  return nodes;
}

describe("one Redis server", () => {
  test("asks for a password, and has numbered databases", async () => {
    const { port } = await startServer("--requirepass", "p@ss");
    const prefix = freshPrefix();
    const url = `redis://:p%40ss@127.0.0.1:${port}/3`;
    await expectToMeet(await startWorker(url, prefix, "a"), await startWorker(url, prefix, "b"));
  });

  test("[SEC7] a wrong password is like an absent Redis: said in the log, and nothing crashes", async () => {
    const { port } = await startServer("--requirepass", "p@ss");
    const said: string[] = [];
    const logger = pino({ level: "debug" }, { write: (line) => said.push(line) });
    const url = `redis://:hunter2@127.0.0.1:${port}`;
    const connection = new RedisConnection({ url, prefix: freshPrefix(), logger });
    const broker = new RedisMessageBroker({ connection, logger });
    parts.push(broker, connection);
    await connection.decided;
    await broker.subscribe("a", () => undefined);
    await expect(broker.publish("a", 1)).rejects.toMatchObject({ code: "unavailable" });
    expect(broker.healthy).toBe(false);
    expect(said.join("")).toContain("WRONGPASS");
    expect(said.join("")).not.toContain("hunter2");
  });

  test("that refuses to publish leaves the broker unhealthy and the rest as it is", async () => {
    const { port } = await startServer("--rename-command", "PUBLISH", "");
    const connection = await openConnection(`redis://127.0.0.1:${port}`);
    const broker = new RedisMessageBroker({ connection, logger: testLogger });
    const store = await openSessions(connection);
    parts.push(broker, store, connection);
    await expect(broker.publish("a", 1)).rejects.toMatchObject({ code: "unavailable" });
    expect(await broker.probe(100)).toBe(false);
    expect(broker.healthy).toBe(false);
    expect(connection.available).toBe(true);
    expect(await store.counts(null)).toMatchObject({ clusterWide: true });
  });
});

describe("Redis Cluster", () => {
  test("broker and sessions work, each script on one node, messages over any", async () => {
    const nodes = await startCluster();
    const list = nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
    const prefix = freshPrefix();
    const a = await startWorker(`redis+cluster://${list}`, prefix, "a");
    // Knowing one node is enough.
    const b = await startWorker(`redis+cluster://127.0.0.1:${nodes[0]?.port}`, prefix, "b");
    await expectToMeet(a, b);
    const keys = await Promise.all(nodes.map((node) => node.command("KEYS", `${prefix}*`)));
    expect(keys.filter((found) => found !== "")).toHaveLength(1);
  });

  test("[DEG3] all nodes gone and back, empty: nothing has to be started again", async () => {
    const nodes = await startCluster();
    const list = nodes.map(({ port }) => `127.0.0.1:${port}`).join(",");
    const { broker, store } = await startWorker(`redis+cluster://${list}`, freshPrefix(), "a");
    await store.opened(opening("s1", "c1"));
    const away = healthy(broker, false);
    for (const node of nodes) await node.kill();
    await away;
    await expect(broker.publish("a", 1)).rejects.toMatchObject({ code: "unavailable" });
    expect(await store.counts("ws")).toMatchObject({ activeSessions: 1, clusterWide: false });
    for (const node of nodes) await node.restart();
    await healthy(broker, true);
    await expect
      .poll(() => store.counts("ws"), PATIENTLY)
      .toMatchObject({ activeSessions: 1, connections: 1, clusterWide: true });
  });
});

describe("Redis Sentinel", () => {
  test("[DEG3] the master is found, and its successor after a failover", async () => {
    const master = await startServer();
    const replica = await startServer("--replicaof", "127.0.0.1", String(master.port));
    const sentinel = await startSentinel(
      `sentinel monitor ${MASTER} 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds ${MASTER} 1000`,
      `sentinel failover-timeout ${MASTER} 5000`,
    );
    servers.push(sentinel);
    const url = `redis+sentinel://127.0.0.1:${sentinel.port}/${MASTER}/0`;
    const prefix = freshPrefix();
    const a = await startWorker(url, prefix, "a");
    const b = await startWorker(url, prefix, "b");
    await expectToMeet(a, b);
    await expect
      .poll(() => sentinel.command("SENTINEL", "replicas", MASTER), PATIENTLY)
      .toContain(String(replica.port));
    const away = healthy(a.broker, false);
    await master.kill();
    await away;
    await healthy(a.broker, true);
    await healthy(b.broker, true);
    await expect
      .poll(() => b.store.counts("ws"), PATIENTLY)
      .toMatchObject({ activeSessions: 2, connections: 2, clusterWide: true });
    expect(await replica.command("ROLE")).toContain("master");
  });
});
