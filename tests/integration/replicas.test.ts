import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { call, idOf, mustCall } from "@/tests/support/api";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { PATIENCE } from "@/tests/support/patience";
import type { Replica } from "@/tests/support/replica";
import { aboutBroadcast, SocketClient, type SocketOptions } from "@/tests/support/socket-client";

const PUBLISH = "/api/creator/broadcast";
const AT_ONCE_MS = 1_000 * PATIENCE;

const livePage = z.object({ broadcasts: z.array(z.object({ id: z.string() })) });

const count = z.number();
const socketStats = z.object({
  workers: z.array(z.object({ sent: count, dropped: count, uptime_s: count })),
  users: z.array(z.object({ user_id: z.string(), connections: count, sessions: count })),
});

describe.each([2, 3])("%i replicas", (size) => {
  let cluster: Cluster;
  const open: SocketClient[] = [];

  beforeAll(async () => {
    cluster = await startCluster(size, { ALLOW_INSECURE_USER_ID: "true" });
  });
  afterEach(async () => {
    for (const client of open.splice(0)) client.terminate();
    await mustCall(replica(0).url, "POST", `${PUBLISH}/clear`, {
      cookie: cluster.cookie,
      body: {},
    });
  });
  afterAll(() => cluster?.stop());

  /** Counted from the end where negative. */
  function replica(index: number): Replica {
    const found = cluster.replicas.at(index);
    if (!found) throw new Error(`There is no replica ${index}.`);
    return found;
  }

  async function connect(index: number, options?: SocketOptions): Promise<SocketClient> {
    const client = await SocketClient.connect(replica(index).url, options);
    open.push(client);
    return client;
  }

  function connectToAll(options?: SocketOptions): Promise<SocketClient[]> {
    return Promise.all(cluster.replicas.map((_, index) => connect(index, options)));
  }

  async function publish(index: number, message: string, more: object = {}): Promise<string> {
    const answer = await mustCall(replica(index).url, "POST", PUBLISH, {
      cookie: cluster.cookie,
      body: { message, ...more },
    });
    return idOf(answer);
  }

  test("[PUB2] what is published on one is shown at once on all", async () => {
    const clients = await connectToAll();
    // The first call of a route loads it.
    for (const [index] of cluster.replicas.entries()) await publish(index, "First call");
    for (const [index] of cluster.replicas.entries()) {
      const sentAt = performance.now();
      const id = await publish(index, `From replica ${index}`);
      const frames = await Promise.all(
        clients.map((client) => client.waitFor("new_broadcast", aboutBroadcast(id))),
      );
      expect(performance.now() - sentAt).toBeLessThan(AT_ONCE_MS);
      for (const { broadcast } of frames) expect(broadcast.message).toBe(`From replica ${index}`);
      for (const client of clients) expect(client.shown).toEqual([id]);
    }
  });

  test("socket stats are of every worker and every user, on whichever one asks", async () => {
    const userId = "u_everywhere";
    await connectToAll({ userId });
    const stats = async () => {
      const path = "/api/websocket/stats";
      const { json } = await mustCall(replica(-1).url, "GET", path, { cookie: cluster.cookie });
      return socketStats.parse(json);
    };
    await vi.waitFor(
      async () => {
        const { workers, users } = await stats();
        expect(workers).toHaveLength(size);
        for (const { sent } of workers) expect(sent).toBeGreaterThan(0);
        const user = users.find(({ user_id }) => user_id === `user:${userId}`);
        expect(user).toMatchObject({ connections: size, sessions: size });
      },
      { timeout: 10_000, interval: 200 },
    );
  });

  test("[PUB1] the answer counts the connections of every worker", async () => {
    await connectToAll();
    const answer = async () => {
      const body = { message: "How many got this?" };
      const { cookie } = cluster;
      return (await mustCall(replica(-1).url, "POST", PUBLISH, { cookie, body })).json;
    };
    // A worker that takes longer than 250 ms to answer is not waited for, nor counted.
    await expect.poll(answer, { timeout: 20_000 }).toMatchObject({
      mode: "live",
      sent_to_users: size,
      sent_to_recipients: size,
      workers_answered: size,
      workers_expected: size,
    });
  });

  test("[PUB3] who comes later gets it, on whichever replica", async () => {
    const id = await publish(0, "Still here");
    // The others may hear of it a moment later; their clients get it then.
    for (const client of await connectToAll()) {
      await client.until("the banner", () => client.shown.join() === id);
    }
    for (const client of await connectToAll()) {
      expect(client.connected.active).toEqual([{ id, revision: 1 }]);
    }
  });

  test("[ACK2] what is acknowledged on one is gone on all, for that recipient alone", async () => {
    const mine = await connectToAll({ userId: "ada" });
    const theirs = await connectToAll({ userId: "grace" });
    const id = await publish(0, "Dismiss me");
    await Promise.all([...mine, ...theirs].map((one) => one.waitFor("new_broadcast")));

    mine.at(-1)?.send({ type: "acknowledge_broadcast", broadcast_id: id, revision: 1 });
    for (const client of mine) await client.waitFor("broadcast_acknowledged", aboutBroadcast(id));
    for (const client of mine) expect(client.shown).toEqual([]);
    await Promise.all(theirs.map((client) => client.settled()));
    for (const client of theirs) expect(client.shown).toEqual([id]);

    for (const client of await connectToAll({ userId: "ada" })) {
      expect(client.connected.active).toEqual([]);
    }
    for (const client of await connectToAll({ userId: "grace" }))
      expect(client.shown).toEqual([id]);
  });

  test("[ACK2] a visitor's session token carries the dismissal to every replica", async () => {
    const id = await publish(0, "For visitors");
    const visitor = await connect(0);
    const session = visitor.connected.session_token;
    await mustCall(replica(-1).url, "POST", `${PUBLISH}/acknowledge`, {
      session,
      body: { broadcast_id: id },
    });
    await visitor.waitFor("broadcast_acknowledged", aboutBroadcast(id));
    for (const one of await connectToAll({ session })) {
      expect(one.connected.session_id).toBe(visitor.connected.session_id);
      expect(one.connected.active).toEqual([]);
    }
    for (const { url } of cluster.replicas) {
      const active = await mustCall(url, "GET", `${PUBLISH}/active`, { session });
      expect(active.json).toMatchObject({ broadcast: null, broadcasts: [] });
    }
  });

  test("[BC9] what is cleared on one leaves every screen", async () => {
    const clients = await connectToAll();
    const id = await publish(0, "Soon gone");
    await mustCall(replica(-1).url, "POST", `${PUBLISH}/clear`, {
      cookie: cluster.cookie,
      body: { broadcast_id: id },
    });
    for (const client of clients) {
      const frame = await client.waitFor("broadcast_cleared", aboutBroadcast(id));
      expect(frame.reason).toBe("cleared");
      expect(client.shown).toEqual([]);
    }
  });

  test("[BC6] replaces on different replicas at the same time leave exactly one", async () => {
    const clients = await connectToAll();
    const ids = await Promise.all(
      cluster.replicas.map((_, index) => publish(index, `Only one of ${index}`)),
    );
    // Asked of the database: a replica's memory may be a moment behind.
    const { cookie } = cluster;
    const path = "/api/v1/broadcasts?status=live";
    const { json } = await mustCall(replica(0).url, "GET", path, { cookie });
    const { broadcasts } = livePage.parse(json);
    const winner = broadcasts.map((broadcast) => broadcast.id);
    expect(winner).toHaveLength(1);
    expect(ids).toContain(winner[0]);
    for (const client of clients) {
      await client.until("the winner alone", () => client.shown.join() === winner.join());
    }
  });

  test("[PUB5] a retry on another replica under the same key is the same broadcast", async () => {
    const { cookie } = cluster;
    const options = {
      cookie,
      body: { message: "Exactly once" },
      headers: { "idempotency-key": `once-on-${size}` },
    };
    const answers = await Promise.all(
      cluster.replicas.map(({ url }) => mustCall(url, "POST", PUBLISH, options)),
    );
    const ids = new Set(answers.map(idOf));
    expect(ids.size).toBe(1);
    const list = await mustCall(replica(0).url, "GET", `${PUBLISH}/limits`, { cookie });
    expect(list.json).toMatchObject({ current_active_broadcasts: 1 });
  });

  test("counts are the cluster's on every replica", async () => {
    await connectToAll({ userId: "ada" });
    await connect(0, { userId: "grace" });
    for (const { url } of cluster.replicas) {
      const stats = async () =>
        (await mustCall(url, "GET", `${PUBLISH}/stats`, { cookie: cluster.cookie })).json;
      // Connections of an earlier test may be still on their way out.
      await expect.poll(stats, { timeout: 20_000 }).toMatchObject({
        stats: {
          connected_users: 2,
          connections: size + 1,
          per_worker: cluster.replicas.map(() => expect.objectContaining({})),
        },
      });
      expect(JSON.stringify(await stats())).not.toContain("connected_users_note");
    }
  });

  test("every replica answers every request by itself", async () => {
    for (const { url } of cluster.replicas) {
      const { cookie } = cluster;
      const body = { message: "By myself" };
      const id = idOf(await mustCall(url, "POST", PUBLISH, { cookie, body }));
      const visitor = await SocketClient.connect(url);
      open.push(visitor);
      expect(visitor.shown).toEqual([id]);
      for (const path of ["active", "limits", "stats"]) {
        expect((await call(url, "GET", `${PUBLISH}/${path}`, { cookie })).status).toBe(200);
      }
      for (const path of ["/health", "/health/", "/ready", "/metrics", "/api/websocket/stats"]) {
        expect((await call(url, "GET", path, { cookie })).status).toBe(200);
      }
      const it = { broadcast_id: id };
      const session = visitor.connected.session_token;
      await mustCall(url, "POST", `${PUBLISH}/acknowledge`, { session, body: it });
      await mustCall(url, "POST", `${PUBLISH}/clear`, { cookie, body: it });
    }
  });
});

describe("a replica that is left alone", () => {
  test("[DEG6] answers for the others once they are gone", async () => {
    const cluster = await startCluster(2, { ALLOW_INSECURE_USER_ID: "true" });
    try {
      const [gone, left] = cluster.replicas;
      if (!gone || !left) throw new Error("There are two replicas.");
      const before = await SocketClient.connect(gone.url, { userId: "ada" });
      const id = idOf(
        await mustCall(gone.url, "POST", PUBLISH, {
          cookie: cluster.cookie,
          body: { message: "Published by the one that dies" },
        }),
      );
      await before.waitFor("new_broadcast", aboutBroadcast(id));
      await gone.kill();
      await before.closed;
      const after = await SocketClient.connect(left.url, { userId: "ada" });
      expect(after.shown).toEqual([id]);
      after.send({ type: "acknowledge_broadcast", broadcast_id: id });
      await after.waitFor("broadcast_acknowledged", aboutBroadcast(id));
      await mustCall(left.url, "POST", PUBLISH, {
        cookie: cluster.cookie,
        body: { message: "Published by the one that is left" },
      });
      await after.waitFor("new_broadcast");
      expect(await left.stop()).toBe(0);
    } finally {
      await cluster.stop();
    }
  });
});
