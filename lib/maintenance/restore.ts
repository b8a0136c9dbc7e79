import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "@/core/errors";
import { readGeneratedSecret, SECRET_FILE } from "../auth/secrets";
import { RESTORING, startEmbedded } from "../embedded/embedded";
import { DataLock } from "../embedded/lock";
import { type BackupHead, readBackup } from "./backup-file";
import { openClient } from "./embedded-data";
import { type Item, writeRows } from "./rows";
import { migrateExactly, migrateFully } from "./schema-history";

interface RestoreInput {
  /** Absolute; made when missing. */
  dataDir: string;
  file: string;
  /** The program's own. */
  migrations: string;
  /** Data that are there already are moved aside; without it they are a refusal. */
  replace: boolean;
}

interface Restored {
  rows: number;
  createdAt: string;
  /** Where what was there before is now; null = there was nothing. */
  movedTo: string | null;
  /** The backup has no secret of its own: AUTH_SECRET must be the one it was made with. */
  needsSecret: boolean;
}

/**
 * Makes the embedded data from a backup: complete beside their place, then moved there, so an
 * interrupted restore changes nothing. The server must be stopped.
 * @throws AppError `not_found`, `invalid`, `conflict`
 */
export async function restore(input: RestoreInput): Promise<Restored> {
  const { dataDir, file, replace } = input;
  const { head, items } = await readBackup(file);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const lock = await takeData(dataDir);
  const leftBehind = (await readdir(dataDir)).filter((name) => name.startsWith(RESTORING));
  const draft = await mkdtemp(join(dataDir, RESTORING));
  try {
    if (existsSync(join(dataDir, "db")) && !replace) {
      throw new AppError("conflict", `There are data in ${dataDir} already; see --replace.`);
    }
    const rows = await fill(draft, head, items, input.migrations);
    const movedTo = await swap(dataDir, draft, head.auth_secret ?? null);
    // Of restores that were killed: this one has the lock, so nobody works in them any more.
    for (const name of leftBehind) await rm(join(dataDir, name), { recursive: true, force: true });
    const needsSecret = head.auth_secret === undefined;
    return { rows, createdAt: head.created_at, movedTo, needsSecret };
  } finally {
    await items.return(undefined);
    await rm(draft, { recursive: true, force: true });
    await lock.release();
  }
}

async function takeData(dataDir: string): Promise<DataLock> {
  const holder = { pid: process.pid, startedAt: Date.now() };
  const acquired = await DataLock.acquire(join(dataDir, "lock"), holder);
  if ("lock" in acquired) return acquired.lock;
  const { pid } = acquired.heldBy;
  throw new AppError("conflict", `Process ${pid} has the data in ${dataDir}. Stop it first.`);
}

async function fill(
  draft: string,
  head: BackupHead,
  items: AsyncIterable<Item>,
  migrations: string,
): Promise<number> {
  const embedded = await startEmbedded({ dataDir: draft, log: () => undefined });
  try {
    await migrateExactly(embedded.url, migrations, head.migrations);
    const rows = await put(embedded.url, items);
    await migrateFully(embedded.url, migrations);
    return rows;
  } finally {
    await embedded.stop();
  }
}

async function put(url: string, items: AsyncIterable<Item>): Promise<number> {
  const client = await openClient(url);
  try {
    const rows = await writeRows(client, items);
    // Positions are handed out a second time from here: under another name.
    await client.query("UPDATE position SET epoch = gen_random_uuid()");
    return rows;
  } finally {
    await client.end();
  }
}

/** What is replaced moves aside, then what was made moves in: nothing but moves. */
async function swap(dataDir: string, draft: string, secret: string | null): Promise<string | null> {
  const arriving = ["db"];
  if (secret !== null && secret !== (await readGeneratedSecret(dataDir))) {
    await writeFile(join(draft, SECRET_FILE), `${secret}\n`, { mode: 0o600 });
    arriving.push(SECRET_FILE);
  }
  const replaced = arriving.filter((name) => existsSync(join(dataDir, name)));
  const aside = join(dataDir, `before-restore-${new Date().toISOString().replaceAll(":", "-")}`);
  if (replaced.length > 0) await mkdir(aside, { mode: 0o700 });
  for (const name of replaced) await rename(join(dataDir, name), join(aside, name));
  for (const name of arriving) await rename(join(draft, name), join(dataDir, name));
  return replaced.length > 0 ? aside : null;
}
