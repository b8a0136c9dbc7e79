/**
 * `npm start`: builds when there is no build of these sources, then runs the server in this
 * process. Plain JavaScript, because it runs before anything is built.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const OLDEST_NODE = [20, 19];
const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));

requireNode();
requirePackages();
buildIfNeeded();

process.chdir(path("."));
// What the environment says wins over the file.
if (existsSync(".env")) process.loadEnvFile(".env");
process.env.NODE_ENV = "production";
process.setSourceMapsEnabled(true);
endWithNpm();
await import("../dist/server/main.js");

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  fail(
    `Loudhailer needs Node.js ${oldestMajor}.${oldestMinor} or later; this is ${process.versions.node}.`,
  );
}

function requirePackages() {
  if (existsSync(path("node_modules/next"))) return;
  fail("The packages are not installed yet. Run: npm ci");
}

function buildIfNeeded() {
  // An image without the build tools comes with its build.
  if (!existsSync(path("node_modules/tsx")) || !existsSync(path("scripts/build.ts"))) {
    if (existsSync(path("dist/server/main.js"))) return;
    fail("There is no build, and the build tools are not installed. Run: npm ci && npm run build");
  }
  const { status } = spawnSync(
    process.execPath,
    ["--import", "tsx", "scripts/build.ts", "--if-stale"],
    { cwd: path("."), stdio: ["ignore", "inherit", "inherit"] },
  );
  if (status !== 0) fail("The build failed; its messages are above.");
}

/** npm does not pass on the SIGTERM that ends it: the server then drains as if it had got it. */
function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, "SIGTERM");
  }, 500);
  watch.unref();
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
