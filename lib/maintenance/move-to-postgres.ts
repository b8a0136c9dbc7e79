import { AppError } from "@/core/errors";
import { openClient, openEmbeddedData } from "./embedded-data";
import { readRows, writeRows } from "./rows";
import { migrateFully } from "./schema-history";

interface MoveInput {
  /** Absolute. */
  dataDir: string;
  /** Of an empty database. */
  databaseUrl: string;
  migrations: string;
}

/**
 * Copies the embedded data into an empty PostgreSQL database, whole or not at all. They stay where
 * they are. The server must be stopped, or what it goes on writing would be lost.
 * @throws AppError `not_found`, `conflict`, `unavailable`
 */
export async function moveToPostgres(input: MoveInput): Promise<{ rows: number }> {
  const { dataDir, databaseUrl, migrations } = input;
  const data = await openEmbeddedData(dataDir, { exclusive: true });
  try {
    // Both at this program's schema: a column on one side only would be lost.
    await migrateFully(data.url, migrations);
    await migrateFully(databaseUrl, migrations);
    const target = await openClient(databaseUrl);
    try {
      const { rows } = await target.query<{ used: boolean }>(
        "SELECT secret_fingerprint IS NOT NULL AS used FROM installation",
      );
      if (rows[0]?.used) {
        throw new AppError(
          "conflict",
          "A server was started on that database already. Give an empty one.",
        );
      }
      return { rows: await writeRows(target, readRows(data.client)) };
    } finally {
      await target.end();
    }
  } finally {
    await data.close();
  }
}
