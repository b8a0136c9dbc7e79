/**
 * `npm run test:all`: installs what the tests need, runs every check and every test, and ends with
 * one line that counts them over all suites. A check that fails, a suite that crashes, runs
 * nothing or cannot run counts as a failed test. What failed, and what passed only at a second
 * attempt (CI makes one), is named before it.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installTools } from "./install-tools";
import { ROOT, run } from "./run";
import { type Count, closingLine, readSuite, type SuiteReport } from "./test-report";

interface Stage {
  name: string;
  /** Script of package.json. */
  script: string;
  runner?: "vitest" | "playwright";
  env?: Record<string, string>;
  /** What comes after makes no sense when this fails. */
  essential?: boolean;
  /** The exit code that says that nothing was checked, which is not this program's fault. */
  unanswered?: number;
}

const STAGES: readonly Stage[] = [
  { name: "Generated code", script: "generate", essential: true },
  { name: "Format and lint", script: "lint" },
  { name: "Types", script: "types" },
  { name: "Import directions", script: "imports" },
  { name: "Unused code", script: "unused" },
  { name: "Advisories", script: "advisories", unanswered: 2 },
  { name: "Unit tests", script: "test", runner: "vitest" },
  { name: "Build", script: "build", essential: true },
  { name: "Size of the script tag's file", script: "size" },
  { name: "Contract tests", script: "test:contracts", runner: "vitest" },
  { name: "Integration tests", script: "test:integration", runner: "vitest" },
  // Its long form takes longer than all the rest.
  { name: "Chaos tests", script: "test:chaos", runner: "vitest", env: { CHAOS: "short" } },
  {
    name: "Security tests",
    script: "test:security",
    runner: "vitest",
    // The short form: by itself the fuzzer sends a million frames.
    env: { SECURITY_FUZZ_FRAMES: "100000" },
  },
  { name: "Browser tests", script: "test:e2e", runner: "playwright" },
];

interface StageReport extends SuiteReport {
  unanswered?: boolean;
}

/** A check that is no suite of tests counts as one test when it fails. */
const failedAlone: StageReport = { passed: 0, failed: 1, failures: [], unsteady: [] };

const REPORTS = join(ROOT, "test-results/reports");

async function testAll(): Promise<Count> {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  await installTools();
  const total: Count = { passed: 0, failed: 0 };
  const summary: string[] = [];
  const failures: string[] = [];
  const unsteady: string[] = [];
  let broken = false;
  for (const stage of STAGES) {
    const startedAt = Date.now();
    const count: StageReport = broken ? failedAlone : await runStage(stage);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    summary.push(`  ${lineFor(stage, count, broken).padEnd(48)}${seconds} s`);
    total.passed += count.passed;
    total.failed += count.failed;
    failures.push(...count.failures.map((name) => `${stage.name}: ${name}`));
    unsteady.push(...count.unsteady.map((name) => `${stage.name}: ${name}`));
    broken ||= stage.essential === true && count.failed > 0;
  }
  console.log(`\n${summary.join("\n")}\n`);
  printNames("Failed", failures);
  printNames("Passed only at a second attempt", unsteady);
  return total;
}

function printNames(heading: string, names: readonly string[]): void {
  if (names.length === 0) return;
  console.log(`${heading}:\n${names.map((name) => `  ${name}`).join("\n")}\n`);
}

async function runStage(stage: Stage): Promise<StageReport> {
  console.log(`\n── ${stage.name}`);
  const report = join(REPORTS, `${stage.script.replace(":", "-")}.json`);
  const exitCode = await run("npm", ["run", "--silent", stage.script, ...reportTo(stage, report)], {
    env: { ...stage.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  if (stage.runner) return readSuite(report, exitCode);
  if (exitCode === stage.unanswered) return { ...failedAlone, failed: 0, unanswered: true };
  return exitCode === 0 ? { ...failedAlone, failed: 0 } : failedAlone;
}

function reportTo({ runner }: Stage, report: string): string[] {
  if (!runner) return [];
  if (runner === "playwright") return ["--", "--reporter=list,json"];
  return ["--", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
}

function lineFor(
  { name, runner }: Stage,
  { passed, failed, unanswered }: StageReport,
  notRun: boolean,
): string {
  if (notRun) return `${name}: not run`;
  if (unanswered) return `${name}: NOT CHECKED`;
  if (runner) return `${name}: ${closingLine({ passed, failed })}`;
  return `${name}: ${failed === 0 ? "in order" : "failed"}`;
}

try {
  const total = await testAll();
  process.exitCode = total.failed === 0 ? 0 : 1;
  console.log(closingLine(total));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
  console.log(closingLine({ passed: 0, failed: 1 }));
}
