import { describe, expect, test } from "vitest";
import { instantOf, offsetMinutes, wallTime, zoneLabel } from "./zoned-time";

const utc = (text: string) => Date.parse(text);

describe("wall times of a named zone", () => {
  test("a winter and a summer time in Berlin are one and two hours ahead of UTC", () => {
    expect(instantOf("2026-11-21T22:00", "Europe/Berlin")).toBe(utc("2026-11-21T21:00Z"));
    expect(instantOf("2026-07-01T22:00", "Europe/Berlin")).toBe(utc("2026-07-01T20:00Z"));
  });

  test("a zone with quarter hours keeps its minutes", () => {
    expect(instantOf("2026-11-21T12:00", "Asia/Kathmandu")).toBe(utc("2026-11-21T06:15Z"));
    expect(zoneLabel(utc("2026-11-21T06:15Z"), "Asia/Kathmandu")).toBe("UTC+5:45");
  });

  test("a time that the spring change skips is taken with the offset before it", () => {
    expect(instantOf("2026-03-29T02:30", "Europe/Berlin")).toBe(utc("2026-03-29T01:30Z"));
  });

  test("of a time that the autumn change repeats the first is meant", () => {
    expect(instantOf("2026-10-25T02:30", "Europe/Berlin")).toBe(utc("2026-10-25T00:30Z"));
  });

  test("an instant goes to its wall time and back", () => {
    for (const zone of ["UTC", "America/New_York", "Australia/Lord_Howe", "Pacific/Kiritimati"]) {
      for (const at of [utc("2026-01-15T13:45Z"), utc("2026-06-15T00:05Z")]) {
        expect(instantOf(wallTime(at, zone), zone)).toBe(at);
      }
    }
  });

  test("what is not a time is no instant", () => {
    expect(instantOf("", "UTC")).toBeNull();
    expect(instantOf("soon", "UTC")).toBeNull();
  });

  test("offsets west of Greenwich are negative", () => {
    expect(offsetMinutes(utc("2026-11-21T12:00Z"), "America/New_York")).toBe(-300);
    expect(zoneLabel(utc("2026-11-21T12:00Z"), "America/New_York")).toBe("UTC−5");
  });
});
