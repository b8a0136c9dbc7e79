import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { closingLine, readSuite } from "./test-report";

const folder = mkdtempSync(join(tmpdir(), "report-"));
afterAll(() => rmSync(folder, { recursive: true }));

function reportOf(content: unknown): string {
  const path = join(folder, "report.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const vitest = (...assertionResults: { status: string; failureMessages: string[] }[]) =>
  reportOf({
    numPassedTests: assertionResults.filter(({ status }) => status === "passed").length,
    numTotalTests: assertionResults.length,
    testResults: [
      {
        assertionResults: assertionResults.map((one, index) => ({
          fullName: ` test ${index}`,
          ...one,
        })),
      },
    ],
  });
const passed = { status: "passed", failureMessages: [] };
const failed = { status: "failed", failureMessages: ["expected 1 to be 2"] };

const playwright = (...statuses: ("expected" | "unexpected" | "flaky" | "skipped")[]) => {
  const stats = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 };
  for (const status of statuses) stats[status]++;
  const specs = statuses.map((status, index) => ({ title: `test ${index}`, tests: [{ status }] }));
  return reportOf({ stats, suites: [{ specs: [], suites: [{ specs }] }] });
};

describe("reading a suite's report", () => {
  test("what passed is counted, what failed is counted and named", () => {
    expect(readSuite(vitest(passed, failed), 1)).toEqual({
      passed: 1,
      failed: 1,
      failures: ["test 1"],
      unsteady: [],
    });
    expect(readSuite(playwright("expected", "expected", "unexpected"), 1)).toEqual({
      passed: 2,
      failed: 1,
      failures: ["test 2"],
      unsteady: [],
    });
  });

  test("a test that was left out has not passed", () => {
    const leftOut = { status: "skipped", failureMessages: [] };
    expect(readSuite(vitest(passed, leftOut), 0)).toMatchObject({
      failed: 1,
      failures: ["test 1"],
    });
    expect(readSuite(playwright("expected", "skipped"), 0)).toMatchObject({
      failed: 1,
      failures: ["test 1"],
    });
  });

  test("a test that passed at a further attempt has passed, and is named", () => {
    const unsteady = { passed: 2, failed: 0, failures: [], unsteady: ["test 1"] };
    expect(readSuite(vitest(passed, { ...failed, status: "passed" }), 0)).toEqual(unsteady);
    expect(readSuite(playwright("expected", "flaky"), 0)).toEqual(unsteady);
  });

  test("a suite that ran nothing, left no report or left half of one has failed", () => {
    const nothing = { passed: 0, failed: 1, unsteady: [] };
    expect(readSuite(vitest(), 0)).toMatchObject(nothing);
    expect(readSuite(join(folder, "absent.json"), 0)).toMatchObject(nothing);
    expect(readSuite(reportOf('{"numPassed'), 0)).toMatchObject(nothing);
  });

  test("an exit code that no failed test explains is a failure", () => {
    expect(readSuite(vitest(passed, passed), 1)).toMatchObject({
      passed: 2,
      failed: 1,
      failures: ["exit code 1, which no test explains"],
    });
  });

  test("the closing line counts in words that CI systems read", () => {
    expect(closingLine({ passed: 12, failed: 0 })).toBe("12 passed, 0 failed");
  });
});
