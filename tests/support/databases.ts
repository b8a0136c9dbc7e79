import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "@/lib/adapters/prisma/database";
import { migrate } from "@/lib/adapters/prisma/migrate";
import { startEmbedded } from "@/lib/embedded/embedded";
import type { BroadcastDraft } from "@/lib/ports/broadcast-store";
import { aBroadcast } from "./broadcasts";
import { startPostgres } from "./postgres";

export const MIGRATIONS = "prisma/migrations";

/** An empty database with the schema on it, and what stands behind it. */
export interface TestDatabase {
  url: string;
  database: Database;
  close(): Promise<void>;
}

/** The two engines that every statement must work on, by how a test opens one. */
export const ENGINES = {
  PostgreSQL: onPostgres,
  "embedded PGlite": onPglite,
} as const satisfies Record<string, () => Promise<TestDatabase>>;

async function onPostgres(): Promise<TestDatabase> {
  const server = await startPostgres();
  return migrated(server.url, () => server.stop());
}

async function onPglite(): Promise<TestDatabase> {
  const dataDir = temporaryFolder();
  const embedded = await startEmbedded({ dataDir, log: () => {} });
  return migrated(embedded.url, async () => {
    await embedded.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
}

async function migrated(url: string, stop: () => Promise<void>): Promise<TestDatabase> {
  await migrate({ url, directory: MIGRATIONS, log: () => {} });
  const database = await openDatabase({ url, poolSize: 5 });
  const close = async () => {
    await database.close();
    await stop();
  };
  return { url, database, close };
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "lh-test-"));
}

/** A workspace of its own, so that tests share a database and not their rows. */
export async function aWorkspace(database: Database, settings: object = {}): Promise<string> {
  const id = randomUUID();
  await database.prisma.workspace.create({ data: { id, name: "Test", slug: id, settings } });
  return id;
}

/** A broadcast that went live at `now`, in `workspaceId`, as a transaction is given it. */
export function aDraft(
  workspaceId: string,
  now: number,
  changes: Partial<BroadcastDraft> = {},
): BroadcastDraft {
  const { seq, changeId, ...broadcast } = aBroadcast({
    id: randomUUID(),
    workspaceId,
    publishedAt: now,
    createdAt: now,
    updatedAt: now,
  });
  return { ...broadcast, ...changes };
}
