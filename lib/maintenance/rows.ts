import type { Client } from "pg";
import { AppError } from "@/core/errors";

/** A whole database as a stream: each table's head, then its rows as JSON objects. */
export type Item =
  | { kind: "table"; name: string; columns: string[] }
  | { kind: "row"; json: string };

const FETCH = 2_000;
const INSERT_BATCH = 500;
/** Migrations keep their own record. */
const NOT_COPIED = "_prisma_migrations";

/**
 * Everything there is, as of one moment; parents before the rows that refer to them. Rows are
 * PostgreSQL's own JSON, passed on as text: no number or time goes through JavaScript.
 */
export async function* readRows(client: Client): AsyncGenerator<Item> {
  await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    for (const name of await tablesInOrder(client)) {
      yield { kind: "table", name, columns: await columnsOf(client, name) };
      const table = client.escapeIdentifier(name);
      await client.query(
        `DECLARE rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS json FROM ${table} t`,
      );
      for (;;) {
        const { rows } = await client.query<{ json: string }>(`FETCH ${FETCH} FROM rows`);
        for (const { json } of rows) yield { kind: "row", json };
        if (rows.length < FETCH) break;
      }
      await client.query("CLOSE rows");
    }
  } finally {
    await client.query("ROLLBACK").catch(() => undefined);
  }
}

/**
 * Puts a stream into a database that has the same tables and nothing in them that anybody would
 * miss: in one transaction, so it is there whole or not at all.
 * @returns how many rows
 */
export async function writeRows(
  client: Client,
  items: AsyncIterable<Item> | Iterable<Item>,
): Promise<number> {
  let written = 0;
  await client.query("BEGIN");
  try {
    await emptyTables(client);
    let table: Extract<Item, { kind: "table" }> | null = null;
    let batch: string[] = [];
    const flush = async () => {
      if (table && batch.length > 0) await insert(client, table, batch);
      written += batch.length;
      batch = [];
    };
    for await (const item of items) {
      if (item.kind === "table") {
        await flush();
        table = item;
      } else if (batch.push(item.json) === INSERT_BATCH) await flush();
    }
    await flush();
    await setSequences(client);
    await client.query("COMMIT");
    return written;
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function insert(
  client: Client,
  { name, columns }: { name: string; columns: string[] },
  rows: readonly string[],
): Promise<void> {
  const table = client.escapeIdentifier(name);
  const list = columns.map((column) => client.escapeIdentifier(column)).join(", ");
  await client.query(
    `INSERT INTO ${table} (${list})
     SELECT ${list} FROM json_populate_recordset(NULL::${table}, $1::json)`,
    [`[${rows.join(",")}]`],
  );
}

/** A schema that was just made has a few rows of its own. */
async function emptyTables(client: Client): Promise<void> {
  const names = (await tablesInOrder(client)).map((name) => client.escapeIdentifier(name));
  await client.query(`TRUNCATE ${names.join(", ")}`);
}

/** Numbers that the database hands out go on after the highest that is there. */
async function setSequences(client: Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string; sequence: string }>(
    `SELECT table_name AS table, column_name AS column,
       pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence
     FROM information_schema.columns
     WHERE table_schema = current_schema()
       AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL`,
  );
  for (const { table, column, sequence } of rows) {
    const [from, highest] = [table, column].map((name) => client.escapeIdentifier(name));
    await client.query(`SELECT setval($1, coalesce(max(${highest}), 0) + 1, false) FROM ${from}`, [
      sequence,
    ]);
  }
}

async function columnsOf(client: Client, table: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name = $1
       AND is_generated = 'NEVER' ORDER BY ordinal_position`,
    [table],
  );
  return rows.map((row) => row.name);
}

async function tablesInOrder(client: Client): Promise<string[]> {
  const tables = await client.query<{ name: string }>(
    `SELECT relname AS name FROM pg_class
     WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> $1
     ORDER BY relname`,
    [NOT_COPIED],
  );
  const references = await client.query<{ child: string; parent: string }>(
    `SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint
     JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conrelid <> confrelid`,
  );
  return inOrder(
    tables.rows.map((row) => row.name),
    references.rows,
  );
}

/** Parents first. @throws AppError `internal` when tables refer to each other in a circle */
export function inOrder(
  tables: readonly string[],
  references: readonly { child: string; parent: string }[],
): string[] {
  const placed = new Set<string>();
  const isReady = (name: string) =>
    references.every(({ child, parent }) => child !== name || placed.has(parent));
  while (placed.size < tables.length) {
    const ready = tables.filter((name) => !placed.has(name) && isReady(name));
    if (ready.length === 0)
      throw new AppError("internal", "Tables refer to each other in a circle.");
    for (const name of ready) placed.add(name);
  }
  return [...placed];
}
