import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { closingLine, countTests } from "./test-report";

const folder = mkdtempSync(join(tmpdir(), "report-"));
afterAll(() => rmSync(folder, { recursive: true }));

function reportOf(content: unknown): string {
  const path = join(folder, "report.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const vitest = (passed: number, total: number) =>
  reportOf({ numPassedTests: passed, numTotalTests: total });
const playwright = (stats: Record<string, number>) =>
  reportOf({ stats: { expected: 0, unexpected: 0, flaky: 0, skipped: 0, ...stats } });

describe("counting a suite", () => {
  test("what passed and what failed is taken from the runner's report", () => {
    expect(countTests(vitest(5, 7), 1)).toEqual({ passed: 5, failed: 2 });
    expect(countTests(playwright({ expected: 4, unexpected: 1 }), 1)).toEqual({
      passed: 4,
      failed: 1,
    });
  });

  test("a skipped or flaky test has not passed", () => {
    expect(countTests(playwright({ expected: 4, skipped: 1, flaky: 1 }), 0).failed).toBe(2);
  });

  test("a suite that ran nothing, left no report or left half of one has failed", () => {
    const nothing = { passed: 0, failed: 1 };
    expect(countTests(vitest(0, 0), 0)).toEqual(nothing);
    expect(countTests(join(folder, "absent.json"), 0)).toEqual(nothing);
    expect(countTests(reportOf('{"numPassed'), 0)).toEqual(nothing);
  });

  test("an exit code that no failed test explains is a failure", () => {
    expect(countTests(vitest(7, 7), 1)).toEqual({ passed: 7, failed: 1 });
  });

  test("the closing line counts in words that CI systems read", () => {
    expect(closingLine({ passed: 12, failed: 0 })).toBe("12 passed, 0 failed");
  });
});
