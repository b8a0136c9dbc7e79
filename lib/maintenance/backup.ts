import { existsSync } from "node:fs";
import { AppError } from "@/core/errors";
import { readGeneratedSecret } from "../auth/secrets";
import { headOf, writeBackup } from "./backup-file";
import { openEmbeddedData } from "./embedded-data";
import { readRows } from "./rows";
import { appliedMigrations } from "./schema-history";

interface BackupInput {
  /** Absolute. */
  dataDir: string;
  /** Where the backup goes; must not exist. */
  file: string;
  version: string;
}

/**
 * Copies the embedded data into one file, as of one moment, also while a server runs: while that
 * takes, the server works from memory as when its database is away.
 * @throws AppError `not_found`, `conflict`
 */
export async function backUp({ dataDir, file, version }: BackupInput): Promise<{ rows: number }> {
  if (existsSync(file)) throw new AppError("conflict", `${file} exists already.`);
  const data = await openEmbeddedData(dataDir);
  try {
    const secret = await readGeneratedSecret(dataDir);
    const backup = headOf({
      version,
      created_at: new Date().toISOString(),
      migrations: await appliedMigrations(data.client),
      ...(secret !== null && { auth_secret: secret }),
    });
    return { rows: await writeBackup(file, backup, readRows(data.client)) };
  } finally {
    await data.close();
  }
}
