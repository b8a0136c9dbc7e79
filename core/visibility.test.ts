import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  audiences,
  broadcastLists,
  broadcasts,
  moments,
  viewers,
} from "@/tests/support/arbitraries";
import { aBroadcast, aViewer, NOON } from "@/tests/support/broadcasts";
import { matches } from "./audience";
import { type Broadcast, liveFrom, statusOf } from "./broadcast";
import {
  compareOnScreen,
  type Exception,
  isHidden,
  liveNow,
  nextBoundary,
  supersededBy,
  visible,
} from "./visibility";

const MINUTE = 60_000;
const ids = (list: readonly Broadcast[]) => list.map(({ id }) => id);

describe("compareOnScreen", () => {
  test.each<[string, Partial<Broadcast>, Partial<Broadcast>]>([
    ["priority first", { priority: "high" }, { priority: "normal", level: "alert" }],
    ["critical before all", { priority: "critical", publishedAt: 1 }, { priority: "high" }],
    ["low after normal", { priority: "normal" }, { priority: "low", level: "alert" }],
    ["then level: alert", { level: "alert" }, { level: "warning" }],
    ["then level: warning", { level: "warning" }, { level: "success" }],
    ["then level: success", { level: "success", publishedAt: 1 }, { level: "info" }],
    ["then the newest", { publishedAt: NOON }, { publishedAt: NOON - 1 }],
    ["newest by start, not publication", { publishedAt: 1, startsAt: NOON }, { publishedAt: 2 }],
    ["newest whatever was edited last", { publishedAt: NOON, seq: 1 }, { seq: 9 }],
    ["then the id", { id: "a" }, { id: "b" }],
    ["unknown levels last", {}, { level: JSON.parse('"siren"') }],
  ])("[BC7] %s", (_, first, second) => {
    const [a, b] = [aBroadcast(first), aBroadcast(second)];
    expect(compareOnScreen(a, b)).toBeLessThan(0);
    expect(compareOnScreen(b, a)).toBeGreaterThan(0);
  });

  test("[BC7] is a total order", () => {
    fc.assert(
      fc.property(broadcasts, broadcasts, broadcasts, (a, b, c) => {
        expect(Math.sign(compareOnScreen(a, b))).toBe(0 - Math.sign(compareOnScreen(b, a)));
        if (a.id !== b.id) expect(compareOnScreen(a, b)).not.toBe(0);
        if (compareOnScreen(a, b) <= 0 && compareOnScreen(b, c) <= 0) {
          expect(compareOnScreen(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });
});

describe("liveNow", () => {
  const older = aBroadcast({ id: "older", seq: 1, publishedAt: NOON - 9 * MINUTE });
  const old = aBroadcast({ id: "old", seq: 2, publishedAt: NOON - 8 * MINUTE });
  const replacing = aBroadcast({
    id: "replacing",
    seq: 3,
    replace: true,
    publishedAt: NOON - 5 * MINUTE,
  });
  const newer = aBroadcast({ id: "newer", seq: 4, publishedAt: NOON - MINUTE });

  test("[BC6] without a replacing one, broadcasts stack, newest first", () => {
    expect(ids(liveNow([older, newer, old], NOON))).toEqual(["newer", "old", "older"]);
  });

  test("[BC6] a replacing one leaves itself and what came later", () => {
    expect(ids(liveNow([older, old, replacing, newer], NOON))).toEqual(["newer", "replacing"]);
  });

  test("[BC6] a scheduled one replaces at its start, not before", () => {
    const scheduled = { ...replacing, startsAt: NOON + MINUTE };
    const list = [older, newer, scheduled];
    expect(ids(liveNow(list, NOON + MINUTE - 1))).toEqual(["newer", "older"]);
    expect(ids(liveNow(list, NOON + MINUTE))).toEqual(["replacing"]);
  });

  test("[BC6] a scheduled one cancelled before its start leaves the others untouched", () => {
    const cancelled = { ...replacing, startsAt: NOON + MINUTE, clearedAt: NOON };
    expect(ids(liveNow([older, cancelled], NOON + 2 * MINUTE))).toEqual(["older"]);
  });

  test("[BC6] what was replaced does not come back when the replacing one ends", () => {
    const ended = { ...replacing, endsAt: NOON - MINUTE };
    expect(liveNow([older, ended], NOON)).toEqual([]);
  });

  test("[BC6] what was replaced does not come back when the replacing one is cleared", () => {
    const cleared = { ...replacing, clearedAt: NOON - MINUTE };
    expect(liveNow([older, cleared], NOON)).toEqual([]);
  });

  test("[BC6] a replacing one whose end came before its start replaces nothing", () => {
    const never = { ...replacing, startsAt: NOON - MINUTE, endsAt: NOON - 2 * MINUTE };
    expect(ids(liveNow([older, never], NOON))).toEqual(["older"]);
  });

  test("[BC6] two that replace at once end with exactly one: the one written later", () => {
    const twin = { ...replacing, id: "a twin", createdAt: replacing.createdAt + 1 };
    expect(ids(liveNow([older, twin, replacing], NOON))).toEqual(["a twin"]);
  });

  test("[BC6] of two that start together the one published later stays", () => {
    const startsAt = NOON - MINUTE;
    const first = aBroadcast({ id: "z", replace: true, startsAt, publishedAt: NOON - 9 * MINUTE });
    const second = { ...first, id: "a", publishedAt: NOON - 8 * MINUTE };
    expect(ids(liveNow([first, second], NOON))).toEqual(["a"]);
  });

  test("[BC6] which of two came second does not change when one is edited", () => {
    fc.assert(
      fc.property(broadcastLists, moments, fc.nat(7), (list, now, edited) => {
        const after = list.map((one, at) => (at === edited ? { ...one, seq: 2_000 } : one));
        expect(ids(liveNow(after, now))).toEqual(ids(liveNow(list, now)));
        expect(supersededBy(after, now)).toEqual(supersededBy(list, now));
      }),
    );
  });

  test("[BC6] a draft that would replace replaces nothing", () => {
    expect(ids(liveNow([older, { ...replacing, publishedAt: null }], NOON))).toEqual(["older"]);
  });

  test("[BC6] of several that replace at any times at most the last is live", () => {
    fc.assert(
      fc.property(broadcastLists, moments, (list, now) => {
        const all = list.map((broadcast) => ({ ...broadcast, replace: true }));
        expect(liveNow(all, now).length).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("[BC7] the outcome does not depend on the order of the rows", () => {
    fc.assert(
      fc.property(broadcastLists, moments, (list, now) => {
        expect(liveNow(list.toReversed(), now)).toEqual(liveNow(list, now));
      }),
    );
  });

  test("[BC6] the list that is given stays as it is", () => {
    const list = Object.freeze([older, replacing, newer]);
    liveNow(list, NOON);
    expect(ids(list)).toEqual(["older", "replacing", "newer"]);
  });
});

describe("supersededBy", () => {
  const at = (id: string, minute: number, changes: Partial<Broadcast> = {}) =>
    aBroadcast({ id, seq: minute, publishedAt: NOON + minute * MINUTE, ...changes });

  test("[BC6] names the first that replaced each", () => {
    const list = [at("a", 1), at("r1", 2, { replace: true }), at("b", 3)];
    const more = [...list, at("r2", 4, { replace: true }), at("c", 5)];
    expect(supersededBy(more, NOON + 9 * MINUTE)).toEqual(
      new Map([
        ["a", "r1"],
        ["r1", "r2"],
        ["b", "r2"],
      ]),
    );
  });

  test("[BC6] names nothing before the start", () => {
    expect(supersededBy([at("a", 1), at("r", 5, { replace: true })], NOON + MINUTE).size).toBe(0);
  });

  test("[BC6] names what is live no more only while it counts as live", () => {
    const ended = at("a", 1, { endsAt: NOON + 2 * MINUTE });
    const list = [ended, at("r", 3, { replace: true })];
    expect(supersededBy(list, NOON + 4 * MINUTE).size).toBe(0);
  });

  test("[BC6] what is live is shown or superseded, never both", () => {
    fc.assert(
      fc.property(broadcastLists, moments, (list, now) => {
        const live = list.filter((broadcast) => statusOf(broadcast, now) === "live");
        const shown = ids(liveNow(list, now));
        const superseded = [...supersededBy(list, now).keys()];
        expect([...shown, ...superseded].sort()).toEqual(ids(live).sort());
      }),
    );
  });

  test("[BC6] clearing what is superseded changes nothing on screen", () => {
    fc.assert(
      fc.property(broadcastLists, moments, (list, now) => {
        const superseded = supersededBy(list, now);
        const cleared = list.map((one) =>
          superseded.has(one.id) ? { ...one, clearedAt: now } : one,
        );
        expect(ids(liveNow(cleared, now))).toEqual(ids(liveNow(list, now)));
        expect(supersededBy(cleared, now).size).toBe(0);
      }),
    );
  });
});

describe("isHidden", () => {
  const revised = aBroadcast({ revision: 5, showFromRevision: 3 });
  const acknowledged = (acknowledgedRevision: number): Exception => ({
    acknowledgedRevision,
    snoozedUntil: null,
  });

  test.each<[string, Broadcast, Exception | undefined, boolean]>([
    ["nothing known", revised, undefined, false],
    ["never acknowledged", revised, acknowledged(0), false],
    ["acknowledged before it was shown again", revised, acknowledged(2), false],
    ["acknowledged as it was shown again", revised, acknowledged(3), true],
    ["acknowledged at a silent fix", revised, acknowledged(4), true],
    ["acknowledged now", revised, acknowledged(5), true],
    ["not dismissible", { ...revised, dismissible: false }, acknowledged(5), false],
  ])("[BC5] %s", (_, broadcast, exception, hidden) => {
    expect(isHidden(broadcast, exception)).toBe(hidden);
  });

  test("[ACK5] a snooze does not hide: the client does the timing", () => {
    const snoozed = { acknowledgedRevision: 0, snoozedUntil: NOON + 9 * MINUTE };
    expect(isHidden(revised, snoozed)).toBe(false);
  });
});

describe("visible", () => {
  test("[BC6] a replacing broadcast for others takes its place all the same", () => {
    const forAdmins = aBroadcast({
      id: "admins",
      replace: true,
      publishedAt: NOON,
      audience: { roles: ["admin"] },
    });
    const before = aBroadcast({ id: "before" });
    expect(visible([before, forAdmins], aViewer(), new Map(), NOON)).toEqual([]);
  });

  const targeted = fc
    .tuple(broadcastLists, fc.array(fc.option(audiences, { nil: null }), { minLength: 8 }))
    .map(([list, rules]) =>
      list.map((broadcast, index) => ({ ...broadcast, audience: rules[index] ?? null })),
    );
  const revisions = fc.array(fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }), {
    minLength: 8,
  });

  test("[AUD2] is what a naive model says", () => {
    fc.assert(
      fc.property(targeted, viewers, revisions, moments, (list, viewer, acknowledged, now) => {
        const exceptions = new Map(
          list.flatMap(({ id }, index): [string, Exception][] => {
            const acknowledgedRevision = acknowledged[index];
            if (acknowledgedRevision === undefined) return [];
            return [[id, { acknowledgedRevision, snoozedUntil: null }]];
          }),
        );
        expect(ids(visible(list, viewer, exceptions, now))).toEqual(
          ids(naivelyVisible(list, viewer, exceptions, now)),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  /** Each rule of the specification on its own, with no regard for cost. */
  function naivelyVisible(
    list: readonly Broadcast[],
    viewer: Parameters<typeof matches>[1],
    exceptions: ReadonlyMap<string, Exception>,
    now: number,
  ): Broadcast[] {
    const wasLive = (one: Broadcast) => {
      for (let time = NOON - 6 * MINUTE; time <= now; time += MINUTE) {
        const then = {
          ...one,
          clearedAt: one.clearedAt !== null && one.clearedAt < time ? one.clearedAt : null,
          archivedAt: one.archivedAt !== null && one.archivedAt < time ? one.archivedAt : null,
        };
        if (statusOf(then, time) === "live") return true;
      }
      return false;
    };
    const order = ({ publishedAt, createdAt, id, ...one }: Broadcast) => [
      liveFrom({ publishedAt, ...one }),
      publishedAt ?? Number.POSITIVE_INFINITY,
      createdAt,
      id,
    ];
    const isLater = (a: Broadcast, b: Broadcast) => {
      const [left, right] = [order(a), order(b)];
      const at = left.findIndex((value, place) => value !== right[place]);
      return at >= 0 && (left[at] ?? 0) > (right[at] ?? 0);
    };
    const isReplaced = (one: Broadcast) =>
      list.some((other) => other.replace && isLater(other, one) && wasLive(other));
    const isDismissed = (one: Broadcast) =>
      one.dismissible &&
      (exceptions.get(one.id)?.acknowledgedRevision ?? 0) >= one.showFromRevision;
    return list
      .filter((one) => statusOf(one, now) === "live")
      .filter((one) => !isReplaced(one))
      .filter((one) => !isDismissed(one))
      .filter((one) => matches(one.audience, viewer, one.id))
      .sort(compareOnScreen);
  }
});

describe("nextBoundary", () => {
  test.each<[string, Partial<Broadcast>[], number | null]>([
    ["nothing: never", [], null],
    ["live without an end: never", [{}], null],
    ["a draft: never", [{ publishedAt: null, startsAt: NOON + 1 }], null],
    ["a start", [{ startsAt: NOON + 5 }], NOON + 5],
    ["an end", [{ endsAt: NOON + 7 }], NOON + 7],
    ["the earliest", [{ endsAt: NOON + 7 }, { startsAt: NOON + 5, endsAt: NOON + 6 }], NOON + 5],
    ["60 days ahead", [{ startsAt: NOON + 60 * 86_400_000 }], NOON + 60 * 86_400_000],
    ["not what is cleared", [{ startsAt: NOON + 5, clearedAt: NOON }], null],
    ["not what never is live", [{ startsAt: NOON + 5, endsAt: NOON + 5 }], null],
    ["not what has been", [{ startsAt: NOON - 9, endsAt: NOON }], null],
  ])("[BC8] %s", (_, changes, expected) => {
    const list = changes.map((change, index) => aBroadcast({ id: `${index}`, ...change }));
    expect(nextBoundary(list, NOON)).toBe(expected);
  });

  test("[BC8] is exactly when time alone next changes what is live", () => {
    fc.assert(
      fc.property(broadcastLists, moments, (list, now) => {
        // Clears and archivings are changes of rows; time alone must not bring them about.
        const rows = list.map((one) => ({ ...one, clearedAt: null, archivedAt: null }));
        const changes = rows
          .flatMap((one) => [one.startsAt, one.endsAt, one.publishedAt])
          .filter((time) => time !== null)
          .filter((time) => time > now)
          .sort((a, b) => a - b)
          .filter((time) => ids(liveNow(rows, time)).join() !== ids(liveNow(rows, now)).join());
        expect(nextBoundary(rows, now)).toBe(changes[0] ?? null);
      }),
      { numRuns: 1_000 },
    );
  });
});
