/** Part of `npm run check`: prints every import that goes the wrong way (scripts/imports/rules.ts). */
import { importsOf } from "./imports/graph";
import { RULES } from "./imports/rules";
import { violationsIn } from "./imports/violations";
import { ROOT } from "./run";
import { filesUnder } from "./sources";

const FOLDERS = ["app", "cli", "client", "components", "core", "lib", "server"];

const files = FOLDERS.flatMap(filesUnder).filter((path) => /\.tsx?$/.test(path));
const violations = violationsIn(
  files.flatMap((file) => importsOf(ROOT, file)),
  RULES,
);
for (const { file, line, problem } of violations) console.error(`${file}:${line} ${problem}`);
console.log(`Imports of ${files.length} files checked, ${violations.length} go the wrong way.`);
if (violations.length > 0) process.exitCode = 1;
