import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";

export interface Count {
  passed: number;
  failed: number;
}

/** What a suite came to. */
export interface SuiteReport extends Count {
  /** Names of the tests that failed. */
  failures: readonly string[];
  /** Names of the tests that passed only at a further attempt: counted as passed, and to be mended. */
  unsteady: readonly string[];
}

/** The runners' JSON reports: only what is counted and named. A test that did not run did not pass. */
const vitestReport = z
  .object({
    numPassedTests: z.number(),
    numTotalTests: z.number(),
    testResults: z.array(
      z.object({
        assertionResults: z.array(
          z.object({
            fullName: z.string(),
            status: z.string(),
            // Of every attempt: a test that passed after all keeps what went wrong before.
            failureMessages: z.array(z.string()),
          }),
        ),
      }),
    ),
  })
  .transform(({ numPassedTests, numTotalTests, testResults }): SuiteReport => {
    const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
    const passed = tests.filter(({ status }) => status === "passed");
    return {
      passed: numPassedTests,
      failed: numTotalTests - numPassedTests,
      failures: tests.filter((one) => !passed.includes(one)).map(({ fullName }) => fullName.trim()),
      unsteady: passed
        .filter(({ failureMessages }) => failureMessages.length > 0)
        .map(({ fullName }) => fullName.trim()),
    };
  });

interface PlaywrightSuite {
  specs: { title: string; tests: { status: string }[] }[];
  suites?: PlaywrightSuite[] | undefined;
}

const playwrightSuite: z.ZodType<PlaywrightSuite> = z.lazy(() =>
  z.object({
    specs: z.array(
      z.object({ title: z.string(), tests: z.array(z.object({ status: z.string() })) }),
    ),
    suites: z.array(playwrightSuite).optional(),
  }),
);

const playwrightReport = z
  .object({
    stats: z.object({
      expected: z.number(),
      unexpected: z.number(),
      flaky: z.number(),
      skipped: z.number(),
    }),
    suites: z.array(playwrightSuite),
  })
  .transform(
    ({ stats, suites }): SuiteReport => ({
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected + stats.skipped,
      failures: suites.flatMap((suite) => titlesOf(suite, ["unexpected", "skipped"])),
      unsteady: suites.flatMap((suite) => titlesOf(suite, ["flaky"])),
    }),
  );

function titlesOf(suite: PlaywrightSuite, statuses: readonly string[]): string[] {
  const own = suite.specs
    .filter(({ tests }) => tests.some(({ status }) => statuses.includes(status)))
    .map(({ title }) => title);
  return [...own, ...(suite.suites ?? []).flatMap((inner) => titlesOf(inner, statuses))];
}

const report = z.union([vitestReport, playwrightReport]);

/**
 * What a runner's report says, made honest: no report, no test, or an exit code that the counted
 * tests do not explain is a failure of its own.
 */
export function readSuite(path: string, exitCode: number): SuiteReport {
  const read = readReport(path);
  if (!read || read.passed + read.failed === 0) {
    return { passed: 0, failed: 1, failures: ["the suite left no report of a test"], unsteady: [] };
  }
  if (exitCode === 0 || read.failed > 0) return read;
  const reason = `exit code ${exitCode}, which no test explains`;
  return { ...read, failed: 1, failures: [reason] };
}

function readReport(path: string): SuiteReport | null {
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
