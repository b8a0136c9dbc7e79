import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EMPTY_STATE, reduce, type ServerState, shownRevision } from "@/client/store";
import type { Audience, Viewer } from "@/core/audience";
import { type Broadcast, statusOf } from "@/core/broadcast";
import { visible } from "@/core/visibility";
import { aBroadcast, aViewer } from "@/tests/support/broadcasts";
import { LoneWorker } from "@/tests/support/lone-worker";
import { Wire } from "@/tests/support/wire";
import type { Connection } from "./connection";

/** Random schedules; the seed is printed with a counterexample. */
const RUNS = 2_000;
const CLIENTS = 4;

/** One recipient with the client's own reducer, that may be connected or not. */
class Client {
  state: ServerState = EMPTY_STATE;
  connection: Connection | null = null;
  /** (id, position) of each broadcast that was shown, to see that it never goes back. */
  readonly seen = new Map<string, number>();
  readonly acknowledged = new Map<string, number>();
  backwards = 0;
  constructor(public viewer: Viewer) {}

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

/** A worker with a crowd. */
class World extends LoneWorker {
  readonly clients = Array.from({ length: CLIENTS }, (_, n) => {
    // The first two are one recipient's devices.
    const subject = `u${Math.max(n, 1)}`;
    const roles = n % 2 === 0 ? ["admin"] : [];
    return new Client(aViewer({ recipient: `user:${subject}`, subject, roles }));
  });

  /** Another of the recipients signs in on the open connection. */
  signIn(client: Client, as: Client): void {
    const { connection } = client;
    if (connection?.state !== "open" || connection.held) return;
    client.forget();
    client.viewer = as.viewer;
    void this.hub.identify(connection, this.identity(as.viewer), as.viewer);
  }

  live(): Broadcast[] {
    return [...this.store.rows.values()].filter((row) => statusOf(row, this.store.now) === "live");
  }

  commit(heard: Heard, ...rows: Broadcast[]): void {
    if (heard === "never, of a newcomer") this.store.commitByNewcomer(...rows);
    else if (heard) this.feed.apply(this.store.commit(...rows));
    else this.store.commit(...rows);
  }

  connect(client: Client): void {
    if (client.connection) return;
    const wire = new Wire();
    wire.onFrame = (frame) => client.take(frame);
    const joining = this.join(client.viewer, wire, client.state.seq);
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

/** Whether the worker is told of a change; one that has just started may not know of a restore. */
type Heard = boolean | "never, of a newcomer";

type Step = (world: World) => void | Promise<void>;

const heard = fc.constantFrom<Heard>(true, false, "never, of a newcomer");
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

const signedIn: fc.Arbitrary<Step> = fc.tuple(client, client).map(([n, other]) => (world) => {
  const [who, as] = [world.clients[n], world.clients[other]];
  if (who && as) world.signIn(who, as);
});
const schedule = fc.array(
  fc.oneof(
    signedIn,
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
