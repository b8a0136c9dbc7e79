import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Broadcast } from "@/core/broadcast";
import { aBroadcast, aViewer } from "@/tests/support/broadcasts";
import { LoneWorker } from "@/tests/support/lone-worker";
import { Wire } from "@/tests/support/wire";

let worker: LoneWorker;

beforeEach(async () => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
  worker = new LoneWorker();
  await worker.start();
});
afterEach(async () => {
  await worker.stop();
  vi.useRealTimers();
});

const user = aViewer({ recipient: "user:u1", subject: "u1" });
const visitor = aViewer({ recipient: "anon:1", kind: "anonymous", subject: "1" });

function live(changes: Partial<Broadcast> = {}): Broadcast {
  const publishedAt = worker.store.now;
  return aBroadcast({ id: randomUUID(), workspaceId: "w1", publishedAt, ...changes });
}

function dismissed(row: Broadcast): Promise<unknown> {
  const { id: broadcastId, revision } = row;
  return worker.receipts.acknowledge([{ broadcastId, recipient: user.recipient, revision }]);
}

function later(ms = 100): Promise<unknown> {
  return vi.advanceTimersByTimeAsync(ms);
}

/** Longer than a load waits for others to share it. */
function inAWhile(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** A promise that the test resolves. */
function aGate() {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

function typesOf(wire: Wire): string[] {
  return wire.frames.map(({ type }) => type);
}

test("[ACK3] who signs in on an open connection is not shown what they have dismissed", async () => {
  const [known, news] = [live(), live()];
  worker.feed.apply(worker.store.commit(known));
  await dismissed(known);
  const wire = new Wire();
  const joining = worker.join(visitor, wire);
  await later();
  const connection = await joining;
  const { open, opened } = aGate();
  worker.receipts.beforeLoad = () => opened;
  const identified = worker.hub.identify(connection, worker.identity(user), user);
  const before = wire.frames.length;
  // The pump passes by while the user's dismissals are being read.
  worker.feed.apply(worker.store.commit(news));
  worker.hub.showAgain(connection);
  await later();
  expect(wire.frames).toHaveLength(before);
  open();
  await later();
  await identified;
  expect(wire.frames.slice(before)).toMatchObject([
    { type: "connected", user_id: "u1", active: [{ id: news.id }] },
    { type: "active_broadcast", broadcast: { id: news.id } },
  ]);
});

test("a connection that ends while somebody signs in on it leaves nothing behind", async () => {
  const joining = worker.join(visitor, new Wire());
  await later();
  const connection = await joining;
  worker.hub.leave(connection);
  await worker.hub.identify(connection, worker.identity(user), user);
  expect(worker.hub.registry.isEmpty).toBe(true);
});

test("[PUB6] [ACK2] a client ahead of this worker finds it caught up, with what it dismissed there", async () => {
  const row = live();
  worker.store.commit(row);
  await dismissed(row);
  const position = worker.store.position.bind(worker.store);
  worker.store.position = () => inAWhile().then(position);
  const wire = new Wire();
  const joining = worker.join(user, wire, 1);
  await later();
  await joining;
  expect(wire.frames).toMatchObject([{ type: "connected", seq: 1, active: [] }]);
});

test("[PUB6] [DEG8] many clients ahead of this worker share one look, and all of them wait for it", async () => {
  const wires = Array.from({ length: 20 }, () => new Wire());
  const looks = worker.store.calls.position;
  worker.store.commit(live());
  const joining = wires.map((wire) => worker.join(aViewer({ recipient: randomUUID() }), wire, 1));
  await later();
  await Promise.all(joining);
  for (const wire of wires) expect(typesOf(wire)).toEqual(["connected", "active_broadcast"]);
  expect(worker.store.calls.position).toBe(looks + 1);
  // A position that nobody has makes it look again, but not at once for each.
  worker.store.commit(live());
  const next = [1, 2, 3].map(() => worker.join(user, new Wire(), 9_999));
  await later(200);
  expect((await Promise.all(next)).map(({ shown }) => shown.entries.length)).toEqual([2, 2, 2]);
  expect(worker.store.calls.position).toBe(looks + 2);
});

test("[PUB6] [ACK2] after another history has begun all is shown anew, less what is dismissed in it", async () => {
  const [edited, cleared] = [live(), live()];
  worker.feed.apply(worker.store.commit(edited, cleared));
  await dismissed(cleared);
  const backup = { rows: new Map(worker.store.rows), seq: worker.store.seq };
  worker.feed.apply(worker.store.commit({ ...edited, revision: 2, showFromRevision: 2 }));
  const gone = { clearedAt: worker.store.now, clearedReason: "cleared" } as const;
  worker.feed.apply(worker.store.commit({ ...cleared, ...gone }));
  // Longer ago than the look for missed dismissals reaches back.
  await later(20_000);
  const wire = new Wire();
  const joining = worker.join(user, wire);
  await later();
  await joining;
  expect(wire.frames).toMatchObject([{ type: "connected" }, { broadcast: { revision: 2 } }]);
  const before = wire.frames.length;
  const { epoch } = worker.feed.position;
  Object.assign(worker.store, backup);
  await later(5_500);
  expect(worker.feed.position.epoch).not.toBe(epoch);
  expect(wire.frames.slice(before)).toMatchObject([
    { type: "connected", epoch: worker.feed.position.epoch, active: [{ id: edited.id }] },
    { type: "active_broadcast", broadcast: { id: edited.id, revision: 1 } },
  ]);
});

test("one that cannot be let in leaves nothing behind, whatever it still waits for", async () => {
  worker.feed.apply(worker.store.commit(live()));
  const { open, opened } = aGate();
  worker.receipts.beforeLoad = () => opened;
  vi.spyOn(worker.sessions, "opened").mockRejectedValue(new Error("no"));
  const wire = new Wire();
  const joining = worker.join(user, wire);
  await expect(joining).rejects.toThrow("no");
  expect(worker.hub.registry.isEmpty).toBe(true);
  open();
  await later();
  expect(wire.frames).toEqual([]);
});

test("[DEG5] a database that does not answer holds nobody up, and corrects them when it does", async () => {
  const row = live();
  worker.feed.apply(worker.store.commit(row));
  await dismissed(row);
  const { open, opened } = aGate();
  worker.receipts.beforeLoad = () => opened;
  const wire = new Wire();
  const joining = worker.join(user, wire);
  await later(2_100);
  await joining;
  expect(wire.frames).toMatchObject([
    { type: "connected", acks: "unknown", active: [{ id: row.id }] },
    { type: "active_broadcast" },
  ]);
  open();
  await later();
  expect(wire.frames.slice(2)).toMatchObject([{ type: "connected", active: [] }]);
  expect(wire.frames[2]).not.toHaveProperty("acks");
});

test("[DEG5] a database that is known to be away is not waited for", async () => {
  worker.feed.apply(worker.store.commit(live()));
  worker.store.away = true;
  await worker.feed.check();
  worker.receipts.beforeLoad = () => new Promise(() => {});
  const wire = new Wire();
  void worker.join(user, wire);
  await later(50);
  expect(typesOf(wire)).toEqual(["connected", "active_broadcast"]);
});

test("[DEG8] a burst of connections reads its acknowledgements in one query", async () => {
  worker.feed.apply(worker.store.commit(live()));
  const joining = Array.from({ length: 1_000 }, (_, n) =>
    worker.join(aViewer({ recipient: `user:${n}`, subject: `${n}` }), new Wire()),
  );
  await later();
  await Promise.all(joining);
  expect(worker.receipts.loads).toBe(1);
});
