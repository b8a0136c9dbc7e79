import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServerFrame, WireBroadcast } from "@/core/protocol";
import {
  EMPTY_STATE,
  nextChangeAt,
  type OwnExceptions,
  reduce,
  type ServerState,
  snoozeKey,
  visibleBanners,
} from "./store";
import { aBroadcast } from "./testing/a-broadcast";

const NOTHING: OwnExceptions = { dismissed: {}, snoozed: {} };
const IDS = ["a", "b", "c", "d"];

const broadcasts = fc
  .record({
    id: fc.constantFrom(...IDS),
    seq: fc.nat(50),
    revision: fc.integer({ min: 1, max: 5 }),
  })
  .map((fields) => aBroadcast(fields));

const cleared = (id: string, seq: number): ServerFrame => ({
  type: "broadcast_cleared",
  message: "Active broadcast has been cleared",
  broadcast_id: id,
  reason: "cleared",
  seq,
});

function connected(live: readonly WireBroadcast[], epoch: string, seq: number): ServerFrame {
  return {
    type: "connected",
    message: "Connected to broadcast live updates",
    protocol: 1,
    workspace: "default",
    session_id: "s",
    session_token: "t",
    connection_id: "c",
    worker_id: "w",
    user_id: null,
    epoch,
    seq,
    server_time: "2026-11-21T12:00:00.000Z",
    ping_interval_ms: 30_000,
    active: live.map(({ id, revision }) => ({ id, revision })),
    missed: 0,
    stack_size: 1,
  };
}

const frames: fc.Arbitrary<ServerFrame> = fc.oneof(
  broadcasts.map((broadcast): ServerFrame => ({ type: "new_broadcast", broadcast })),
  broadcasts.map((broadcast): ServerFrame => ({ type: "broadcast_updated", broadcast })),
  broadcasts.map((broadcast): ServerFrame => ({ type: "active_broadcast", broadcast })),
  fc.tuple(fc.constantFrom(...IDS), fc.nat(50)).map(([id, seq]) => cleared(id, seq)),
  fc
    .tuple(fc.uniqueArray(broadcasts, { selector: ({ id }) => id }), fc.constantFrom("e1", "e2"))
    .map(([live, epoch]) => connected(live, epoch, 50)),
);

const replay = (all: readonly ServerFrame[], from: ServerState = EMPTY_STATE) =>
  all.reduce<ServerState>(reduce, from);

const byId = (a: WireBroadcast, b: WireBroadcast) => (a.id < b.id ? -1 : 1);

describe("the state of a client", () => {
  test("[PUB6] ends in the server's state after a reconnect, whatever came, was lost or repeated before", () => {
    fc.assert(
      fc.property(
        fc.array(frames, { maxLength: 30 }),
        fc.uniqueArray(broadcasts, { selector: ({ id }) => id }),
        fc.constantFrom("e1", "e2", "e3"),
        (before, live, epoch) => {
          // The server's own state is the newest there is in its epoch.
          const present = live.map((broadcast) => ({ ...broadcast, seq: broadcast.seq + 51 }));
          const after = replay([
            ...before,
            connected(present, epoch, 101),
            ...present.map((broadcast): ServerFrame => ({ type: "active_broadcast", broadcast })),
          ]);
          expect([...after.broadcasts].sort(byId)).toEqual([...present].sort(byId));
          expect(after.epoch).toBe(epoch);
        },
      ),
    );
  });

  test("[PUB6] only moves forward for each broadcast within an epoch", () => {
    fc.assert(
      fc.property(fc.array(broadcasts, { minLength: 1 }), (all) => {
        const state = replay(all.map((broadcast) => ({ type: "broadcast_updated", broadcast })));
        for (const { id, seq } of state.broadcasts) {
          const highest = Math.max(...all.filter((one) => one.id === id).map((one) => one.seq));
          expect(seq).toBe(highest);
        }
        expect(state.seq).toBe(Math.max(...all.map(({ seq }) => seq)));
      }),
    );
  });

  test("[PUB6] takes another epoch's lower position for the newer one, without a gap on screen", () => {
    const old = aBroadcast({ id: "a", seq: 40, message: "old" });
    const restored = aBroadcast({ id: "a", seq: 7, message: "restored" });
    const before = replay([connected([old], "e1", 40), { type: "new_broadcast", broadcast: old }]);
    const between = reduce(before, connected([restored], "e2", 7));
    expect(between.broadcasts.map(({ message }) => message)).toEqual(["old"]);
    expect(between.seq).toBe(7);
    const after = reduce(between, { type: "active_broadcast", broadcast: restored });
    expect(after.broadcasts).toEqual([restored]);
  });

  test("takes the same position again: a snooze is no change of the broadcast", () => {
    const broadcast = aBroadcast({ id: "a" });
    const snoozed = { ...broadcast, snoozed_until: "2026-11-21T13:00:00.000Z" };
    const state = replay([
      { type: "new_broadcast", broadcast },
      { type: "broadcast_updated", broadcast: snoozed },
    ]);
    expect(state.broadcasts).toEqual([snoozed]);
  });

  test("[PUB6] drops with a poll what the answer does not list, and keeps what is newer", () => {
    const [a, b] = [aBroadcast({ id: "a", seq: 5 }), aBroadcast({ id: "b", seq: 6 })];
    const before = replay([
      { type: "new_broadcast", broadcast: a },
      { type: "new_broadcast", broadcast: b },
    ]);
    const stale = { ...b, seq: 3, message: "older" };
    const after = reduce(before, { type: "polled", broadcasts: [stale], session_token: null });
    expect(after.broadcasts).toEqual([b]);
  });
});

describe("what is shown of it", () => {
  const NOW = Date.parse("2026-11-21T12:00:00.000Z");
  const at = (ms: number) => new Date(NOW + ms).toISOString();
  const stateOf = (...all: WireBroadcast[]): ServerState => ({ ...EMPTY_STATE, broadcasts: all });
  const ids = (state: ServerState, own = NOTHING, path = "/") =>
    visibleBanners(state, own, NOW, path).map(({ id }) => id);

  test("[BC7] is ordered by priority, then level, then what went live last", () => {
    const state = stateOf(
      aBroadcast({ id: "old info", live_from: at(-9) }),
      aBroadcast({ id: "new info", live_from: at(-1) }),
      aBroadcast({ id: "alert", message_type: "alert", live_from: at(-5) }),
      aBroadcast({ id: "critical", priority: "critical", live_from: at(-8) }),
      aBroadcast({ id: "low alert", priority: "low", message_type: "alert" }),
    );
    expect(ids(state)).toEqual(["critical", "alert", "new info", "old info", "low alert"]);
  });

  test("[BC5] leaves out what was dismissed at a revision that counts, also through a silent fix", () => {
    const fixed = aBroadcast({ id: "a", revision: 3, show_from_revision: 2 });
    expect(ids(stateOf(fixed), { ...NOTHING, dismissed: { a: 2 } })).toEqual([]);
    expect(ids(stateOf(fixed), { ...NOTHING, dismissed: { a: 1 } })).toEqual(["a"]);
    const older = { ...fixed };
    delete older.show_from_revision;
    expect(ids(stateOf(older), { ...NOTHING, dismissed: { a: 2 } })).toEqual(["a"]);
  });

  test("[CLI6] ends with its end, and says when that is", () => {
    const state = stateOf(
      aBroadcast({ id: "over", ends_at: at(0) }),
      aBroadcast({ ends_at: at(5) }),
    );
    expect(ids(state)).toHaveLength(1);
    expect(nextChangeAt(state, NOTHING, NOW)).toBe(NOW + 5);
    expect(nextChangeAt(state, NOTHING, NOW + 5)).toBe(Number.POSITIVE_INFINITY);
  });

  test("[ACK5] hides what is snoozed, by the server's word or its own, until it is shown again", () => {
    const theirs = aBroadcast({ id: "theirs", snoozed_until: at(9) });
    const mine = aBroadcast({ id: "mine" });
    const own = { ...NOTHING, snoozed: { [snoozeKey(mine)]: NOW + 4 } };
    expect(ids(stateOf(theirs, mine), own)).toEqual([]);
    expect(nextChangeAt(stateOf(theirs, mine), own, NOW)).toBe(NOW + 4);
    const reset = { ...mine, revision: 2, show_from_revision: 2 };
    expect(ids(stateOf(reset), own)).toEqual(["mine"]);
  });

  test("[AUD3] keeps to its pages", () => {
    const state = stateOf(aBroadcast({ id: "docs", paths: ["/docs*", "!/docs/internal*"] }));
    expect(ids(state, NOTHING, "/docs/start")).toEqual(["docs"]);
    expect(ids(state, NOTHING, "/docs/internal/x")).toEqual([]);
    expect(ids(state, NOTHING, "/")).toEqual([]);
  });
});
