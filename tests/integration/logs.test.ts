import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { call, mustCall } from "@/tests/support/api";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { createApiKey, OWNER } from "@/tests/support/owner";
import { AUTH_SECRET, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";

let cluster: Cluster;

beforeAll(async () => {
  cluster = await startCluster(1, { LOG_LEVEL: "debug" });
});
afterAll(() => cluster.stop());

const replica = () => {
  const [first] = cluster.replicas;
  if (!first) throw new Error("The cluster has a replica.");
  return first;
};

const line = z.looseObject({ level: z.string(), time: z.string(), worker: z.string() });

/** Log lines so far; what a person reads at the start is not one. */
function lines(): z.infer<typeof line>[] {
  return replica()
    .logs()
    .split("\n")
    .filter((text) => text.startsWith("{"))
    .map((text) => line.parse(JSON.parse(text)));
}

test("[SEC7] no secret is in any line, even with everything that is logged", async () => {
  const { url, logs } = replica();
  const key = await createApiKey(url, cluster.cookie, "publisher");
  const socket = await SocketClient.connect(url);
  const { session_token: session } = socket.connected;
  await (await SocketClient.connect(url, { session })).close();
  await call(url, "GET", "/api/creator/broadcast/active", { session });
  await call(url, "GET", "/api/v1/broadcasts?token=in-the-address", { bearer: key });
  const refused = await SocketClient.open(url, { token: "not.a.token" });
  await refused.closed;
  await call(url, "POST", "/api/auth/sign-in/email", {
    body: { email: OWNER.email, password: "not the password" },
  });
  await socket.close();

  const cookies = cluster.cookie.split("; ").map((pair) => pair.split("=")[1] ?? "");
  const secrets = [AUTH_SECRET, OWNER.password, key, session, "in-the-address", "not the password"];
  for (const secret of [...secrets, ...cookies]) {
    expect(secret.length).toBeGreaterThan(5);
    expect(logs()).not.toContain(secret);
  }
});

test("a request is found again by its id, a connection by its own", async () => {
  const { url } = replica();
  const { headers } = await mustCall(url, "GET", "/api/v1/broadcasts", { cookie: cluster.cookie });
  const requestId = headers.get("x-request-id");
  await expect
    .poll(lines, { timeout: 10_000 })
    .toContainEqual(
      expect.objectContaining({ requestId, status: 200, path: "/api/v1/broadcasts" }),
    );
  const socket = await SocketClient.connect(url);
  const connection = socket.connected.connection_id;
  await socket.close();
  await expect
    .poll(lines, { timeout: 10_000 })
    .toContainEqual(expect.objectContaining({ connection, msg: "a connection ended" }));
  expect(lines()).toContainEqual(
    expect.objectContaining({ connection, msg: "a connection began" }),
  );
});

/** What an operator sees: `LOG_LEVEL` is `info` by default. */
const shown = (from: number) =>
  lines()
    .slice(from)
    .filter(({ level }) => level !== "debug");

test("messages, dismissals and connections write no line", async () => {
  const { url } = replica();
  const before = lines().length;
  const sockets = await Promise.all(Array.from({ length: 5 }, () => SocketClient.connect(url)));
  for (let n = 0; n < 10; n += 1) {
    const body = { message: `number ${n}` };
    await mustCall(url, "POST", "/api/creator/broadcast", { cookie: cluster.cookie, body });
  }
  for (const socket of sockets) {
    const { broadcast } = await socket.waitFor(
      "new_broadcast",
      (frame) => frame.broadcast.message === "number 9",
    );
    socket.send({ type: "acknowledge_broadcast", broadcast_id: broadcast.id });
    await socket.waitFor("broadcast_acknowledged");
    socket.send({ type: "no such type" });
    await socket.waitFor("error");
    await socket.close();
  }
  const ended = () =>
    lines()
      .slice(before)
      .filter(({ msg }) => msg === "a connection ended");
  await expect.poll(ended, { timeout: 10_000 }).toHaveLength(sockets.length);
  expect(shown(before)).toEqual([]);
});

test("[DEG5] an outage of the database is one line when it begins and one when it ends", async () => {
  const { url } = replica();
  const database = async () =>
    z.object({ database: z.string() }).parse((await mustCall(url, "GET", "/health")).json).database;
  const before = lines().length;
  await cluster.postgres.kill();
  await expect.poll(database, { timeout: 15_000 }).toBe("unavailable");
  const during = await call(url, "POST", "/api/creator/broadcast", {
    cookie: cluster.cookie,
    body: { message: "refused" },
  });
  expect(during.status).toBe(503);
  await cluster.postgres.start();
  await expect.poll(database, { timeout: 15_000 }).toBe("healthy");
  expect(shown(before).map(({ level, msg }) => [level, msg])).toEqual([
    ["error", "the database does not answer; serving from memory"],
    ["info", "the database answers again"],
  ]);
});

test("[DEG2] an outage of Redis is one line when it begins and one when it ends", async () => {
  const { url } = replica();
  const mode = async () =>
    z.object({ mode: z.string() }).parse((await mustCall(url, "GET", "/health")).json).mode;
  const before = lines().length;
  await cluster.redis.stop();
  await expect.poll(mode, { timeout: 15_000 }).toBe("degraded");
  await cluster.redis.restart();
  await expect.poll(mode, { timeout: 15_000 }).toBe("live");
  const said = lines()
    .slice(before)
    .filter(({ level }) => level !== "debug" && level !== "info")
    .map(({ msg }) => msg);
  expect(said).toEqual(["Redis is away"]);
  expect(
    lines()
      .slice(before)
      .filter(({ msg }) => msg === "Redis is there"),
  ).toHaveLength(1);
});

/** Lines beyond what a pipe and its reader hold. */
const UNREAD_REQUESTS = 100;
const LONG_PATH = `/${"long/".repeat(1_500)}`;

test.each(["unread", "gone"] as const)(
  "[DEG7] with its log %s the server goes on serving, and exits 0 when told to stop",
  async (how) => {
    const lonely = await startReplica({ env: { LOG_LEVEL: "debug" } });
    try {
      lonely.leaveLog(how);
      for (let n = 0; n < UNREAD_REQUESTS; n += 1) {
        expect((await fetch(`${lonely.url}/api/v1${LONG_PATH}`)).status).toBe(404);
      }
      expect(await lonely.stop()).toBe(0);
    } finally {
      await lonely.kill();
    }
  },
);
