import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

export interface Count {
  passed: number;
  failed: number;
}

/** The runners' JSON reports: only what is counted. A test that did not run did not pass. */
const vitestReport = z
  .object({
    numPassedTests: z.number(),
    numTotalTests: z.number(),
  })
  .transform(({ numPassedTests, numTotalTests }) => ({
    passed: numPassedTests,
    failed: numTotalTests - numPassedTests,
  }));

const playwrightReport = z
  .object({
    stats: z.object({
      expected: z.number(),
      unexpected: z.number(),
      flaky: z.number(),
      skipped: z.number(),
    }),
  })
  .transform(({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + stats.skipped,
  }));

const report = z.union([vitestReport, playwrightReport]);

/**
 * What a runner's report says, made honest: no report, no test, or an exit code that the counted
 * tests do not explain is a failure of its own.
 */
export function countTests(path: string, exitCode: number): Count {
  const counted = readReport(path);
  if (!counted || counted.passed + counted.failed === 0) return { passed: 0, failed: 1 };
  const unexplained = exitCode !== 0 && counted.failed === 0;
  return { passed: counted.passed, failed: counted.failed + (unexplained ? 1 : 0) };
}

function readReport(path: string): Count | null {
  if (!existsSync(path)) return null;
  try {
    return report.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return null;
  }
}

/** The last line of a test run. */
export function closingLine({ passed, failed }: Count): string {
  return `${passed} passed, ${failed} failed`;
}
