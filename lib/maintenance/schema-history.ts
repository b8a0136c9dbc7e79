import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "pg";
import { AppError } from "@/core/errors";
import { migrate } from "../adapters/prisma/migrate";

/** Names of the migrations that a database's schema was made by, oldest first. */
export async function appliedMigrations(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT migration_name AS name FROM _prisma_migrations
     WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY migration_name`,
  );
  return rows.map((row) => row.name);
}

/** Brings a database to this program's schema. */
export async function migrateFully(url: string, directory: string): Promise<void> {
  await migrate({ url, directory, log: () => undefined });
}

/**
 * Brings an empty database to the schema that these migrations made, and no further: data are
 * put back as they were, and then migrated like any other.
 * @throws AppError `conflict` where one of them is of a newer version
 */
export async function migrateExactly(
  url: string,
  directory: string,
  names: readonly string[],
): Promise<void> {
  const known = new Set(await readdir(directory));
  const newer = names.filter((name) => !known.has(name));
  if (newer.length > 0) {
    throw new AppError(
      "conflict",
      `This is of a newer version, which has ${newer.join(", ")}. Use that version or a later one.`,
    );
  }
  const chosen = await mkdtemp(join(tmpdir(), "loudhailer-migrations-"));
  try {
    for (const name of names) {
      await cp(join(directory, name), join(chosen, name), { recursive: true });
    }
    await migrateFully(url, chosen);
  } finally {
    await rm(chosen, { recursive: true, force: true });
  }
}
