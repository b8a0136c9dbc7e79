import { expect, test } from "vitest";
import { parseDuration } from "./duration";

test.each([
  ["90s", 90_000],
  ["15m", 900_000],
  ["2h", 7_200_000],
  ["1h30m", 5_400_000],
  ["7d", 604_800_000],
])("§ 9: %s is %i ms", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(["", "2", "h", "2 h", "-2h", "2hours"])("§ 9: %j is refused in words", (text) => {
  expect(() => parseDuration(text)).toThrow("is not a duration");
});
