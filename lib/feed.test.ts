import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aBroadcast, aViewer } from "@/tests/support/broadcasts";
import { FakeFeedSource } from "@/tests/support/fake-broadcast-store";
import { Feed } from "./feed";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let store: FakeFeedSource;
let feed: Feed;
let brokerHealthy: boolean;

/** A published broadcast of the fake's workspace. */
function published(changes: Parameters<typeof aBroadcast>[0] = {}) {
  return aBroadcast({
    id: randomUUID(),
    workspaceId: "w1",
    publishedAt: store.now - 1_000,
    wentLiveAt: store.now - 1_000,
    startsAt: null,
    endsAt: null,
    ...changes,
  });
}

function ids(): string[] {
  return feed.broadcastsOf("w1").map((broadcast) => broadcast.id);
}

beforeEach(async () => {
  vi.useFakeTimers();
  brokerHealthy = true;
  store = new FakeFeedSource();
  feed = new Feed({
    store,
    logger: pino({ level: "silent" }),
    brokerHealthy: () => brokerHealthy,
  });
});

afterEach(async () => {
  await feed.close();
  vi.useRealTimers();
});

/** The feed has seen an edit that a restored backup does not know. Says what was before it. */
async function restoreLosingAnEdit() {
  const [row] = store.commit(published()).broadcasts;
  if (!row) throw new Error("nothing was published");
  store.backUp();
  await feed.start();
  feed.apply(store.commit({ ...row, message: "Lost" }));
  const { epoch } = store;
  store.restore();
  return { row, epoch };
}

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

describe("a change message", () => {
  test("that continues the position is applied without a query", async () => {
    await feed.start();
    const change = store.commit(published());
    expect(feed.apply(change)).toBe("applied");
    expect(ids()).toEqual([change.broadcasts[0]?.id]);
    expect(store.calls.loadFeed).toBe(1);
  });

  test("[PUB6] tells what the database has at its position, and at no other", async () => {
    await feed.start();
    const first = store.commit(published());
    feed.apply(first);
    const here = { epoch: store.epoch, seq: store.seq, changeId: store.changeId };
    expect(feed.broadcastsAt(here, "w1")?.map(({ id }) => id)).toEqual(ids());
    for (const elsewhere of [{ epoch: "e" }, { seq: here.seq + 1 }, { changeId: "c" }]) {
      expect(feed.broadcastsAt({ ...here, ...elsewhere }, "w1")).toBeNull();
    }
    // From a worker that does not say which change it is.
    feed.apply({ ...store.commit(published()), changeId: undefined });
    const there = { epoch: store.epoch, seq: store.seq, changeId: store.changeId };
    expect(feed.broadcastsAt(there, "w1")).toBeNull();
  });

  test("[BC6] keeps what has ended before anybody wrote down that it replaced others", async () => {
    await feed.start();
    const [startsAt, endsAt] = [store.now - 20, store.now - 10];
    const owing = published({ replace: true, wentLiveAt: null, startsAt, endsAt });
    feed.apply(store.commit(owing, published({ startsAt, endsAt })));
    expect(ids()).toEqual([owing.id]);
  });

  test("that is older is ignored", async () => {
    const change = store.commit(published());
    await feed.start();
    const { version } = feed;
    expect(feed.apply(change)).toBe("stale");
    expect(feed.version).toBe(version);
  });

  test("[PUB6] after a missed one makes the feed load everything", async () => {
    await feed.start();
    store.commit(published());
    const second = store.commit(published());
    expect(feed.apply(second)).toBe("doubt");
    await feed.catchUp({ epoch: second.epoch, seq: second.to });
    expect(ids()).toHaveLength(2);
    expect(feed.position.seq).toBe(2);
  });

  test("[PUB6] of another epoch makes the feed load everything", async () => {
    store.commit(published());
    await feed.start();
    store.epoch = "11111111-1111-4111-8111-111111111111";
    store.rows.clear();
    const change = store.commit(published());
    expect(feed.apply(change)).toBe("doubt");
    await feed.catchUp({ epoch: change.epoch, seq: change.to });
    expect(ids()).toEqual([change.broadcasts[0]?.id]);
  });

  test("[PUB6] of a restored backup makes it look at once, though the position is an old one", async () => {
    for (let n = 0; n < 3; n += 1) store.commit(published());
    await feed.start();
    const { epoch } = feed.position;
    const lost = [...store.rows.keys()].slice(1);
    for (const id of lost) store.rows.delete(id);
    store.seq = 1;
    expect(feed.apply(store.commit(published()))).toBe("stale");
    // By now it counts as far as it ever did: only what it holds tells.
    feed.apply(store.commit(published()));
    await pass(1);
    expect(ids().sort()).toEqual([...store.rows.keys()].sort());
    expect(feed.position).toMatchObject({ seq: 3 });
    // What clients saw of the lost history gives way.
    expect(feed.position.epoch).not.toBe(epoch);
  });

  test("[PUB6] after a gap that a restored backup made ends in the backup's state", async () => {
    for (let n = 0; n < 3; n += 1) store.commit(published());
    await feed.start();
    for (const id of [...store.rows.keys()].slice(1)) store.rows.delete(id);
    store.seq = 1;
    await feed.reload("test");
    expect(ids()).toEqual([...store.rows.keys()]);
    expect(feed.position).toEqual({ epoch: store.epoch, seq: 1 });
    expect(store.calls).toMatchObject({ loadFeed: 3, renewEpoch: 1 });
  });

  test("that is older and known costs no query", async () => {
    await feed.start();
    const change = store.commit(published());
    feed.apply(change);
    expect(feed.apply(change)).toBe("stale");
    await pass(1);
    expect(store.calls).toMatchObject({ position: 0, fingerprint: 0 });
  });

  test("applied while a load runs is not undone by the load's older answer", async () => {
    await feed.start();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const loadFeed = store.loadFeed.bind(store);
    store.loadFeed = async () => {
      const answer = await loadFeed();
      await held;
      return answer;
    };
    const loading = feed.reload("test");
    const change = store.commit(published());
    feed.apply(change);
    release();
    await loading;
    expect(ids()).toEqual([change.broadcasts[0]?.id]);
    expect(feed.position.seq).toBe(1);
  });

  test("that clears a broadcast takes it out and remembers why", async () => {
    const shown = published();
    store.commit(shown);
    await feed.start();
    const cleared = { ...shown, clearedAt: store.now, clearedReason: "replaced" as const };
    feed.apply(store.commit(cleared));
    expect(ids()).toEqual([]);
    expect(feed.reasonFor("w1", shown.id)).toBe("replaced");
  });
});

describe("what no message told", () => {
  test("[PUB6] is found within 5 s", async () => {
    await feed.start();
    store.commit(published());
    await pass(5_000);
    expect(ids()).toHaveLength(1);
  });

  test("[DEG2] is found within a second while the broker is away", async () => {
    await feed.start();
    brokerHealthy = false;
    feed.reconsiderInterval();
    await pass(0);
    store.commit(published());
    await pass(1_000);
    expect(ids()).toHaveLength(1);
  });

  test("costs one cheap statement a check while nothing changes", async () => {
    await feed.start();
    await pass(25_000);
    expect(store.calls).toEqual({ loadFeed: 1, position: 5, fingerprint: 0, renewEpoch: 0 });
  });

  test("[PUB6] a restored database gets a new epoch and the feed its state", async () => {
    store.commit(published());
    const kept = [...store.rows.keys()];
    store.commit(published());
    await feed.start();
    const { epoch } = store;
    store.rows = new Map([...store.rows].filter(([id]) => kept.includes(id)));
    store.seq = 1;
    await pass(5_000);
    expect(store.epoch).not.toBe(epoch);
    expect(feed.position).toMatchObject({ epoch: store.epoch, seq: 1 });
    expect(ids()).toEqual(kept);
  });

  test("[PUB6] a restored database is found out also where its counter has come further since", async () => {
    const { row, epoch } = await restoreLosingAnEdit();
    for (let n = 0; n < 3; n += 1) store.commit(published());
    await pass(5_000);
    expect(feed.position).toEqual({ epoch: store.epoch, seq: 4 });
    expect(store.epoch).not.toBe(epoch);
    expect(feed.find("w1", row.id)?.message).toBe(row.message);
    expect(ids()).toHaveLength(4);
  });

  test("[PUB6] a restored database is found out within 5 s also where it counts exactly as far", async () => {
    const { row, epoch } = await restoreLosingAnEdit();
    const other = store.commitByNewcomer(published()).broadcasts;
    await pass(5_000);
    expect(feed.position).toEqual({ epoch: store.epoch, seq: 2 });
    expect(store.epoch).not.toBe(epoch);
    expect(ids().sort()).toEqual([row.id, ...other.map(({ id }) => id)].sort());
    expect(feed.find("w1", row.id)?.message).toBe(row.message);
    expect(store.calls.fingerprint).toBe(0);
  });

  test("[PUB6] what had been cleared and is back with a backup is of another history", async () => {
    const [row] = store.commit(published()).broadcasts;
    if (!row) throw new Error("nothing was published");
    store.backUp();
    await feed.start();
    feed.apply(store.commit({ ...row, clearedAt: store.now, clearedReason: "cleared" }));
    const { epoch } = store;
    store.restore();
    for (let n = 0; n < 3; n += 1) store.commitByNewcomer(published());
    await pass(5_000);
    expect(ids()).toHaveLength(4);
    expect(feed.position.epoch).not.toBe(epoch);
  });

  test("[PUB6] a change that continues a restored database, exactly as far, makes it load everything", async () => {
    await feed.start();
    const { epoch } = store;
    store.backUp();
    feed.apply(store.commit(published()));
    store.restore();
    const first = store.commitByNewcomer(published());
    const second = store.commitByNewcomer(published());
    expect(feed.apply(second)).toBe("doubt");
    await pass(1);
    expect(ids()).toEqual([...first.broadcasts, ...second.broadcasts].map(({ id }) => id));
    expect(feed.position.epoch).not.toBe(epoch);
  });

  test("[DEG9] a change of a version that gives it no id is no other history", async () => {
    await feed.start();
    const { epoch } = store;
    const { changeId: _, ...change } = store.commit(published());
    // Nor does that version write one down.
    store.changeId = randomUUID();
    feed.apply(change);
    await pass(10_000);
    feed.apply(store.commit(published()));
    await pass(5_000);
    expect(store.epoch).toBe(epoch);
    expect(store.calls).toMatchObject({ loadFeed: 1, renewEpoch: 0 });
  });

  test("[DEG9] after such a change, a restored database is found out as ever", async () => {
    await feed.start();
    const { changeId: _, ...change } = store.commit(published());
    feed.apply(change);
    await pass(5_000);
    // In its place, of the same length.
    store.commitByNewcomer();
    await pass(5_000);
    expect(store.calls.renewEpoch).toBe(1);
  });

  test("[PUB6] rows that differ at the same position are found within 35 s", async () => {
    const row = published();
    store.commit(row);
    await feed.start();
    store.rows.set(row.id, { ...row, seq: 1, changeId: "other", message: "Changed" });
    await pass(35_000);
    expect(feed.find("w1", row.id)?.message).toBe("Changed");
  });
});

describe("time", () => {
  test("[BC8] a start advances the version by itself", async () => {
    store.commit(published({ startsAt: store.now + 90_000, wentLiveAt: null }));
    await feed.start();
    const { version } = feed;
    await pass(89_000);
    expect(feed.version).toBe(version);
    await pass(1_500);
    expect(feed.version).toBe(version + 1);
  });

  test("[BC8] a start 60 days ahead, beyond the longest timer there is, comes once, in time", async () => {
    await feed.close();
    // A check each day: here it is timers that must get there.
    const intervals = { checkMs: DAY_MS, auditMs: DAY_MS };
    const logger = pino({ level: "silent" });
    feed = new Feed({ store, logger, brokerHealthy: () => brokerHealthy, intervals });
    const startsAt = store.now + 60 * DAY_MS;
    store.commit(published({ startsAt, wentLiveAt: null }));
    await feed.start();
    const { version } = feed;
    await pass(startsAt - store.now - 1_000);
    expect(feed.version).toBe(version);
    expect(feed.visibleTo("w1", aViewer(), [])).toEqual([]);
    await pass(1_100);
    expect(feed.version).toBe(version + 1);
    expect(feed.visibleTo("w1", aViewer(), [])).toHaveLength(1);
  });

  test("[BC8] an end advances the version and is the reason", async () => {
    const row = published({ endsAt: store.now + HOUR_MS });
    store.commit(row);
    await feed.start();
    const { version } = feed;
    await pass(HOUR_MS + 500);
    expect(feed.version).toBeGreaterThan(version);
    expect(feed.reasonFor("w1", row.id)).toBe("ended");
  });

  test("[BC8] is the database's, whatever this machine's clock says", async () => {
    vi.setSystemTime(new Date("2001-01-01"));
    await feed.start();
    expect(Math.abs(feed.now() - store.now)).toBeLessThan(50);
  });
});

describe("a clock measured over a slow answer", () => {
  test("[PUB1] does not take for scheduled what has just been published", async () => {
    await feed.start();
    const written = store.now + 40;
    const change = store.commit(
      published({ publishedAt: written, wentLiveAt: written, updatedAt: written }),
    );
    feed.apply(change);
    expect(feed.now()).toBeGreaterThanOrEqual(written);
    expect(feed.visibleTo("w1", aViewer(), [])).toHaveLength(1);
  });
});

describe("a clock that a quick answer has set", () => {
  test("[BC8] is not spoilt by a slow one", async () => {
    await feed.start();
    const position = store.position.bind(store);
    store.position = async () => {
      const answer = await position();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      return answer;
    };
    await pass(8_000);
    expect(store.calls.position).toBe(1);
    expect(Math.abs(feed.now() - store.now)).toBeLessThan(1);
  });

  test("[BC8] follows the database's when that is set", async () => {
    await feed.start();
    const position = store.position.bind(store);
    store.position = async () => ({ ...(await position()), now: store.now - 90_000 });
    await pass(5_000);
    expect(Math.abs(feed.now() - (store.now - 90_000))).toBeLessThan(1);
  });
});

describe("the database away", () => {
  test("[DEG5] keeps what is known, says so once, and is noticed again when back", async () => {
    store.commit(published());
    await feed.start();
    const seen: boolean[] = [];
    feed.onDatabaseHealth((healthy) => seen.push(healthy));
    store.away = true;
    await pass(5_000);
    await pass(3_000);
    expect(ids()).toHaveLength(1);
    expect(seen).toEqual([false]);
    store.away = false;
    store.commit(published());
    await pass(1_000);
    expect(seen).toEqual([false, true]);
    expect(ids()).toHaveLength(2);
  });

  test("[SEC3] missed control entries are told as unknown", async () => {
    await feed.start();
    const told: unknown[] = [];
    feed.onControl((entries) => told.push(entries));
    store.seq += 1;
    await pass(5_000);
    expect(told).toEqual(["unknown"]);
  });

  test("[SEC3] so are those of a restored database that counts exactly as far", async () => {
    await feed.start();
    const told: unknown[] = [];
    feed.onControl((entries) => told.push(entries));
    store.commitByNewcomer();
    await feed.reload("test");
    expect(told).toEqual(["unknown"]);
  });
});
