import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isPrismaClientCurrent } from "./generate";
import { mustRun, ROOT, typescript } from "./run";
import { hashSources } from "./sources";

const STAMP = join(ROOT, "dist/built-from");
const LOCK = join(ROOT, "dist/build.lock");
const PRODUCTS = ["dist/server/main.js", "dist/server/embedded-child.js", ".next/BUILD_ID"];
const LOCK_POLL_MS = 200;

/** Builds unless the build that is there was made from exactly these sources. */
export async function buildIfStale(): Promise<void> {
  if (isBuildCurrent()) return;
  await mustRun("The build", process.execPath, typescript("scripts/build.ts", "--if-stale"));
}

export function isBuildCurrent(): boolean {
  if (!existsSync(STAMP) || !isPrismaClientCurrent()) return false;
  if (!PRODUCTS.every((path) => existsSync(join(ROOT, path)))) return false;
  return readFileSync(STAMP, "utf8") === hashSources();
}

/** A build that stops half-way must not pass for a build. */
export function forgetBuild(): void {
  rmSync(STAMP, { force: true });
}

export function rememberBuild(madeFrom: string): void {
  writeFileSync(STAMP, madeFrom);
}

/** Two builds at once would overwrite each other's files: the second waits for the first. */
export async function withBuildLock(work: () => Promise<void>): Promise<void> {
  mkdirSync(dirname(LOCK), { recursive: true });
  while (!tryLock()) await sleep(LOCK_POLL_MS);
  try {
    await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

function tryLock(): boolean {
  try {
    const file = openSync(LOCK, "wx");
    writeFileSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch {
    if (!holderIsAlive()) rmSync(LOCK, { force: true });
    return false;
  }
}

/** A killed build leaves its lock behind, with the number of a process that is no more. */
function holderIsAlive(): boolean {
  try {
    process.kill(Number(readFileSync(LOCK, "utf8")), 0);
    return true;
  } catch {
    return false;
  }
}
