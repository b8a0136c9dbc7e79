import { randomUUID } from "node:crypto";
import type { Pool, PoolClient, QueryResult, QueryResultRow } from "pg";
import { AppError } from "@/core/errors";
import { getOrMake } from "@/lib/collections";
import { isRolledBackConflict, toAppError } from "./errors";

/** Statements of a transaction; those with parameters are prepared, once for each connection. */
export interface Sql {
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

/** One statement outside a transaction. Throws what {@link toAppError} makes. */
export async function query<Row extends QueryResultRow>(
  pool: Pool,
  text: string,
  values: unknown[] = [],
): Promise<Row[]> {
  try {
    return (await pool.query<Row>(text, values)).rows;
  } catch (error) {
    throw toAppError(error);
  }
}

/** What PostgreSQL takes as a `uuid`: asking for another would be an error, not "not found". */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

/** The first row of a statement that always has one. */
export function only<Row>(rows: readonly Row[]): Row {
  const row = rows[0];
  if (row === undefined) {
    throw new AppError("internal", "The database lacks a row that migrations insert.");
  }
  return row;
}

/**
 * Runs `work` in a transaction (READ COMMITTED). `begin` may hold further statements without
 * parameters, so that they cost no round trip of their own; `work` gets the last one's rows.
 * Rolls back when `work` throws; a connection whose state is unknown is destroyed, and so is one
 * whose `begin` failed: whether a transaction was begun depends on how far it came.
 */
export async function transaction<T>(
  pool: Pool,
  work: (sql: Sql, begun: QueryResultRow[]) => Promise<T>,
  begin = "BEGIN",
): Promise<T> {
  const client = await pool.connect().catch((error) => Promise.reject(toAppError(error)));
  let usable = false;
  const send = (text: string, values?: unknown[]) =>
    client.query(values ? { name: nameOf(client, text), text, values } : text).catch((error) => {
      usable &&= isReportedByServer(error);
      throw toAppError(error);
    });
  try {
    const begun = lastRows(await send(begin));
    usable = true;
    const sql: Sql = { query: async (text, values) => (await send(text, values)).rows };
    const result = await work(sql, begun);
    await commit(send);
    return result;
  } catch (error) {
    usable &&= await rollBack(client);
    throw error;
  } finally {
    client.release(!usable);
  }
}

const statementNumbers = new Map<string, number>();
const connectionNames = new WeakMap<PoolClient, string>();

/**
 * What a statement is prepared as: planning is most of what the small ones cost. Connections to
 * the embedded database share one session, so no two, of whatever process, may use a name.
 */
function nameOf(client: PoolClient, text: string): string {
  const connection = getOrMake(connectionNames, client, randomUUID);
  return `${connection}.${getOrMake(statementNumbers, text, () => statementNumbers.size)}`;
}

/** Once more after a deadlock: the server has rolled the first attempt back for certain. */
export async function retryOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isRolledBackConflict(error)) throw error;
    return await attempt();
  }
}

/** COMMIT of a transaction in which a statement failed is a ROLLBACK that reports no error. */
async function commit(send: (text: string) => Promise<QueryResult>): Promise<void> {
  const { command } = await send("COMMIT");
  if (command !== "COMMIT") {
    throw new AppError("internal", "The transaction was rolled back: a failure in it was ignored.");
  }
}

/** @returns whether the connection can be used again */
function rollBack(client: PoolClient): Promise<boolean> {
  return client.query("ROLLBACK").then(
    () => true,
    () => false,
  );
}

/** The driver answers several statements in one message with an array, despite its types. */
function lastRows(result: QueryResult | QueryResult[]): QueryResultRow[] {
  return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
}

/** An error message of PostgreSQL has a severity; anything else says the connection is in doubt. */
function isReportedByServer(error: unknown): boolean {
  return (
    typeof error === "object" &&
    error !== null &&
    "severity" in error &&
    error.severity !== "FATAL" &&
    error.severity !== "PANIC"
  );
}
