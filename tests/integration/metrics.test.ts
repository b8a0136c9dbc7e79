import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { ROOT } from "@/scripts/run";
import { mustCall } from "@/tests/support/api";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { metricsIn, readQueries, Scrape } from "@/tests/support/metrics";
import { startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { startTcpProxy } from "@/tests/support/tcp-proxy";

/** Of one sort, to tell what each costs from what goes on anyway. */
const QUESTIONS = 600;

let cluster: Cluster;
let url: string;

beforeAll(async () => {
  cluster = await startCluster(1);
  url = cluster.replicas[0]?.url ?? "";
});
afterAll(() => cluster.stop());

describe("/metrics", () => {
  test("§ 8: the dashboard and the alerts ask for nothing that is not there", async () => {
    const { names } = await Scrape.of(url);
    const queries = readQueries();
    expect(queries.length).toBeGreaterThan(30);
    for (const { where, expr } of queries) {
      const asked = metricsIn(expr);
      expect(asked, `${where} asks for a metric`).not.toEqual(expr.startsWith("up{") ? [expr] : []);
      for (const name of asked) expect(names, `${where} names ${name}`).toContain(name);
    }
  });

  test("§ 8: counters are 0 before anything has happened", async () => {
    const scrape = await Scrape.of(url);
    for (const name of [
      "app_messages_sent",
      "loudhailer_slow_closes_total",
      "loudhailer_connections_opened_total",
      "loudhailer_receipts_lost_total",
      "loudhailer_acknowledgements_total",
    ]) {
      expect(scrape.names).toContain(name);
      expect(scrape.sum(name), name).toBe(0);
    }
    expect(scrape.text).toContain('loudhailer_connections_refused_total{reason="rate"');
    expect(scrape.text).toContain('loudhailer_connections_closed_total{code="4408"');
  });

  test("§ 8: what happens is counted", async () => {
    const before = await Scrape.of(url);
    const socket = await SocketClient.connect(url);
    const other = await SocketClient.connect(url);
    await SocketClient.open(url, { workspace: "nobody-knows-it" }).then(({ closed }) => closed);
    const { cookie } = cluster;
    await mustCall(url, "POST", "/api/creator/broadcast", { cookie, body: { message: "Hello" } });
    const { broadcast } = await socket.waitFor("new_broadcast");
    await other.waitFor("new_broadcast");
    socket.send({ type: "acknowledge_broadcast", broadcast_id: broadcast.id });
    await socket.waitFor("broadcast_acknowledged");
    await other.close();
    await socket.settled();

    const after = await Scrape.of(url);
    const rise = (name: string, labels = {}) => after.sum(name, labels) - before.sum(name, labels);
    expect(rise("app_active_connections")).toBe(1);
    expect(rise("app_messages_sent")).toBe(2);
    expect(rise("loudhailer_connections_opened_total")).toBe(2);
    expect(rise("loudhailer_connections_closed_total")).toBe(1);
    expect(rise("loudhailer_connections_refused_total", { reason: "not_found" })).toBe(1);
    expect(rise("loudhailer_fan_out_seconds_count")).toBeGreaterThanOrEqual(1);
    expect(rise("loudhailer_change_age_seconds_count")).toBeGreaterThanOrEqual(1);
    expect(rise("loudhailer_acknowledgements_total")).toBe(1);
    expect(rise("loudhailer_http_requests_total", { area: "fixed", status: "2xx" })).toBe(1);
    expect(after.sum("loudhailer_live_broadcasts")).toBe(1);
    expect(after.sum("loudhailer_feed_age_seconds")).toBeLessThan(15);
    await socket.close();
  });

  test("docs/operations.md names every key and channel that Redis has of us", async () => {
    const page = readFileSync(join(ROOT, "docs/operations.md"), "utf8");
    const documented = (kind: "keys" | "channel") =>
      [...page.matchAll(/^\| (keys|channel) `([^`<…]+)/gm)]
        .filter(([, of]) => of === kind)
        .map(([, , start]) => `loudhailer:${start}`);
    const { redis } = cluster;
    const keys = (await redis.command("KEYS", "*")).split("\n");
    const channels = (await redis.command("PUBSUB", "CHANNELS")).split("\n");
    expect(keys.length).toBeGreaterThan(5);
    expect(channels.length).toBeGreaterThan(3);
    const isNamed = (name: string, all: string[]) => all.some((start) => name.startsWith(start));
    for (const key of keys) expect(isNamed(key, documented("keys")), key).toBe(true);
    for (const name of channels) expect(isNamed(name, documented("channel")), name).toBe(true);
  });

  test("[DEG2] Redis's absence is a figure, and so is its return", async () => {
    const figures = async () => {
      const scrape = await Scrape.of(url);
      return [
        "loudhailer_degraded",
        "loudhailer_redis_breaker_open",
        "loudhailer_broker_healthy",
      ].map((name) => scrape.sum(name));
    };
    expect(await figures()).toEqual([0, 0, 1]);
    await cluster.redis.stop();
    await expect.poll(figures, { timeout: 15_000 }).toEqual([1, 1, 0]);
    await cluster.redis.restart();
    await expect.poll(figures, { timeout: 15_000 }).toEqual([0, 0, 1]);
  });

  test("§ 8: in production only this machine or a token may read them", async () => {
    const token = "a metrics token of some length";
    const guarded = await cluster.add({ METRICS_TOKEN: token });
    expect((await fetch(`${guarded.url}/metrics`)).status).toBe(401);
    const scrape = await Scrape.of(guarded.url, { authorization: `Bearer ${token}` });
    expect(scrape.names).toContain("app_active_connections");
  });
});

describe("/health", () => {
  test("§ 8: costs no query and no Redis command, and answers when neither is to be had", async () => {
    const { postgres, redis } = cluster;
    const databaseUrl = new URL(postgres.url);
    const toDatabase = await startTcpProxy({ port: Number(databaseUrl.port) });
    databaseUrl.port = String(toDatabase.port);
    const toRedis = await startTcpProxy({ port: redis.port });
    try {
      const asked = await cluster.add({
        DATABASE_URL: databaseUrl.href,
        REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
      });
      const bytes = () => toDatabase.carried + toRedis.carried;
      const before = bytes();
      await askMany(asked.url);
      // A command there and back is 40 bytes at least; what goes on by itself is a few hundred.
      expect(bytes() - before).toBeLessThan(QUESTIONS * 20);
      toDatabase.hang();
      toRedis.hang();
      await askMany(asked.url);
      await asked.kill();
    } finally {
      await Promise.all([toDatabase.close(), toRedis.close()]);
    }
  });
});

/** Half to each of the two probes; every answer is 200. */
async function askMany(server: string): Promise<void> {
  for (let n = 0; n < QUESTIONS; n += 2) {
    for (const path of ["/health", "/ready"]) {
      const answer = await fetch(server + path, { signal: AbortSignal.timeout(1_000) });
      expect(answer.status).toBe(200);
      await answer.body?.cancel();
    }
  }
}

test("§ 8: the answer to a handshake names the worker, as every other does", async () => {
  const address = url.replace("http", "ws");
  const path = "/api/creator/broadcast/ws";
  const worker = (headers: IncomingHttpHeaders) => headers["x-websocket-worker-id"];
  const accepted = new WebSocket(address + path);
  const [[{ headers }], [hello]] = await Promise.all([
    once(accepted, "upgrade"),
    once(accepted, "message"),
  ]);
  accepted.terminate();
  expect(worker(headers)).toBe(JSON.parse(String(hello)).worker_id);
  const foreign = { origin: "https://elsewhere.example", headers: { cookie: cluster.cookie } };
  for (const [where, options] of [
    [path, foreign],
    ["/no/socket/here", {}],
  ] as const) {
    const refused = new WebSocket(address + where, options);
    const [request, response] = await once(refused, "unexpected-response");
    expect(worker(response.headers), where).toBe(worker(headers));
    request.destroy();
  }
});

describe("ROLE", () => {
  test("§ 14: web has no sockets, ws has no pages; both have health and metrics", async () => {
    const [web, ws] = await Promise.all([
      cluster.add({ ROLE: "web" }),
      cluster.add({ ROLE: "ws" }),
    ]);
    for (const replica of [web, ws]) {
      const scrape = await Scrape.of(replica.url);
      expect(scrape.names).toContain("loudhailer_feed_position");
      const health = await fetch(`${replica.url}/health`);
      expect(health.status).toBe(200);
    }
    await expect(SocketClient.open(web.url)).rejects.toThrow("404");
    expect((await fetch(`${web.url}/sign-in`)).status).toBe(200);
    expect((await fetch(`${ws.url}/sign-in`)).status).toBe(404);
    const { cookie } = cluster;
    const socket = await SocketClient.connect(ws.url);
    await mustCall(web.url, "POST", "/api/creator/broadcast", { cookie, body: { message: "x" } });
    await socket.waitFor("new_broadcast", ({ broadcast }) => broadcast.message === "x");
    await socket.close();
  });

  test("§ 14: a number of workers that cannot be is refused in words", async () => {
    await expect(startReplica({ env: { WORKERS: "0" } })).rejects.toThrow("WORKERS");
  });
});
