/**
 * `npm run dev`: rebuilds and restarts the server when its sources change, rebuilds the client
 * when its do; pages reload by Next's own development server inside it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { join } from "node:path";
import { context, type Plugin } from "esbuild";
import { forgetBuild } from "./build-state";
import { generatePrismaClient } from "./generate";
import { serverBundle } from "./node-bundle";
import { mustRun, ROOT, run, typescript } from "./run";

const CLIENT_SOURCES = ["client", "core"];
/** Editors save in several steps. */
const SETTLE_MS = 100;

let server: ChildProcess | undefined;
let restarting = Promise.resolve();

const restartServer: Plugin = {
  name: "restart-server",
  setup(build) {
    build.onEnd(({ errors }) => {
      if (errors.length > 0) return;
      restarting = restarting.then(restart);
    });
  },
};

async function restart(): Promise<void> {
  await stop();
  server = spawn(process.execPath, ["--enable-source-maps", "dist/server/main.js"], {
    cwd: ROOT,
    env: { ...process.env, NODE_ENV: "development", NEXT_TELEMETRY_DISABLED: "1" },
    stdio: "inherit",
  });
}

async function stop(): Promise<void> {
  if (!server || server.exitCode !== null || server.signalCode !== null) return;
  const stopped = once(server, "exit");
  server.kill("SIGTERM");
  await stopped;
}

function rebuildClientOnChange(): void {
  let timer: NodeJS.Timeout | undefined;
  const rebuild = () => void run(process.execPath, typescript("scripts/build-client.ts"));
  for (const folder of CLIENT_SOURCES) {
    watch(join(ROOT, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(rebuild, SETTLE_MS);
    });
  }
}

forgetBuild();
await generatePrismaClient();
await mustRun("Bundling the client", process.execPath, typescript("scripts/build-client.ts"));
rebuildClientOnChange();
const watching = await context({ ...serverBundle, plugins: [restartServer] });
await watching.watch();

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await watching.dispose();
    await stop();
    process.exit(0);
  });
}
