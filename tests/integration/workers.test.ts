import { afterAll, beforeAll, expect, test } from "vitest";
import { mustCall } from "@/tests/support/api";
import { Scrape } from "@/tests/support/metrics";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";

let postgres: PostgresServer;
let redis: TestRedis;
let machine: Replica;

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  machine = await startReplica({
    databaseUrl: postgres.url,
    redisUrl: redis.url,
    env: { ...OWNER_ENV, WORKERS: "2", WORKER_ID: "machine" },
  });
});
afterAll(async () => {
  await machine?.kill();
  await Promise.all([postgres.stop(), redis.close()]);
});

/** One socket on each worker: which of them a connection reaches is the kernel's business. */
async function socketOnEach(): Promise<Map<string, SocketClient>> {
  const sockets = new Map<string, SocketClient>();
  for (let tries = 0; tries < 20 && sockets.size < 2; tries += 1) {
    const socket = await SocketClient.connect(machine.url);
    const { worker_id: worker } = socket.connected;
    if (sockets.has(worker)) await socket.close();
    else sockets.set(worker, socket);
  }
  return sockets;
}

test("§ 14: WORKERS=2 is two workers on one port, and a broadcast reaches both", async () => {
  const sockets = await socketOnEach();
  expect([...sockets.keys()].sort()).toEqual(["machine-1", "machine-2"]);
  const cookie = await signIn(machine.url);
  await mustCall(machine.url, "POST", "/api/creator/broadcast", {
    cookie,
    body: { message: "Hi" },
  });
  for (const socket of sockets.values()) {
    await socket.waitFor("new_broadcast");
    await socket.close();
  }
});

test("§ 8: a scrape that reaches one of them tells of all", async () => {
  const scrape = await Scrape.of(machine.url);
  expect([...scrape.workers].sort()).toEqual(["machine-1", "machine-2"]);
  const both = scrape.text.match(/^app_active_connections\{worker="machine-\d"\} \d+$/gm);
  expect(both).toHaveLength(2);
});

test("[DEG6] one that is killed is replaced, under its own name", async () => {
  const started = async () => {
    const scrape = await Scrape.of(machine.url);
    return scrape.sum("process_start_time_seconds", { worker: "machine-1" });
  };
  const before = await started();
  const pid = Number(/"place":1,"pid":(\d+)/.exec(machine.logs())?.[1] ?? 0);
  expect(pid).toBeGreaterThan(0);
  process.kill(pid, "SIGKILL");
  await expect.poll(started, { timeout: 40_000, interval: 500 }).toBeGreaterThan(before);
});

test("[DEG7] SIGTERM ends all of them in order", async () => {
  const [socket] = (await socketOnEach()).values();
  const stopped = machine.stop();
  const { code } = (await socket?.closed) ?? {};
  expect(code).toBe(1012);
  expect(await stopped).toBe(0);
});

test("§ 14: several workers need PostgreSQL and Redis, and that is said", async () => {
  const alone = startReplica({ env: { WORKERS: "2" } });
  await expect(alone).rejects.toThrow("DATABASE_URL: required with WORKERS=2");
  const deaf = startReplica({ databaseUrl: postgres.url, env: { WORKERS: "2" } });
  await expect(deaf).rejects.toThrow("REDIS_URL: required with WORKERS=2");
});
