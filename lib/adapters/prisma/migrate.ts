import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { AppError, isAppError } from "@/core/errors";
import { toAppError } from "./errors";

/** The key of Prisma's own tools: they and a starting server wait for each other. */
const LOCK_KEY = 72_707_369;
/** Waiting for another replica that migrates. */
const LOCK_WAIT_MS = 10 * 60_000;
/** Waiting for a table: others queue up behind this statement, so it gives up early. */
const TABLE_LOCK_MS = 30_000;
const CONNECT_TIMEOUT_MS = 5_000;
/** PostgreSQL 13: `gen_random_uuid` without an extension. */
const OLDEST_SERVER = 130_000;

export interface MigrateOptions {
  url: string;
  /** Holds one folder a migration, each with a `migration.sql`. */
  directory: string;
  log: (message: string, fields: Record<string, unknown>) => void;
}

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of the file, hex. */
  checksum: string;
}

interface AppliedMigration {
  name: string;
  checksum: string;
  finished: boolean;
}

/**
 * Applies the migrations that this database lacks, in order of name, and keeps the record that
 * `prisma migrate` keeps (docs/decisions/migrations.md says why not by its engine). Each migration
 * and its entry is one transaction under a lock: several replicas may start at once, and one that
 * fails leaves nothing behind. Migrations of a newer version are left alone ([DEG9]).
 *
 * Throws `unavailable`, or `internal` with the migration's name and PostgreSQL's words.
 */
export async function migrate(options: MigrateOptions): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(options.directory);
  const client = new Client({
    connectionString: options.url,
    application_name: "loudhailer migrate",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    lock_timeout: LOCK_WAIT_MS,
  });
  // A connection that breaks while nothing runs must not end the process.
  client.on("error", () => {});
  try {
    await client.connect();
    return { applied: await applyAll(client, migrations, options.log) };
  } catch (error) {
    throw toAppError(error);
  } finally {
    await client.end().catch(() => {});
  }
}

async function applyAll(
  client: Client,
  migrations: readonly Migration[],
  log: MigrateOptions["log"],
): Promise<string[]> {
  await checkServer(client);
  const applied: string[] = [];
  for (;;) {
    const next = await applyNext(client, migrations);
    if (next.migration === null) {
      report(next.record, migrations, log);
      return applied;
    }
    applied.push(next.migration.name);
    log("Migration applied.", { migration: next.migration.name, tookMs: next.tookMs });
  }
}

/** One transaction: looks again, under the lock, at what is missing, and applies the first. */
async function applyNext(
  client: Client,
  migrations: readonly Migration[],
): Promise<{ migration: Migration | null; record: AppliedMigration[]; tookMs: number }> {
  await client.query("BEGIN");
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [LOCK_KEY]);
    const record = await readRecord(client);
    const done = new Set(record.map((entry) => entry.name));
    const migration = migrations.find(({ name }) => !done.has(name)) ?? null;
    const startedAt = Date.now();
    if (migration) await apply(client, migration);
    await client.query("COMMIT");
    return { migration, record, tookMs: Date.now() - startedAt };
  } catch (error) {
    await client.query("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function apply(client: Client, migration: Migration): Promise<void> {
  await client.query(`SET LOCAL lock_timeout = ${TABLE_LOCK_MS}`);
  try {
    await client.query(migration.sql);
  } catch (error) {
    const mapped = toAppError(error);
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError(
      mapped.code === "unavailable" ? "unavailable" : "internal",
      `The migration ${migration.name} failed and was undone: ${why}`,
      { cause: error, retryAfterS: mapped.retryAfterS },
    );
  }
  await client.query(
    `INSERT INTO _prisma_migrations
       (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), clock_timestamp(), 1)`,
    [randomUUID(), migration.checksum, migration.name],
  );
}

/** What was applied; makes the table when there is none, as Prisma would. */
async function readRecord(client: Client): Promise<AppliedMigration[]> {
  const { rows } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS found",
  );
  // Not IF NOT EXISTS: a role that may not create tables can still start on a complete schema.
  if (!rows[0]?.found) await client.query(CREATE_RECORD);
  const record = await client.query<AppliedMigration>(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
     FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
  const broken = record.rows.find((entry) => !entry.finished);
  if (broken) {
    throw new AppError(
      "internal",
      `The migration ${broken.name} was begun by another tool and not finished. Put the ` +
        "schema right, then mark it with `prisma migrate resolve`.",
    );
  }
  return record.rows;
}

const CREATE_RECORD = `CREATE TABLE _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

function report(
  record: readonly AppliedMigration[],
  migrations: readonly Migration[],
  log: MigrateOptions["log"],
): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const newer = record.map(({ name }) => name).filter((name) => !known.has(name));
  if (newer.length > 0) {
    log("The database has migrations of a newer version; starting on it all the same.", { newer });
  }
  const edited = record.filter(({ name, checksum }) => {
    const migration = known.get(name);
    return migration !== undefined && migration.checksum !== checksum;
  });
  if (edited.length > 0) {
    log("Migrations were changed after they had been applied here.", {
      migrations: edited.map(({ name }) => name),
    });
  }
}

async function checkServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number; name: string }>(
    `SELECT current_setting('server_version_num')::int AS number,
       current_setting('server_version') AS name`,
  );
  const version = rows[0];
  if (version && version.number < OLDEST_SERVER) {
    throw new AppError("internal", `PostgreSQL 13 or later is needed; this is ${version.name}.`);
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    return await Promise.all(names.sort().map((name) => readMigration(directory, name)));
  } catch (error) {
    if (isAppError(error)) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new AppError("internal", `The migrations cannot be read: ${why}`, { cause: error });
  }
}

async function readMigration(directory: string, name: string): Promise<Migration> {
  const sql = await readFile(join(directory, name, "migration.sql"), "utf8");
  return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
}
