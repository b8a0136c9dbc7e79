import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { type Loudhailer, type LoudhailerOptions, startLoudhailer } from "./loudhailer";

/** A PostgreSQL that writes to disk at each commit, and counts its statements where asked to. */
export async function startDatabase({ counted = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "lh-bench-log-"));
  // PostgreSQL does not run as root.
  chmodSync(folder, 0o777);
  const logging = {
    logging_collector: "on",
    log_directory: folder,
    log_statement: "all",
  };
  const postgres = await startPostgres({ fsync: true, settings: counted ? logging : {} });
  return {
    postgres,
    /** Statements so far, what opens and ends a transaction included. */
    statements(): number {
      const logs = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
      return (logs.join("").match(/ LOG: {2}(statement|execute)/g) ?? []).length;
    },
    async stop() {
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One server on PostgreSQL and, where asked for, Redis; `stop` stops all of it. */
export async function onServices<T>(
  {
    redis: withRedis = false,
    ...options
  }: Omit<LoudhailerOptions, "databaseUrl"> & {
    redis?: boolean;
  },
  work: (
    ours: Loudhailer,
    services: { postgres: PostgresServer; redis: TestRedis | null },
  ) => Promise<T>,
): Promise<T> {
  const database = await startDatabase();
  const redis = withRedis ? await startRedis() : null;
  const ours = await startLoudhailer({
    ...options,
    databaseUrl: database.postgres.url,
    ...(redis && { redisUrl: redis.url }),
  });
  try {
    return await work(ours, { postgres: database.postgres, redis });
  } finally {
    await ours.stop();
    await redis?.close();
    await database.stop();
  }
}
