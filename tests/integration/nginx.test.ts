import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { z } from "zod";
import { mustCall } from "@/tests/support/api";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { type Nginx, startNginx } from "@/tests/support/nginx";
import { signIn } from "@/tests/support/owner";
import { SocketClient } from "@/tests/support/socket-client";

/** nginx cuts what is silent for so long, or answers so late; replicas ping four times as often. */
const IDLE_S = 8;
const CLIENTS = 6;

let cluster: Cluster;
let nginx: Nginx;
let cookie: string;

beforeAll(async () => {
  cluster = await startCluster(3, {
    TRUST_PROXY: "1",
    WEBSOCKET_PING_INTERVAL: "2",
    ALLOW_OPEN_SESSION_STREAMS: "true",
  });
  const ports = cluster.replicas.map((replica) => replica.port);
  nginx = await startNginx(ports, { idleTimeoutS: IDLE_S });
  cookie = await signIn(nginx.url);
});
afterAll(async () => {
  await nginx?.stop();
  await cluster.stop();
});

/** A recipient that comes back as a browser would, to wherever nginx sends it. */
class Returning {
  readonly workers: string[] = [];
  socket: SocketClient;

  private constructor(socket: SocketClient) {
    this.socket = socket;
    void this.#follow();
  }

  static async connect(): Promise<Returning> {
    return new Returning(await SocketClient.connect(nginx.url));
  }

  get worker(): string {
    return this.socket.connected.worker_id;
  }

  async #follow(): Promise<void> {
    this.workers.push(this.worker);
    const { code } = await this.socket.closed;
    // The test itself is done with it.
    if (code === 1005) return;
    const session = this.socket.connected.session_token;
    for (;;) {
      await sleep(Math.random() * 500);
      const next = await SocketClient.connect(nginx.url, { session }).catch(() => null);
      if (!next) continue;
      this.socket = next;
      return this.#follow();
    }
  }
}

async function connectAll(): Promise<Returning[]> {
  const clients: Returning[] = [];
  for (let n = 0; n < CLIENTS; n += 1) clients.push(await Returning.connect());
  return clients;
}

const closeAll = (clients: readonly Returning[]) =>
  Promise.all(clients.map(({ socket }) => socket.close()));

/** Published through nginx, at whichever replica; then on every client's screen. */
async function expectDelivery(clients: readonly Returning[], message: string): Promise<void> {
  await mustCall(nginx.url, "POST", "/api/creator/broadcast", { cookie, body: { message } });
  for (const client of clients) {
    const has = () =>
      client.socket.frames.some(
        (frame) => "broadcast" in frame && frame.broadcast.message === message,
      );
    await expect.poll(has, { timeout: 15_000 }).toBe(true);
  }
}

/** Asks without a pause until `done`; returns what was not answered as it should be. */
async function failuresUntil(done: Promise<unknown>): Promise<string[]> {
  let over = false;
  void done.finally(() => {
    over = true;
  });
  const failures: string[] = [];
  while (!over) {
    const answer = await fetch(`${nginx.url}/api/creator/broadcast/active`).catch(String);
    if (typeof answer === "string") failures.push(answer);
    else if (answer.ok) await answer.body?.cancel();
    else failures.push(`${answer.status} ${await answer.text()}`);
    await sleep(20);
  }
  return failures;
}

describe("three replicas behind nginx", () => {
  test("[PUB2] sockets spread over all of them, and a broadcast reaches every one", async () => {
    const clients = await connectAll();
    expect(new Set(clients.map((client) => client.worker)).size).toBe(3);
    await expectDelivery(clients, "through nginx");
    await closeAll(clients);
  });

  test("§ 14: who is behind nginx is told apart from who claims to be", async () => {
    await mustCall(nginx.url, "POST", "/api/creator/broadcast", {
      cookie,
      body: { message: "from elsewhere?" },
      headers: { "X-Forwarded-For": "203.0.113.7" },
    });
    const entries = await mustCall(nginx.url, "GET", "/api/v1/audit", { cookie });
    const { entries: found } = z
      .object({ entries: z.array(z.looseObject({ address: z.string().nullable() })) })
      .parse(entries.json);
    expect(found[0]?.address).toBe("127.0.0.1");
  });

  test.concurrent("a socket on which nothing happens outlives nginx's time-out", async () => {
    const socket = await SocketClient.connect(nginx.url);
    const openedAt = performance.now();
    // Looks again with each ping: nothing else comes.
    const outlived = () => performance.now() - openedAt > 2 * IDLE_S * 1000;
    await socket.until("twice the idle time-out", outlived, 4 * IDLE_S * 1000);
    await socket.settled();
    await socket.close();
  });

  test.concurrent("so does a session stream", async () => {
    const stream = new WebSocket(`${nginx.url.replace("http", "ws")}/ws/session/idle/`);
    const closed = once(stream, "close");
    const openedAt = performance.now();
    while (performance.now() - openedAt < 2 * IDLE_S * 1000) {
      await Promise.race([once(stream, "ping"), closed]);
      expect(stream.readyState).toBe(WebSocket.OPEN);
    }
    stream.close();
    await closed;
  });

  test("[DEG7] one that is drained is missed by nobody", async () => {
    const clients = await connectAll();
    const [replica] = cluster.replicas;
    const draining = replica?.stop();
    const failures = await failuresUntil(Promise.resolve(draining));
    expect(await draining).toBe(0);
    expect(failures).toEqual([]);
    await expectDelivery(clients, "after the drain");
    expect(new Set(clients.map((client) => client.worker)).size).toBe(2);
    await closeAll(clients);
  });

  test("[DEG6] one that is killed costs its clients one reconnect, and others nothing", async () => {
    const clients = await connectAll();
    const before = clients.map((client) => client.worker);
    const [, replica] = cluster.replicas;
    await replica?.kill();
    await expectDelivery(clients, "after the kill");
    for (const [n, client] of clients.entries()) {
      expect(client.workers.length).toBeLessThanOrEqual(2);
      if (client.worker === before[n]) expect(client.workers).toHaveLength(1);
    }
    expect(new Set(clients.map((client) => client.worker)).size).toBe(1);
    await closeAll(clients);
  });

  test("metrics are not for the outside", async () => {
    expect((await fetch(`${nginx.url}/metrics`)).status).toBe(404);
  });
});
