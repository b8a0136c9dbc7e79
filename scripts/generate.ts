/**
 * Makes what the sources import but the repository does not hold: the Prisma client, and Next's
 * route types. Quick when nothing changed.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mustRun, ROOT } from "./run";
import { hashSources } from "./sources";

const STAMP = join(ROOT, "lib/adapters/prisma/generated/.made-from");
const MADE_FROM = ["prisma/schema.prisma", "prisma.config.ts", "package-lock.json"];

export function isPrismaClientCurrent(): boolean {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === hashSources(MADE_FROM);
}

export async function generatePrismaClient(): Promise<void> {
  if (isPrismaClientCurrent()) return;
  await mustRun(
    "Generating the Prisma client",
    process.execPath,
    ["node_modules/prisma/build/index.js", "generate"],
    {
      env: {
        // Prisma would download its native schema engine, which generating does not need; it
        // only checks that the file exists.
        PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
        CHECKPOINT_DISABLE: "1",
      },
      output: "on-failure",
    },
  );
  writeFileSync(STAMP, hashSources(MADE_FROM));
}

/** Types of routes that are no more would fail the type check: they are made anew. */
async function generateRouteTypes(): Promise<void> {
  for (const folder of [".next/types", ".next/dev/types"]) {
    rmSync(join(ROOT, folder), { recursive: true, force: true });
  }
  await mustRun(
    "Generating Next's route types",
    process.execPath,
    ["node_modules/next/dist/bin/next", "typegen"],
    { env: { NEXT_TELEMETRY_DISABLED: "1" }, output: "on-failure" },
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await generatePrismaClient();
  await generateRouteTypes();
}
