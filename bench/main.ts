/**
 * `npm run bench`: our server and its peers side by side, and a table of what was asked of it.
 * docs/performance.md says what each row measures and how.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { requireTools } from "@/tests/support/tools";
import { drawChart } from "./charts";
import type { Outcome, Plan } from "./plan";
import { inMarkdown, inText } from "./report";
import { acknowledgements } from "./rows/acknowledgements";
import { fanOut } from "./rows/fan-out";
import { idle } from "./rows/idle";
import { publishing } from "./rows/publish";
import { redisCommands } from "./rows/redis";
import { starting } from "./rows/start";
import { storm } from "./rows/storm";
import { targeting } from "./rows/targeting";
import { workers } from "./rows/workers";

const ROWS: Record<string, (plan: Plan) => Promise<Outcome>> = {
  "fan-out": fanOut,
  workers,
  storm,
  publish: publishing,
  targeting,
  acknowledgements,
  redis: redisCommands,
  idle,
  start: starting,
};

const USAGE = `npm run bench -- [rows] [options]
  rows                 ${Object.keys(ROWS).join(", ")}; all when none is named
  --short              a tenth of everything: to see that it runs, not to judge by
  --connections <n>    default 10000
  --rounds <n>         default 3; medians of all rounds are shown
  --report <folder>    also write the table and charts there
  --profiles <folder>  also take CPU and allocation profiles of the fan-out`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: "boolean", default: false },
    connections: { type: "string" },
    rounds: { type: "string" },
    report: { type: "string" },
    profiles: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

async function main(): Promise<void> {
  const wanted = positionals.length > 0 ? positionals : Object.keys(ROWS);
  const unknown = wanted.filter((name) => !(name in ROWS));
  if (values.help || unknown.length > 0) {
    console.log(unknown.length > 0 ? `There is no row ${unknown.join(", ")}.\n${USAGE}` : USAGE);
    process.exitCode = unknown.length > 0 ? 2 : 0;
    return;
  }
  requireTools(["redis", "postgres"]);
  const plan = planned();
  const outcome: Required<Outcome> = { lines: [], charts: [], notes: [] };
  for (const name of wanted) {
    const startedAt = Date.now();
    const { lines, charts = [], notes = [] } = (await ROWS[name]?.(plan)) ?? { lines: [] };
    console.log(`${name} (${Math.round((Date.now() - startedAt) / 1000)} s)`);
    console.log(inText(lines, notes));
    outcome.lines.push(...lines);
    outcome.charts.push(...charts);
    outcome.notes.push(...notes);
  }
  if (wanted.length > 1) console.log(inText(outcome.lines, []));
  if (values.report) writeReport(resolve(values.report), plan, outcome);
  rmSync(plan.folder, { recursive: true, force: true });
}

function planned(): Plan {
  const { short } = values;
  if (values.profiles) mkdirSync(values.profiles, { recursive: true });
  return {
    connections: Number(values.connections ?? (short ? 1_000 : 10_000)),
    rounds: Number(values.rounds ?? (short ? 1 : 3)),
    paced: 15,
    perSecond: 5,
    burst: 50,
    folder: mkdtempSync(join(tmpdir(), "lh-bench-")),
    profiles: values.profiles ? resolve(values.profiles) : null,
  };
}

function writeReport(folder: string, plan: Plan, outcome: Required<Outcome>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "table.md"), inMarkdown(plan, outcome));
  for (const chart of outcome.charts) {
    writeFileSync(join(folder, `${chart.file}.svg`), drawChart(chart));
  }
}

try {
  await main();
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
// Whatever a failed row left open.
process.exit();
