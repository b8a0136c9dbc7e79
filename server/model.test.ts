import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EMPTY_STATE, reduce, type ServerState, shownRevision } from "@/client/store";
import type { Audience, Viewer } from "@/core/audience";
import { type Broadcast, statusOf } from "@/core/broadcast";
import { visible } from "@/core/visibility";
import { Acknowledgements } from "@/lib/acknowledgements";
import { MemoryMessageBroker } from "@/lib/adapters/memory/memory-message-broker";
import { MemorySessionStore } from "@/lib/adapters/memory/memory-session-store";
import { Feed } from "@/lib/feed";
import type { Acknowledgement, RecipientException } from "@/lib/ports/receipt-store";
import { aBroadcast, aViewer } from "@/tests/support/broadcasts";
import { FakeFeedSource } from "@/tests/support/fake-broadcast-store";
import { Wire } from "@/tests/support/wire";
import type { Connection } from "./connection";
import { Hub } from "./hub";

/** Random schedules; the seed is printed with a counterexample. */
const RUNS = 2_000;
const CLIENTS = 4;
const logger = pino({ level: "silent" });

/** The database's acknowledgements, in memory. */
class FakeReceipts {
  readonly rows = new Map<string, Acknowledgement & { at: number }>();
  constructor(readonly now: () => number) {}

  async acknowledge(batch: readonly Acknowledgement[]) {
    for (const item of batch) {
      const key = `${item.broadcastId} ${item.recipient}`;
      const revision = Math.max(item.revision, this.rows.get(key)?.revision ?? 0);
      this.rows.set(key, { ...item, revision, at: this.now() });
    }
    return batch.map(() => "durable" as const);
  }

  async acknowledgedSince(since: number) {
    return [...this.rows.values()].filter(({ at }) => at >= since);
  }

  async exceptionsOf(recipients: readonly string[]) {
    return new Map(recipients.map((recipient) => [recipient, this.of(recipient)]));
  }

  of(recipient: string): RecipientException[] {
    return [...this.rows.values()]
      .filter((row) => row.recipient === recipient)
      .map(({ broadcastId, revision }) => ({
        broadcastId,
        acknowledgedRevision: revision,
        snoozedUntil: null,
      }));
  }
}

/** One recipient with the client's own reducer, that may be connected or not. */
class Client {
  state: ServerState = EMPTY_STATE;
  connection: Connection | null = null;
  /** (id, position) of each broadcast that was shown, to see that it never goes back. */
  readonly seen = new Map<string, number>();
  readonly acknowledged = new Map<string, number>();
  backwards = 0;
  constructor(readonly viewer: Viewer) {}

  /** What the server described, less what it said is acknowledged. */
  get ids(): string[] {
    return this.state.broadcasts
      .filter((shown) => (this.acknowledged.get(shown.id) ?? 0) < shownRevision(shown))
      .map(({ id }) => id)
      .sort();
  }

  forget(): void {
    this.state = EMPTY_STATE;
    this.acknowledged.clear();
    this.seen.clear();
  }

  take(frame: Parameters<typeof reduce>[1]): void {
    const { epoch } = this.state;
    this.state = reduce(this.state, frame);
    // Positions of one history say nothing about those of another.
    if (this.state.epoch !== epoch) this.seen.clear();
    if (frame.type === "broadcast_acknowledged") {
      const before = this.acknowledged.get(frame.broadcast_id) ?? 0;
      this.acknowledged.set(frame.broadcast_id, Math.max(before, frame.revision));
    }
    for (const { id, seq } of this.state.broadcasts) {
      if (seq < (this.seen.get(id) ?? Number.NEGATIVE_INFINITY)) this.backwards += 1;
      this.seen.set(id, seq);
    }
  }
}

/** A worker as it is, on a database of arrays, with a crowd. */
class World {
  readonly store = new FakeFeedSource();
  readonly receipts = new FakeReceipts(() => this.store.now);
  readonly broker = new MemoryMessageBroker();
  readonly feed = new Feed({ store: this.store, logger, brokerHealthy: () => true });
  readonly acknowledgements = new Acknowledgements({
    feed: this.feed,
    broadcasts: { find: async (_, id) => this.store.rows.get(id) ?? null },
    receipts: this.receipts,
    broker: this.broker,
    workerId: "w",
    logger,
  });
  readonly hub = new Hub({
    feed: this.feed,
    sessions: new MemorySessionStore({ workerId: "w", nodeId: "n", version: "0", ttlS: 60 }),
    receipts: this.receipts,
    receiptQueue: { addDelivered: () => {} },
    acknowledgements: this.acknowledgements,
    authenticator: {
      isRevoked: () => false,
      recheck: async () => "valid",
      issueSession: () => "token",
    },
    missed: { count: async () => 0 },
    logger,
    workerId: "w",
  });
  readonly clients = Array.from({ length: CLIENTS }, (_, n) => {
    // The first two are one recipient's devices.
    const subject = `u${Math.max(n, 1)}`;
    const roles = n % 2 === 0 ? ["admin"] : [];
    return new Client(aViewer({ recipient: `user:${subject}`, subject, roles }));
  });

  async start(): Promise<void> {
    await this.feed.start();
    this.store.reached = () => this.feed.position;
    await this.acknowledgements.start();
  }

  async stop(): Promise<void> {
    this.hub.close();
    await this.acknowledgements.close();
    await this.feed.close();
  }

  live(): Broadcast[] {
    return [...this.store.rows.values()].filter((row) => statusOf(row, this.store.now) === "live");
  }

  commit(heard: boolean, ...rows: Broadcast[]): void {
    const change = this.store.commit(...rows);
    if (heard) this.feed.apply(change);
  }

  connect(client: Client): void {
    if (client.connection) return;
    const wire = new Wire();
    wire.onFrame = (frame) => client.take(frame);
    const identity = {
      kind: "recipient",
      workspace: this.store.workspace,
      viewer: client.viewer,
      sessionId: null,
      expiresAt: null,
      mergeFrom: null,
    } as const;
    const joining = this.hub.join(
      {
        ws: { close: () => undefined },
        socket: wire,
        workspaceId: "w1",
        sessionId: randomUUID(),
        viewer: client.viewer,
        identity,
        address: "",
        client: null,
        traffic: this.hub.traffic,
      },
      client.state.seq,
    );
    // Known at once, so that it can be cut off while it is still joining.
    client.connection = [...this.hub.registry.connections].at(-1) ?? null;
    joining.catch(() => undefined);
  }

  disconnect(client: Client): void {
    if (client.connection) this.hub.leave(client.connection);
    client.connection = null;
  }

  dismiss(client: Client, pick: number): void {
    const shown = client.state.broadcasts[pick % Math.max(client.state.broadcasts.length, 1)];
    if (!shown || !client.connection) return;
    this.acknowledgements
      .acknowledge("w1", client.viewer, shown.id, shown.revision)
      // Cleared or made undismissible meanwhile: a final answer too.
      .catch(() => undefined);
  }
}

type Step = (world: World) => void | Promise<void>;

const heard = fc.boolean();
const pick = fc.nat(20);

const published: fc.Arbitrary<Step> = fc
  .record({
    heard,
    audience: fc.constantFrom<Audience | null>(null, { roles: ["admin"] }, { include: ["u1"] }),
    dismissible: fc.constantFrom(true, true, false),
    replace: fc.constantFrom(false, false, true),
    startsIn: fc.constantFrom(null, null, 500, 3_000),
    endsIn: fc.constantFrom(null, null, null, 800, 120_000),
  })
  .map((options) => (world: World) => {
    const { now } = world.store;
    const row = aBroadcast({
      id: randomUUID(),
      workspaceId: "w1",
      audience: options.audience,
      dismissible: options.dismissible,
      publishedAt: now,
      startsAt: options.startsIn === null ? null : now + options.startsIn,
      endsAt: options.endsIn === null ? null : now + (options.startsIn ?? 0) + options.endsIn,
    });
    const replaced = options.replace && options.startsIn === null ? world.live() : [];
    const cleared = replaced.map((other) => ({
      ...other,
      clearedAt: now,
      clearedReason: "replaced" as const,
    }));
    world.commit(options.heard, ...cleared, row);
  });

const edited: fc.Arbitrary<Step> = fc
  .record({ heard, pick, again: fc.boolean(), toAdmins: fc.boolean() })
  .map((options) => (world: World) => {
    const live = world.live();
    const row = live[options.pick % Math.max(live.length, 1)];
    if (!row) return;
    const revision = row.revision + 1;
    world.commit(options.heard, {
      ...row,
      revision,
      showFromRevision: options.again ? revision : row.showFromRevision,
      audience: options.toAdmins ? { roles: ["admin"] } : row.audience,
    });
  });

const cleared: fc.Arbitrary<Step> = fc.record({ heard, pick }).map((options) => (world: World) => {
  const live = world.live();
  const row = live[options.pick % Math.max(live.length, 1)];
  if (row) {
    world.commit(options.heard, { ...row, clearedAt: world.store.now, clearedReason: "cleared" });
  }
});

const backedUp: fc.Arbitrary<Step> = fc.constant((world: World) => world.store.backUp());
/** Takes longer than any answer that was on its way. */
const restored: fc.Arbitrary<Step> = fc.constant(async (world: World) => {
  await vi.advanceTimersByTimeAsync(10);
  world.store.restore();
});

const client = fc.nat(CLIENTS - 1);
const come: fc.Arbitrary<Step> = client.map((n) => (world) => {
  const who = world.clients[n];
  if (who) world.connect(who);
});
const go: fc.Arbitrary<Step> = client.map((n) => (world) => {
  const who = world.clients[n];
  if (who) world.disconnect(who);
});
const dismissed: fc.Arbitrary<Step> = fc.tuple(client, pick).map(([n, which]) => (world) => {
  const who = world.clients[n];
  if (who) world.dismiss(who, which);
});
const passed: fc.Arbitrary<Step> = fc
  .constantFrom(0, 1, 3, 6, 30, 400, 2_000, 20_000)
  .map((ms) => async () => {
    await vi.advanceTimersByTimeAsync(ms);
  });

/**
 * Comes back on a new device, after longer than catching up reaches back: what it dismissed is
 * only in the database.
 */
const returned: fc.Arbitrary<Step> = client.map((n) => async (world) => {
  const who = world.clients[n];
  if (!who) return;
  await vi.advanceTimersByTimeAsync(100);
  world.disconnect(who);
  await vi.advanceTimersByTimeAsync(20_000);
  who.forget();
  world.connect(who);
});

const schedule = fc.array(
  fc.oneof(
    returned,
    backedUp,
    restored,
    published,
    edited,
    cleared,
    come,
    come,
    go,
    dismissed,
    dismissed,
    passed,
    passed,
  ),
  // Without `size` most schedules would be too short for anything to be dismissed.
  { minLength: 1, maxLength: 40, size: "max" },
);

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

test("[PUB6] [ACK2] publish, edit, clear, dismiss, connect and restore in any order end in the database's state", async () => {
  await fc.assert(
    fc.asyncProperty(schedule, async (steps) => {
      const world = new World();
      await world.start();
      for (const step of steps) await step(world);
      for (const who of world.clients) world.connect(who);
      // What was not heard is found by the next check, dismissals by the next look.
      await vi.advanceTimersByTimeAsync(5_500);
      for (const who of world.clients) {
        const exceptions = new Map(
          world.receipts.of(who.viewer.recipient).map((one) => [one.broadcastId, one]),
        );
        const rows = [...world.store.rows.values()];
        const wanted = visible(rows, who.viewer, exceptions, world.store.now);
        expect(who.ids).toEqual(wanted.map(({ id }) => id).sort());
        for (const { id, revision } of wanted) {
          expect(who.state.broadcasts.find((shown) => shown.id === id)?.revision).toBe(revision);
        }
        expect(who.backwards).toBe(0);
      }
      await world.stop();
    }),
    { numRuns: RUNS },
  );
}, 120_000);
