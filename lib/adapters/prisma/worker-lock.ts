import { Client } from "pg";
import { AppError } from "@/core/errors";
import type { Logger } from "@/lib/logger";

/** Names our lock among other users of advisory locks in the same database: "loud". */
const LOCK_KEY = 0x6c6f7564;
const RETRY_MS = 2_000;

interface WorkerLockOptions {
  url: string;
  /** Workers with a shared broker share the database; one without must be alone ([DEG1]). */
  shared: boolean;
  logger: Logger;
}

export interface WorkerLock {
  release(): Promise<void>;
}

/**
 * Keeps a worker without Redis from sharing its database with any other: they would not hear
 * each other. Held by a connection of its own, so a crash leaves nothing behind; after a lost
 * connection it is taken again.
 *
 * @throws AppError `conflict` when another worker stands in the way
 */
export async function takeWorkerLock(options: WorkerLockOptions): Promise<WorkerLock> {
  let client = await lock(options);
  if (client === null) {
    throw new AppError(
      "conflict",
      options.shared
        ? "A worker without Redis uses this database. Set REDIS_URL for every worker."
        : "Another worker uses this database. Several workers need REDIS_URL to hear each other.",
    );
  }
  let released = false;
  let timer: NodeJS.Timeout | undefined;

  const again = () => {
    if (released) return;
    timer = setTimeout(async () => {
      try {
        client = await lock(options);
        if (client) watch(client);
        else options.logger.error("another worker uses this database; they do not hear each other");
      } catch (err) {
        options.logger.debug({ err }, "the worker lock is not held now");
        client = null;
      }
      if (!client) again();
    }, RETRY_MS);
    timer.unref();
  };
  const watch = (held: Client) => {
    held.once("end", again);
  };
  watch(client);

  return {
    async release() {
      released = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}

async function lock({ url, shared }: WorkerLockOptions): Promise<Client | null> {
  const client = new Client({
    connectionString: url,
    application_name: "loudhailer-lock",
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const take = shared ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock";
    const { rows } = await client.query(`SELECT ${take}($1) AS held`, [LOCK_KEY]);
    if (rows[0]?.held === true) return client;
    await client.end();
    return null;
  } catch (cause) {
    await client.end().catch(() => undefined);
    throw new AppError("unavailable", "The database does not answer.", { cause });
  }
}
