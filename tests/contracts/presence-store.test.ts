import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MemoryPresenceStore } from "@/lib/adapters/memory/memory-presence-store";
import type { PresenceStore, StreamMember } from "@/lib/ports/session-store";
import { startRedis, type TestRedis } from "../support/redis";
import { freshPrefix, openConnection, openPresence } from "../support/redis-parts";

interface Subject {
  store: PresenceStore;
  close(): Promise<void>;
}

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

async function inMemory(): Promise<Subject> {
  return { store: new MemoryPresenceStore(), close: async () => undefined };
}

async function inRedis(): Promise<Subject> {
  const connection = await openConnection(redis.url, freshPrefix());
  const store = await openPresence(connection);
  const close = async () => {
    await store.close();
    await connection.close();
  };
  return { store, close };
}

function member(connectionId: string, connectedAt = 1_000): StreamMember {
  return {
    connectionId,
    userType: null,
    clientType: null,
    connectedAt,
    lastSeenAt: connectedAt,
  };
}

describe.each([
  ["in memory", inMemory],
  ["in Redis", inRedis],
])("presence store %s", (_name, open) => {
  let subject: Subject;
  let store: PresenceStore;
  beforeEach(async () => {
    subject = await open();
    store = subject.store;
  });
  afterEach(() => subject.close());

  const ids = async (stream: string) =>
    (await store.members(stream)).map(({ connectionId }) => connectionId);

  test("[STR2] members are those that joined and did not leave, longest here first", async () => {
    await store.join("s", member("late", 3_000));
    await store.join("s", member("early", 1_000));
    await store.join("s", member("middle", 2_000));
    expect(await ids("s")).toEqual(["early", "middle", "late"]);
    await store.leave("s", "middle");
    expect(await ids("s")).toEqual(["early", "late"]);
  });

  test("streams never meet", async () => {
    await store.join("ws/s", member("a"));
    await store.join("ws/s/x", member("b"));
    await store.join("other/s", member("c"));
    expect(await ids("ws/s")).toEqual(["a"]);
    expect(await ids("ws/s/x")).toEqual(["b"]);
    expect(await ids("other/s")).toEqual(["c"]);
    expect(await ids("ws")).toEqual([]);
  });

  test("a member says who it is, and stays as long connected", async () => {
    await store.join("s", member("a"));
    await store.identify("s", "a", "user", "web");
    expect(await store.members("s")).toEqual([
      { ...member("a"), userType: "user", clientType: "web", lastSeenAt: expect.any(Number) },
    ]);
  });

  test("[STR2] who is here was last seen now, without saying anything", async () => {
    const before = Date.now();
    await store.join("s", member("a"));
    const [found] = await store.members("s");
    // At the latest when its worker's heart last beat.
    expect(found?.lastSeenAt).toBeGreaterThan(before - 1_000);
  });

  test("identifying or leaving without having joined does nothing", async () => {
    await store.identify("s", "a", "user", "web");
    await store.leave("s", "a");
    await store.join("s", member("b"));
    await store.leave("other", "b");
    expect(await ids("s")).toEqual(["b"]);
    expect(await ids("other")).toEqual([]);
  });

  test("joining twice is being there once", async () => {
    await store.join("s", member("a"));
    await store.join("s", member("a"));
    expect(await ids("s")).toEqual(["a"]);
    await store.leave("s", "a");
    expect(await ids("s")).toEqual([]);
  });

  test("many at once are all there, and all gone", async () => {
    const many = Array.from({ length: 500 }, (_, index) => `c${index}`);
    await Promise.all(many.map((id) => store.join("s", member(id))));
    expect((await ids("s")).sort()).toEqual([...many].sort());
    await Promise.all(many.map((id) => store.leave("s", id)));
    expect(await ids("s")).toEqual([]);
  });

  test("nobody shares an object with the store", async () => {
    const given = member("a");
    await store.join("s", given);
    given.userType = "changed outside";
    const [found] = await store.members("s");
    expect(found?.userType).toBeNull();
    if (found) found.userType = "changed outside";
    expect((await store.members("s"))[0]?.userType).toBeNull();
  });
});
