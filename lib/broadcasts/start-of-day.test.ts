import { describe, expect, test } from "vitest";
import { startOfDay } from "./start-of-day";

const day = (now: string, timeZone: string) =>
  new Date(startOfDay(Date.parse(now), timeZone)).toISOString();

describe("the start of today in a workspace's time zone", () => {
  test("is midnight by its clocks, not by UTC's", () => {
    expect(day("2026-11-21T12:00:00Z", "UTC")).toBe("2026-11-21T00:00:00.000Z");
    expect(day("2026-11-21T12:00:00Z", "Asia/Tokyo")).toBe("2026-11-20T15:00:00.000Z");
    expect(day("2026-11-21T03:00:00Z", "America/New_York")).toBe("2026-11-20T05:00:00.000Z");
    expect(day("2026-11-21T12:00:00Z", "Asia/Kathmandu")).toBe("2026-11-20T18:15:00.000Z");
  });

  test("is midnight itself at midnight", () => {
    expect(day("2026-11-21T00:00:00Z", "UTC")).toBe("2026-11-21T00:00:00.000Z");
    expect(day("2026-11-20T23:59:59.999Z", "UTC")).toBe("2026-11-20T00:00:00.000Z");
  });

  test("is right on days of 23 and of 25 hours", () => {
    expect(day("2026-03-29T20:00:00Z", "Europe/Berlin")).toBe("2026-03-28T23:00:00.000Z");
    expect(day("2026-10-25T22:30:00Z", "Europe/Berlin")).toBe("2026-10-24T22:00:00.000Z");
  });

  test("is the first moment where clocks skip midnight", () => {
    // Beirut turns its clocks from 00:00 to 01:00 on the last Sunday of March.
    expect(day("2026-03-29T12:00:00Z", "Asia/Beirut")).toBe("2026-03-28T22:00:00.000Z");
  });
});
