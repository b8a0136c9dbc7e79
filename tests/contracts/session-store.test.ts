import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MemorySessionStore } from "@/lib/adapters/memory/memory-session-store";
import type { SessionOpening, SessionStore } from "@/lib/ports/session-store";
import { startRedis, type TestRedis } from "../support/redis";
import { freshPrefix, openConnection, openSessions } from "../support/redis-parts";

interface Subject {
  store: SessionStore;
  close(): Promise<void>;
}

const WORKER = { workerId: "w1", nodeId: "n1", version: "1.2.3" };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

async function inMemory({ ttlS = 3600 } = {}): Promise<Subject> {
  const store = new MemorySessionStore({ ...WORKER, ttlS });
  await store.start();
  return { store, close: () => store.close() };
}

async function inRedis({ ttlS = 3600 } = {}): Promise<Subject> {
  const connection = await openConnection(redis.url, freshPrefix());
  const store = await openSessions(connection, { ...WORKER, ttlS });
  const close = async () => {
    await store.close();
    await connection.close();
  };
  return { store, close };
}

function opening(
  connectionId: string,
  session: Partial<SessionOpening["session"]> = {},
): SessionOpening {
  return {
    connectionId,
    session: {
      id: "s1",
      workspaceId: "ws",
      recipient: "user:u1",
      label: "Ada",
      traits: { plan: "pro" },
      roles: ["admin"],
      locale: "fr-CA",
      client: "web",
      ...session,
    },
  };
}

const firstPage = { limit: 100, cursor: null };

describe.each([
  ["in memory", inMemory],
  ["in Redis", inRedis],
])("session store %s", (_name, open) => {
  let subject: Subject;
  let store: SessionStore;
  beforeEach(async () => {
    subject = await open();
    store = subject.store;
  });
  afterEach(() => subject.close());

  test("an open connection makes a session active, with all that was said of it", async () => {
    const before = Date.now();
    const { firstSeenAt, previouslySeenAt } = await store.opened(opening("c1"));
    expect(previouslySeenAt).toBeNull();
    expect(firstSeenAt).toBeGreaterThanOrEqual(before - 5);
    expect(await store.find("ws", "s1")).toEqual({
      ...opening("c1").session,
      firstSeenAt,
      lastSeenAt: expect.any(Number),
      workerId: "w1",
      nodeId: "n1",
      connections: 1,
    });
  });

  test("counts tell recipients, sessions and connections apart", async () => {
    await store.opened(opening("c1"));
    await store.opened(opening("c2"));
    await store.opened(opening("c3", { id: "s2" }));
    await store.opened(opening("c4", { id: "s3", recipient: "anon:a" }));
    expect(await store.counts("ws")).toEqual({
      recipients: 2,
      activeSessions: 3,
      allSessions: 3,
      connections: 4,
      clusterWide: true,
      incomplete: false,
    });
  });

  test("workspaces are counted apart and together; the same session id in two is two", async () => {
    await store.opened(opening("c1"));
    await store.opened(opening("c2", { workspaceId: "other" }));
    const one = { recipients: 1, activeSessions: 1, allSessions: 1, connections: 1 };
    expect(await store.counts("ws")).toMatchObject(one);
    expect(await store.counts("other")).toMatchObject(one);
    expect(await store.counts("third")).toMatchObject({ allSessions: 0, connections: 0 });
    expect(await store.counts(null)).toMatchObject({
      recipients: 2,
      activeSessions: 2,
      allSessions: 2,
      connections: 2,
    });
  });

  test("a session becomes inactive with its last connection, and stays", async () => {
    await store.opened(opening("c1"));
    await store.opened(opening("c2"));
    await store.closed("s1", "c1");
    expect(await store.counts("ws")).toMatchObject({ activeSessions: 1, connections: 1 });
    await store.closed("s1", "c2");
    const inactive = { recipients: 0, activeSessions: 0, allSessions: 1, connections: 0 };
    expect(await store.counts("ws")).toMatchObject(inactive);
    expect(await store.counts(null)).toMatchObject(inactive);
    expect(await store.find("ws", "s1")).toMatchObject({ connections: 0, label: "Ada" });
  });

  test("a late or repeated disconnect removes nothing but its own connection", async () => {
    await store.opened(opening("old"));
    await store.opened(opening("new"));
    await store.closed("s1", "old");
    await store.closed("s1", "old");
    await store.closed("s1", "never");
    await store.closed("s2", "new");
    expect(await store.counts("ws")).toMatchObject({ activeSessions: 1, connections: 1 });
  });

  test("opening the same connection twice counts it once", async () => {
    await store.opened(opening("c1"));
    await store.opened(opening("c1"));
    expect(await store.counts("ws")).toMatchObject({ activeSessions: 1, connections: 1 });
  });

  test("[PUB8] a returning session keeps its first sight; its recipient's last is told", async () => {
    const first = await store.opened(opening("c1"));
    await store.closed("s1", "c1");
    const closedAt = (await store.find("ws", "s1"))?.lastSeenAt;
    const again = await store.opened(opening("c2"));
    expect(again.firstSeenAt).toBe(first.firstSeenAt);
    expect(again.previouslySeenAt).toBe(closedAt);
    await store.closed("s1", "c2");
    const elsewhere = await store.opened(opening("c3", { id: "s2" }));
    expect(elsewhere.previouslySeenAt).toBeGreaterThanOrEqual(closedAt ?? Number.NaN);
    expect(elsewhere.firstSeenAt).toBeGreaterThanOrEqual(closedAt ?? Number.NaN);
  });

  test("[PUB8] a recipient that is here in another tab was last seen now", async () => {
    const { firstSeenAt } = await store.opened(opening("c1"));
    const second = await store.opened(opening("c2", { id: "s2" }));
    expect(second.previouslySeenAt).toBeGreaterThanOrEqual(firstSeenAt);
    const stranger = await store.opened(opening("c3", { id: "s3", recipient: "user:u2" }));
    expect(stranger.previouslySeenAt).toBeNull();
  });

  test("[ACK3] an anonymous session that signs in is its user's from then on", async () => {
    await store.opened(opening("c1", { id: "s0" }));
    await store.opened(opening("c2", { id: "s1", recipient: "anon:a", label: null }));
    expect(await store.counts("ws")).toMatchObject({ recipients: 2 });
    await store.changed(opening("c2", { id: "s1" }).session);
    expect(await store.counts("ws")).toMatchObject({ recipients: 1, activeSessions: 2 });
    expect(await store.find("ws", "s1")).toMatchObject({ recipient: "user:u1", label: "Ada" });
    await store.closed("s1", "c2");
    await store.closed("s0", "c1");
    expect(await store.counts("ws")).toMatchObject({ recipients: 0, allSessions: 2 });
  });

  test("[AUD2] new traits replace the old ones", async () => {
    await store.opened(opening("c1"));
    await store.changed(opening("c1", { traits: { plan: "free" }, locale: null }).session);
    expect(await store.find("ws", "s1")).toMatchObject({ traits: { plan: "free" }, locale: null });
  });

  test("a change of a session that is not open here changes nothing", async () => {
    await store.changed(opening("c1").session);
    expect(await store.counts("ws")).toMatchObject({ allSessions: 0 });
    expect(await store.find("ws", "s1")).toBeNull();
  });

  test("[SEC4] a session is not found in another workspace", async () => {
    await store.opened(opening("c1"));
    expect(await store.find("other", "s1")).toBeNull();
    expect(await store.list("other", "all", firstPage)).toEqual({ sessions: [], next: null });
  });

  test("nobody shares an object with the store", async () => {
    const given = opening("c1", { traits: { list: [1] } });
    await store.opened(given);
    Object.assign(given.session.traits, { list: "changed outside" });
    const found = await store.find("ws", "s1");
    expect(found?.traits).toEqual({ list: [1] });
    Object.assign(found?.traits ?? {}, { list: "changed outside" });
    expect((await store.find("ws", "s1"))?.traits).toEqual({ list: [1] });
  });

  test("lists give active sessions, inactive ones, or all, newest first", async () => {
    for (const id of ["a", "b", "c", "d"]) {
      await store.opened(opening(`of-${id}`, { id, recipient: `user:${id}` }));
    }
    await store.closed("c", "of-c");
    await store.closed("a", "of-a");
    const ids = async (state: "active" | "inactive" | "all") =>
      (await store.list("ws", state, firstPage)).sessions.map((session) => session.id);
    expect(await ids("active")).toEqual(["d", "b"]);
    expect(await ids("inactive")).toEqual(["a", "c"]);
    expect(await ids("all")).toEqual(["d", "b", "a", "c"]);
  });

  test("pages join to the whole list, whatever their size", async () => {
    const expected: string[] = [];
    for (let index = 0; index < 23; index += 1) {
      const id = `s${index}`;
      await store.opened(opening(`of-${id}`, { id, recipient: `user:${index % 5}` }));
      if (index % 3 === 0) await store.closed(id, `of-${id}`);
      expected.push(id);
    }
    for (const limit of [1, 5, 8, 23, 100]) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await store.list("ws", "all", { limit, cursor });
        expect(page.sessions.length).toBeLessThanOrEqual(limit);
        seen.push(...page.sessions.map((session) => session.id));
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toHaveLength(23);
      expect([...seen].sort()).toEqual([...expected].sort());
    }
  });

  test.each(["x", "active:", "active:x", "all:1", "inactive:99999999999999999999"])(
    "[SEC6] a cursor that is not ours is refused: %s",
    async (cursor) => {
      const listing = store.list("ws", "all", { limit: 1, cursor });
      await expect(listing).rejects.toMatchObject({ code: "invalid", field: "cursor" });
    },
  );

  test("strange ids, names and traits come back as they were", async () => {
    const recipient = "user:a/b:c\n'\"\\ {}\u2028é💡";
    const odd = {
      recipient,
      label: 'A "quoted" \\ name\u0000',
      traits: { nested: { list: [null, 1.5, "é💡"] }, empty: [], __proto: {}, big: 2 ** 53 },
      roles: [],
    };
    await store.opened(opening("c1", odd));
    await store.opened(opening("c2", { ...odd, id: "s2" }));
    expect(await store.find("ws", "s1")).toMatchObject(odd);
    expect(await store.counts("ws")).toMatchObject({ recipients: 1, activeSessions: 2 });
  });

  test("workers says who serves, since when and how many connections", async () => {
    await store.opened(opening("c1"));
    await store.opened(opening("c2", { workspaceId: "other" }));
    const [worker, ...others] = await store.workers();
    expect(others).toEqual([]);
    expect(worker).toMatchObject({ ...WORKER, connections: 2, traffic: null });
    expect(worker?.lastBeatAt).toBeGreaterThanOrEqual(worker?.startedAt ?? Number.NaN);
  });

  test("a workspace that is forgotten leaves nothing, and what closes later brings nothing back", async () => {
    const many = Array.from({ length: 1_200 }, (_, index) => `${index}`);
    await Promise.all(many.map((id) => store.opened(opening(`c${id}`, { id, recipient: id }))));
    await Promise.all(many.slice(600).map((id) => store.closed(id, `c${id}`)));
    const other = opening("c-other", { workspaceId: "other", recipient: "user:other" });
    await store.opened(other);
    const left = opening("c-left", { workspaceId: "other", id: "s2", recipient: "user:left" });
    await store.opened(left);
    await store.closed("s2", "c-left");

    await store.forget("ws");
    await Promise.all(many.slice(0, 600).map((id) => store.closed(id, `c${id}`)));
    expect(await store.counts("ws")).toMatchObject({
      recipients: 0,
      activeSessions: 0,
      allSessions: 0,
      connections: 0,
    });
    expect(await store.find("ws", "0")).toBeNull();
    expect((await store.list("ws", "all", firstPage)).sessions).toEqual([]);
    expect(
      (await store.opened(opening("c", { id: "new", recipient: "700" }))).previouslySeenAt,
    ).toBe(null);
    expect(await store.counts("other")).toMatchObject({ activeSessions: 1, allSessions: 2 });
    const again = await store.opened({ ...left, connectionId: "c-again" });
    expect(again.previouslySeenAt).not.toBeNull();
    await store.forget("nothing like it");
  });

  test("closing may be done twice", async () => {
    await store.opened(opening("c1"));
    await store.close();
    await store.close();
  });

  test("many at once are all registered", async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => index);
    await Promise.all(
      many.map((index) =>
        store.opened(
          opening(`c${index}`, { id: `s${index % 700}`, recipient: `user:${index % 70}` }),
        ),
      ),
    );
    expect(await store.counts("ws")).toMatchObject({
      recipients: 70,
      activeSessions: 700,
      connections: 1_000,
    });
    await Promise.all(many.map((index) => store.closed(`s${index % 700}`, `c${index}`)));
    expect(await store.counts("ws")).toMatchObject({
      recipients: 0,
      activeSessions: 0,
      allSessions: 700,
      connections: 0,
    });
  });
});

describe.each([
  ["in memory", inMemory],
  ["in Redis", inRedis],
])("session store %s, after the time to live", (_name, open) => {
  test("an inactive session is gone by itself, an active one is not", async () => {
    const { store, close } = await open({ ttlS: 1 });
    await store.opened(opening("c1"));
    await store.opened(opening("c2", { id: "s2", recipient: "user:u2" }));
    await store.closed("s2", "c2");
    expect(await store.counts("ws")).toMatchObject({ allSessions: 2 });
    await expect
      .poll(() => store.counts("ws"), { timeout: 5_000 })
      .toMatchObject({ activeSessions: 1, allSessions: 1, connections: 1 });
    expect(await store.find("ws", "s2")).toBeNull();
    expect((await store.list("ws", "all", firstPage)).sessions).toHaveLength(1);
    const again = await store.opened(opening("c3", { id: "s2", recipient: "user:u2" }));
    expect(again.previouslySeenAt).toBeLessThan(again.firstSeenAt);
    await close();
  });
});
