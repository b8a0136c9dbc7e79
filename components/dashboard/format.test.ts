import { describe, expect, test } from "vitest";
import {
  formatCount,
  formatDuration,
  formatRelative,
  formatShortTime,
  percent,
  plural,
} from "./format";

const NOW = Date.parse("2026-11-21T10:00:00Z");
const MINUTE = 60_000;

describe("numbers and times in words", () => {
  test("counts are grouped and nouns agree", () => {
    expect(formatCount(1204)).toBe("1,204");
    expect(plural(1, "person", "people")).toBe("1 person");
    expect(plural(1204, "person", "people")).toBe("1,204 people");
  });

  test("a share of nothing is nothing, and never more than all", () => {
    expect(percent(3, 0)).toBe(0);
    expect(percent(1, 3)).toBe(33);
    expect(percent(7, 5)).toBe(100);
  });

  test("durations say their two largest units", () => {
    expect(formatDuration(40_000)).toBe("40 s");
    expect(formatDuration(59 * MINUTE)).toBe("59 m");
    expect(formatDuration(192 * MINUTE)).toBe("3 h 12 m");
    expect(formatDuration(52 * 60 * MINUTE)).toBe("2 d 4 h");
    expect(formatDuration(-1)).toBe("0 s");
  });

  test("relative times go both ways", () => {
    expect(formatRelative(NOW - 5_000, NOW)).toBe("just now");
    expect(formatRelative(NOW - 2 * MINUTE, NOW)).toBe("2 minutes ago");
    expect(formatRelative(NOW + 180 * MINUTE, NOW)).toBe("in 3 hours");
    expect(formatRelative(NOW - 24 * 60 * MINUTE, NOW)).toBe("yesterday");
  });

  test("a time of another day names the day, in the zone that is asked for", () => {
    expect(formatShortTime(NOW + MINUTE, NOW, "UTC")).toBe("10:01");
    expect(formatShortTime(NOW, NOW, "Europe/Berlin")).toBe("11:00");
    expect(formatShortTime(NOW + 15 * 60 * MINUTE, NOW, "UTC")).toBe("22 Nov, 01:00");
  });
});
