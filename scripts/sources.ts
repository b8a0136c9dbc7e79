import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./run";

/** Everything a build is made from. */
const INPUTS = [
  "app",
  "cli",
  "client",
  "components",
  "core",
  "lib",
  "prisma",
  "public",
  "server",
  "scripts/build.ts",
  "scripts/build-client.ts",
  "scripts/generate.ts",
  "scripts/node-bundle.ts",
  "next.config.js",
  "package-lock.json",
  "package.json",
  "postcss.config.mjs",
  "tsconfig.json",
];

/** Made by the build itself, or no part of it. */
const IGNORED = /(^|\/)(generated|node_modules)(\/|$)|\.test\.tsx?$/;

/** SHA-256 over names and contents: file times mean nothing after a checkout. */
export function hashSources(inputs: readonly string[] = INPUTS): string {
  const hash = createHash("sha256");
  for (const path of inputs.flatMap(filesUnder)) {
    hash
      .update(path)
      .update("\0")
      .update(readFileSync(join(ROOT, path)))
      .update("\0");
  }
  return hash.digest("hex");
}

/** Files at or below `path` (relative to the root), in a fixed order. */
export function filesUnder(path: string): string[] {
  const absolute = join(ROOT, path);
  if (IGNORED.test(path) || !existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return [path];
  return readdirSync(absolute)
    .sort()
    .flatMap((name) => filesUnder(`${path}/${name}`));
}
