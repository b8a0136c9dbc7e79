import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { mustCall } from "@/tests/support/api";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { StreamClient } from "@/tests/support/stream-client";

// What connecting, publishing and being idle cost PostgreSQL and Redis, in counts that are the
// same on every machine. Bounds leave room for the worker's own talk (heartbeats, looking at the
// position, receipts once a second), and none for anything that is done for each connection.

const MANY = 400;
const PUBLISHES = 60;
/** What the worker may do by itself meanwhile. */
const BESIDE = 40;
const IDLE_MS = 3_000;

let folder: string;
let postgres: PostgresServer;
let redis: TestRedis;
let replica: Replica;
let cookie: string;
const clients: SocketClient[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "loudhailer-statements-"));
  // PostgreSQL writes there as another user.
  chmodSync(folder, 0o777);
  const settings = { logging_collector: "on", log_directory: folder, log_statement: "all" };
  [postgres, redis] = await Promise.all([startPostgres({ settings }), startRedis()]);
  const unlimited = { LIMIT_CONNECTIONS_PER_ADDRESS: "0", LIMIT_PUBLISHES_PER_MINUTE: "0" };
  const preload = new URL("../support/requests-kept.mjs", import.meta.url).href;
  const env = {
    ...OWNER_ENV,
    ...unlimited,
    LIMIT_API_CALLS_PER_MINUTE: "0",
    NODE_OPTIONS: `--import ${preload}`,
  };
  replica = await startReplica({ databaseUrl: postgres.url, redisUrl: redis.url, env });
  cookie = await signIn(replica.url);
  await publish();
});

afterAll(async () => {
  for (const client of clients) client.terminate();
  await replica?.kill();
  await Promise.all([postgres?.stop(), redis?.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Statements so far, as PostgreSQL's log has them, `BEGIN` and `COMMIT` included. */
function statements(): number {
  const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  return (logs.join("").match(/ LOG: {2}(statement|execute)/g) ?? []).length;
}

/** What workers said to Redis so far; what a script did there is a part of the script. */
async function roundTrips(): Promise<number> {
  const calls = await redis.calls();
  const said = ["evalsha", "eval", "fcall", "publish", "spublish", "get", "set", "ping"];
  return said.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0);
}

async function costOf(work: () => Promise<unknown>) {
  const before = { statements: statements(), roundTrips: await roundTrips() };
  await work();
  return {
    statements: statements() - before.statements,
    roundTrips: (await roundTrips()) - before.roundTrips,
  };
}

async function connect(count: number): Promise<void> {
  const opening = Array.from({ length: count }, () => SocketClient.connect(replica.url));
  clients.push(...(await Promise.all(opening)));
}

async function publish(): Promise<void> {
  const body = { message: `How much is this? ${randomUUID()}`, replace: true };
  await mustCall(replica.url, "POST", "/api/creator/broadcast", { cookie, body });
}

async function publishAll(): Promise<void> {
  for (let n = 0; n < PUBLISHES; n += 1) await publish();
}

test("a connection costs Redis one round trip and PostgreSQL one statement, an idle one nothing", async () => {
  const empty = await costOf(() => sleep(IDLE_MS));
  const alone = await costOf(async () => {
    for (let n = 0; n < 2 * BESIDE; n += 1) await connect(1);
  });
  expect(alone.roundTrips).toBeLessThan(3 * BESIDE);
  expect(alone.statements).toBeGreaterThan(0);
  expect(alone.statements).toBeLessThan(3 * BESIDE);
  await connect(MANY - clients.length);
  const idle = await costOf(() => sleep(IDLE_MS));
  expect(idle.roundTrips).toBeLessThan(empty.roundTrips + BESIDE);
  expect(idle.statements).toBeLessThan(empty.statements + BESIDE);
});

test("[DEG8] many that come together share statements and round trips", async () => {
  const together = await costOf(() => connect(MANY));
  expect(together.statements).toBeLessThan(MANY / 2);
  expect(together.roundTrips).toBeLessThan(MANY / 2);
});

test("no connection keeps the request that it began with, nor the tokens in it", async () => {
  expect(clients.length).toBeGreaterThanOrEqual(2 * MANY);
  const listening = clients.slice(0, 2 * BESIDE).map(({ connected }) => {
    const { session_id: sessionId, session_token: session } = connected;
    return StreamClient.open(replica.url, sessionId, { session });
  });
  const streams = await Promise.all(listening);
  replica.signal("SIGUSR2");
  const kept = await vi.waitUntil(() => /requests kept: (\d+)/.exec(replica.logs())?.[1], 10_000);
  expect(Number(kept)).toBeLessThan(BESIDE);
  for (const stream of streams) stream.terminate();
});

test("[PUB4] a broadcast costs the same with very many connections as with one", async () => {
  const many = await costOf(publishAll);
  expect(many.statements).toBeGreaterThanOrEqual(PUBLISHES);
  expect(many.roundTrips).toBeGreaterThanOrEqual(PUBLISHES);
  await Promise.all(clients.splice(1).map((client) => client.close()));
  const one = await costOf(publishAll);
  expect(many.statements).toBeLessThan(one.statements + BESIDE);
  expect(many.roundTrips).toBeLessThan(one.roundTrips + BESIDE);
  // The counter, what is written, the end: nothing is read that memory has.
  expect(many.statements).toBeLessThan(4 * PUBLISHES);
  expect(many.roundTrips).toBeLessThan(8 * PUBLISHES + BESIDE);
});
