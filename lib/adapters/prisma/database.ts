import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import { toAppError } from "./errors";
import { PrismaClient } from "./generated/client";

/** Waiting for a row lock longer than this is `unavailable`. */
export const LOCK_TIMEOUT_MS = 2_000;
/** The server ends a transaction whose client says nothing for this long. */
export const IDLE_IN_TRANSACTION_MS = 5_000;
/** The server gives up a statement after this long. */
export const STATEMENT_TIMEOUT_MS = 5_000;
/** The client gives up a little later: a server that went silent answers nothing at all. */
const QUERY_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 2_000;
/** For a new connection, or for a free one. */
const CONNECT_TIMEOUT_MS = 3_000;
const KEEP_ALIVE_AFTER_MS = 10_000;
const IDLE_CONNECTION_MS = 60_000;
const DEFAULT_POOL_SIZE = 10;

export interface DatabaseOptions {
  /** `postgresql://…`; for the embedded database what `startEmbedded` returned. */
  url: string;
  /**
   * All connections are one session, the embedded database's: they stay open, because what was
   * prepared on one would stay behind it. Default: no.
   */
  sharesSession?: boolean;
  /** Connections at most. Default 10. */
  poolSize?: number;
  /** Shown in `pg_stat_activity`. Default `loudhailer`. */
  applicationName?: string;
  /** An idle connection was lost. The pool replaces it; worth a debug line. */
  onConnectionError?: (error: Error) => void;
}

/** One pool of PostgreSQL connections, used by Prisma and by the hot statements alike. */
export interface Database {
  readonly prisma: PrismaClient;
  /** For statements written in SQL; use the functions of `./sql`, which map errors. */
  readonly pool: Pool;
  /** Prisma work whose errors come out as {@link toAppError} makes them. */
  run<T>(work: (prisma: PrismaClient) => Promise<T>): Promise<T>;
  /** Resolves when the database answers. Throws `unavailable`. */
  ping(): Promise<void>;
  /** Waits for what is running. May be called twice. */
  close(): Promise<void>;
}

/**
 * Makes the pool. Connections are opened when they are needed, so a database that is away is
 * noticed by the first statement, not here.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const pool = new Pool({
    connectionString: options.url,
    max: options.poolSize ?? DEFAULT_POOL_SIZE,
    application_name: options.applicationName ?? "loudhailer",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: options.sharesSession ? 0 : IDLE_CONNECTION_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // Without a listener, a connection that the server closes would end the process: one on the
  // pool for idle connections, one on each for those in use.
  const onError = options.onConnectionError ?? (() => {});
  pool.on("error", onError);
  pool.on("connect", (client) => client.on("error", onError));

  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool),
    transactionOptions: { maxWait: CONNECT_TIMEOUT_MS, timeout: IDLE_IN_TRANSACTION_MS },
  });
  let closing: Promise<void> | undefined;
  return {
    prisma,
    pool,
    run: (work) => work(prisma).catch((error) => Promise.reject(toAppError(error))),
    ping: async () => {
      await pool.query("SELECT 1").catch((error) => Promise.reject(toAppError(error)));
    },
    close: () => {
      closing ??= prisma.$disconnect().then(() => pool.end());
      return closing;
    },
  };
}
