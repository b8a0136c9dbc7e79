/**
 * Builds the product: `dist/` (server, embedded database's process, command line, client) and
 * `.next/` (dashboard and REST). `--if-stale` does nothing when the sources did not change.
 */
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { forgetBuild, isBuildCurrent, rememberBuild, withBuildLock } from "./build-state";
import { generatePrismaClient } from "./generate";
import { cliBundle, serverBundle } from "./node-bundle";
import { mustRun, ROOT, typescript } from "./run";
import { hashSources } from "./sources";

async function build(): Promise<void> {
  const startedAt = Date.now();
  const madeFrom = hashSources();
  forgetBuild();
  await step("Generating the database client", generatePrismaClient);
  await step("Bundling the server and the command line", bundleForNode);
  await step("Bundling the client", bundleClient);
  await step("Building the dashboard", buildDashboard);
  rememberBuild(madeFrom);
  console.log(`Built in ${Math.round((Date.now() - startedAt) / 1000)} s.`);
}

async function step(what: string, work: () => Promise<void>): Promise<void> {
  console.log(`${what} …`);
  await work();
}

async function bundleForNode(): Promise<void> {
  for (const folder of ["server", "cli"]) {
    rmSync(join(ROOT, "dist", folder), { recursive: true, force: true });
  }
  await Promise.all([bundle(serverBundle), bundle(cliBundle)]);
  chmodSync(join(ROOT, "dist/cli/main.js"), 0o755);
}

async function bundleClient(): Promise<void> {
  await mustRun("Bundling the client", process.execPath, typescript("scripts/build-client.ts"), {
    env: { NODE_ENV: "production" },
    output: "on-failure",
  });
}

async function buildDashboard(): Promise<void> {
  await mustRun(
    "Building the dashboard",
    process.execPath,
    ["node_modules/next/dist/bin/next", "build"],
    { env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" }, output: "on-failure" },
  );
}

const onlyIfStale = process.argv.includes("--if-stale");
try {
  await withBuildLock(async () => {
    if (onlyIfStale && isBuildCurrent()) return;
    await build();
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
