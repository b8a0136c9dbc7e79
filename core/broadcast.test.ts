import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { broadcasts, moments } from "@/tests/support/arbitraries";
import { aBroadcast, NOON } from "@/tests/support/broadcasts";
import { type Broadcast, liveFrom, type Status, statusOf } from "./broadcast";

const HOUR = 3_600_000;

describe("statusOf", () => {
  test.each<[string, Partial<Broadcast>, Status]>([
    ["not published", { publishedAt: null }, "draft"],
    ["a draft whose end has passed", { publishedAt: null, endsAt: NOON - 1 }, "draft"],
    ["published", {}, "live"],
    ["published this very moment", { publishedAt: NOON }, "live"],
    ["published by a clock ahead", { publishedAt: NOON + 1 }, "scheduled"],
    ["with a start to come", { startsAt: NOON + 1 }, "scheduled"],
    ["at its start", { startsAt: NOON }, "live"],
    ["published after its start", { startsAt: NOON - 2 * HOUR, publishedAt: NOON - 1 }, "live"],
    ["a moment before its end", { endsAt: NOON + 1 }, "live"],
    ["at its end", { endsAt: NOON }, "ended"],
    ["ended before it started", { startsAt: NOON + HOUR, endsAt: NOON - HOUR }, "ended"],
    ["cleared", { clearedAt: NOON - 1 }, "cleared"],
    ["a cleared broadcast is cleared even after its end", { clearedAt: 1, endsAt: 2 }, "cleared"],
    ["a cleared draft", { publishedAt: null, clearedAt: 1 }, "cleared"],
    ["archived", { archivedAt: NOON - 1 }, "archived"],
    ["archived and cleared", { archivedAt: 2, clearedAt: 1 }, "archived"],
  ])("[BC2] %s", (_, changes, status) => {
    expect(statusOf(aBroadcast(changes), NOON)).toBe(status);
  });

  test("[BC2] a status only moves forward in time", () => {
    const order: Status[] = ["scheduled", "live", "ended"];
    fc.assert(
      fc.property(broadcasts, moments, moments, (broadcast, a, b) => {
        const before = statusOf(broadcast, Math.min(a, b));
        const after = statusOf(broadcast, Math.max(a, b));
        if (order.includes(before)) {
          expect(order.indexOf(after)).toBeGreaterThanOrEqual(order.indexOf(before));
        } else {
          expect(after).toBe(before);
        }
      }),
    );
  });
});

describe("liveFrom", () => {
  test.each([
    ["its publication", { publishedAt: 5, startsAt: null }, 5],
    ["its start, if that is later", { publishedAt: 5, startsAt: 9 }, 9],
    ["its publication, if that is later", { publishedAt: 9, startsAt: 5 }, 9],
    ["never, for a draft", { publishedAt: null, startsAt: 5 }, Number.POSITIVE_INFINITY],
  ])("[BC2] is %s", (_, changes, expected) => {
    expect(liveFrom(aBroadcast(changes))).toBe(expected);
  });
});
