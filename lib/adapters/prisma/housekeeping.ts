import { type Housekeeping, KEPT_HOURS, type Perishable } from "@/lib/ports/housekeeping";
import type { Database } from "./database";
import { retryOnConflict, transaction } from "./sql";

/**
 * Held until the transaction ends, which is all that one backend for all connections (the
 * embedded database) can do. The number only has to differ from those of other locks.
 */
const TRY_LOCK = "BEGIN; SELECT pg_try_advisory_xact_lock(7203118654) AS won";

/** Of a broadcast that nobody can be shown again: by index, a few rows of each. */
function rowsOfPastBroadcasts(table: "acknowledgement" | "receipt"): string {
  return `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
    SELECT past.place FROM broadcast b CROSS JOIN LATERAL (
      SELECT r.ctid AS place FROM ${table} r WHERE r.broadcast_id = b.id
      LIMIT $2 FOR UPDATE SKIP LOCKED
    ) past
    WHERE least(b.cleared_at, b.archived_at, b.ends_at)
      < statement_timestamp() - make_interval(hours => $1)
    LIMIT $2))`;
}

const IN_DELETED = "w.deleted_at <= statement_timestamp() - make_interval(hours => $1)";

/** Of deleted workspaces. */
function rowsOfDeletedBroadcasts(table: "acknowledgement" | "receipt" | "receipt_count"): string {
  return `DELETE FROM ${table} WHERE ctid = ANY(ARRAY(
    SELECT gone.place FROM workspace w JOIN broadcast b ON b.workspace_id = w.id
    CROSS JOIN LATERAL (
      SELECT r.ctid AS place FROM ${table} r WHERE r.broadcast_id = b.id
      LIMIT $2 FOR UPDATE SKIP LOCKED
    ) gone
    WHERE ${IN_DELETED} LIMIT $2))`;
}

/** None that a long cascade hangs on: those come when what hangs on them is gone. */
const DELETED_BROADCASTS = `DELETE FROM broadcast WHERE ctid = ANY(ARRAY(
  SELECT b.ctid FROM workspace w JOIN broadcast b ON b.workspace_id = w.id
  WHERE ${IN_DELETED}
    AND NOT EXISTS (SELECT FROM receipt r WHERE r.broadcast_id = b.id)
    AND NOT EXISTS (SELECT FROM acknowledgement a WHERE a.broadcast_id = b.id)
    AND NOT EXISTS (SELECT FROM receipt_count c WHERE c.broadcast_id = b.id)
  LIMIT $2 FOR UPDATE OF b SKIP LOCKED))`;

const DELETED_WORKSPACES = `DELETE FROM workspace WHERE ctid = ANY(ARRAY(
  SELECT w.ctid FROM workspace w
  WHERE ${IN_DELETED} AND NOT EXISTS (SELECT FROM broadcast b WHERE b.workspace_id = w.id)
  LIMIT $2 FOR UPDATE SKIP LOCKED))`;

/** `$1` hours, `$2` rows. */
const REMOVE: Record<Perishable, string> = {
  idempotency_keys: `DELETE FROM idempotency_key WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotency_key
    WHERE created_at < statement_timestamp() - make_interval(hours => $1)
    LIMIT $2 FOR UPDATE SKIP LOCKED))`,
  control_entries: `DELETE FROM control_entry WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM control_entry
    WHERE at < statement_timestamp() - make_interval(hours => $1)
      AND seq < (SELECT max(seq) FROM control_entry)
    ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED))`,
  acknowledgements: rowsOfPastBroadcasts("acknowledgement"),
  receipts: rowsOfPastBroadcasts("receipt"),
  deleted_receipts: rowsOfDeletedBroadcasts("receipt"),
  deleted_acknowledgements: rowsOfDeletedBroadcasts("acknowledgement"),
  deleted_receipt_counts: rowsOfDeletedBroadcasts("receipt_count"),
  deleted_broadcasts: DELETED_BROADCASTS,
  deleted_workspaces: DELETED_WORKSPACES,
};

/** Deletes in PostgreSQL what is past its time. */
export class PrismaHousekeeping implements Housekeeping {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  removePast(what: Perishable, limit: number): Promise<number | null> {
    return retryOnConflict(() =>
      transaction(
        this.#database.pool,
        async (sql, [lock]) => {
          if (lock?.won !== true) return null;
          const removed = await sql.query(`${REMOVE[what]} RETURNING 1`, [KEPT_HOURS[what], limit]);
          return removed.length;
        },
        TRY_LOCK,
      ),
    );
  }
}
