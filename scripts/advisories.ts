/**
 * `npm run advisories`: asks the registry whether anything is known against what production runs.
 * Ends with 0 when nothing is, with 1 when something is, and with 2 when nobody answered: some
 * mirrors have no audit API, and then nothing was checked. `--registry=https://…` asks another.
 */
import { execFile } from "node:child_process";
import { readAudit, toLines } from "./advisory-report";
import { ROOT } from "./run";

/** A registry that is out of reach is not waited for. */
const PATIENCE = ["--fetch-retries=0", "--fetch-timeout=30000"];
const MAX_OUTPUT_BYTES = 64 << 20;
const EXIT = { clean: 0, found: 1, unanswered: 2 } as const;

function audit(more: readonly string[]): Promise<string> {
  const args = ["audit", "--omit=dev", "--json", ...PATIENCE, ...more];
  return new Promise((resolve) => {
    // It exits non-zero for findings and failures alike: what it says tells them apart.
    execFile("npm", args, { cwd: ROOT, maxBuffer: MAX_OUTPUT_BYTES }, (_, stdout) =>
      resolve(stdout),
    );
  });
}

const result = readAudit(await audit(process.argv.slice(2)));
for (const line of toLines(result)) console.log(line);
process.exitCode = EXIT[result.kind];
