import { expect, test } from "vitest";
import { checkClock, reasonOf } from "./check";

test("§ 9: clocks that differ by less than the answer took, and 2 s, agree", () => {
  expect(checkClock("Redis", 1_000_000, 1_000_500, 1_002_500).state).toBe("ok");
});

test("§ 9: a wrong clock is said with its direction", () => {
  const check = checkClock("the database", 1_000_000, 1_300_000, 1_300_000);
  expect(check).toMatchObject({ state: "warning" });
  expect(check.says).toContain("300 s ahead of the database's");
  expect(checkClock("Redis", 1_300_000, 1_000_000, 1_000_000).says).toContain("300 s behind");
});

test("§ 9: the reason said is the innermost", () => {
  const refused = new Error("connect ECONNREFUSED 127.0.0.1:1");
  expect(reasonOf(new Error("The database is away.", { cause: refused }))).toBe(refused.message);
  expect(reasonOf(new AggregateError([refused], ""))).toBe(refused.message);
});
