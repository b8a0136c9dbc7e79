/**
 * `npm run test:all`: installs what the tests need, runs every check and every test, and ends with
 * one line that counts them over all suites. A check that fails, a suite that crashes, runs
 * nothing or cannot run counts as a failed test.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installTools } from "./install-tools";
import { ROOT, run } from "./run";
import { type Count, closingLine, countTests } from "./test-report";

interface Stage {
  name: string;
  /** Script of package.json. */
  script: string;
  runner?: "vitest" | "playwright";
  env?: Record<string, string>;
  /** What comes after makes no sense when this fails. */
  essential?: boolean;
}

const STAGES: readonly Stage[] = [
  { name: "Generated code", script: "generate", essential: true },
  { name: "Format and lint", script: "lint" },
  { name: "Types", script: "types" },
  { name: "Import directions", script: "imports" },
  { name: "Unused code", script: "unused" },
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

const REPORTS = join(ROOT, "test-results/reports");

async function testAll(): Promise<Count> {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  await installTools();
  const total: Count = { passed: 0, failed: 0 };
  const summary: string[] = [];
  let broken = false;
  for (const stage of STAGES) {
    const startedAt = Date.now();
    const count: Count = broken ? { passed: 0, failed: 1 } : await runStage(stage);
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    summary.push(`  ${lineFor(stage, count, broken).padEnd(48)}${seconds} s`);
    total.passed += count.passed;
    total.failed += count.failed;
    broken ||= stage.essential === true && count.failed > 0;
  }
  console.log(`\n${summary.join("\n")}\n`);
  return total;
}

async function runStage(stage: Stage): Promise<Count> {
  console.log(`\n── ${stage.name}`);
  const report = join(REPORTS, `${stage.script.replace(":", "-")}.json`);
  const exitCode = await run("npm", ["run", "--silent", stage.script, ...reportTo(stage, report)], {
    env: { ...stage.env, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  });
  if (stage.runner) return countTests(report, exitCode);
  return { passed: 0, failed: exitCode === 0 ? 0 : 1 };
}

function reportTo({ runner }: Stage, report: string): string[] {
  if (!runner) return [];
  if (runner === "playwright") return ["--", "--reporter=list,json"];
  return ["--", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
}

function lineFor({ name, runner }: Stage, { passed, failed }: Count, notRun: boolean): string {
  if (notRun) return `${name}: not run`;
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
