import type { Pool } from "pg";
import type { DeliveryCount, Receipt, ReceiptKind } from "@/lib/ports/receipt-store";
import { type Sql, transaction } from "./sql";

/** Columns of `receipt` that say when each kind happened first (for a snooze: last). */
const AT_COLUMN = {
  seen: "seen_at",
  clicked: "clicked_at",
  dismissed: "dismissed_at",
  snoozed: "snoozed_at",
} as const satisfies Record<Receipt["kind"], string>;

const KINDS = Object.keys(AT_COLUMN) as Receipt["kind"][];

/** One row of `receipt`, as JSON; times in ISO 8601. */
interface ReceiptRow {
  broadcast_id: string;
  revision: number;
  recipient: string;
  seen_at: string | null;
  clicked_at: string | null;
  dismissed_at: string | null;
  snoozed_at: string | null;
  snoozed_until: string | null;
}

/** What a statement recorded that was not there before, by kind: when it happened. */
type NewKinds = Pick<ReceiptRow, "broadcast_id" | "revision" | "recipient"> &
  Record<(typeof AT_COLUMN)[Receipt["kind"]], Date | null>;

const INPUT = "SELECT * FROM jsonb_populate_recordset(NULL::receipt, $1)";
const IN_ORDER = "ORDER BY i.broadcast_id, i.revision, i.recipient";
const NEW_KINDS =
  "broadcast_id, revision, recipient, seen_at, clicked_at, dismissed_at, snoozed_at";

/** First, what nobody recorded yet: everything in these rows is new. */
const INSERT_NEW = `
WITH input AS (${INPUT}), known AS (
  SELECT b.id FROM broadcast b WHERE b.id IN (SELECT broadcast_id FROM input)
  ORDER BY b.id FOR KEY SHARE
)
INSERT INTO receipt (${NEW_KINDS}, snoozed_until)
SELECT i.broadcast_id, i.revision, i.recipient, i.seen_at, i.clicked_at, i.dismissed_at,
  i.snoozed_at, i.snoozed_until
FROM input i JOIN known k ON k.id = i.broadcast_id ${IN_ORDER}
ON CONFLICT DO NOTHING
RETURNING ${NEW_KINDS}`;

/**
 * Then the others. A statement of its own, because it must see rows that another worker committed
 * while the first one waited for them; it locks them before it looks at what they hold.
 */
const COMPLETE_EXISTING = `
WITH input AS (${INPUT}), old AS MATERIALIZED (
  SELECT r.* FROM receipt r JOIN input i USING (broadcast_id, revision, recipient)
  ${IN_ORDER} FOR UPDATE OF r
), completed AS (
  UPDATE receipt r SET
    seen_at = coalesce(o.seen_at, i.seen_at),
    clicked_at = coalesce(o.clicked_at, i.clicked_at),
    dismissed_at = coalesce(o.dismissed_at, i.dismissed_at),
    snoozed_at = greatest(o.snoozed_at, i.snoozed_at),
    snoozed_until = CASE WHEN o.snoozed_at IS NULL OR i.snoozed_at > o.snoozed_at
      THEN coalesce(i.snoozed_until, o.snoozed_until) ELSE o.snoozed_until END
  FROM old o JOIN input i USING (broadcast_id, revision, recipient)
  WHERE (r.broadcast_id, r.revision, r.recipient) = (o.broadcast_id, o.revision, o.recipient)
    AND ((o.seen_at IS NULL AND i.seen_at IS NOT NULL)
      OR (o.clicked_at IS NULL AND i.clicked_at IS NOT NULL)
      OR (o.dismissed_at IS NULL AND i.dismissed_at IS NOT NULL)
      OR (i.snoozed_at IS NOT NULL AND (o.snoozed_at IS NULL OR i.snoozed_at > o.snoozed_at)))
  RETURNING o.broadcast_id, o.revision, o.recipient,
    CASE WHEN o.seen_at IS NULL THEN i.seen_at END AS seen_at,
    CASE WHEN o.clicked_at IS NULL THEN i.clicked_at END AS clicked_at,
    CASE WHEN o.dismissed_at IS NULL THEN i.dismissed_at END AS dismissed_at,
    CASE WHEN o.snoozed_at IS NULL THEN i.snoozed_at END AS snoozed_at
)
SELECT * FROM completed`;

/** Last, because all workers meet at these few rows: nothing is waited for after them. */
const ADD_COUNTS = `
WITH known AS (
  SELECT b.id FROM broadcast b WHERE b.id = ANY($1::uuid[]) ORDER BY b.id FOR KEY SHARE
)
INSERT INTO receipt_count AS c (broadcast_id, revision, kind, minute, count)
SELECT i.broadcast_id, i.revision, i.kind,
  date_trunc('minute', coalesce(i.at, clock_timestamp())), sum(i.count)
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::timestamptz[], $5::bigint[])
  AS i(broadcast_id, revision, kind, at, count) JOIN known k ON k.id = i.broadcast_id
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
ON CONFLICT (broadcast_id, revision, kind, minute) DO UPDATE SET count = c.count + EXCLUDED.count`;

interface Count {
  broadcastId: string;
  revision: number;
  kind: ReceiptKind;
  /** Null: now. */
  at: Date | null;
  count: number;
}

/** One transaction; what was there already is not counted again. */
export async function writeReceipts(
  pool: Pool,
  receipts: readonly Receipt[],
  deliveries: readonly DeliveryCount[],
): Promise<void> {
  const rows = foldReceipts(receipts);
  const delivered = deliveries.map(
    (delivery): Count => ({ ...delivery, kind: "delivered", at: null }),
  );
  await transaction(pool, async (sql) => {
    const recorded = await recordRows(sql, rows);
    await addCounts(sql, [...delivered, ...recorded.flatMap(countsOf)]);
  });
}

async function recordRows(sql: Sql, rows: readonly ReceiptRow[]): Promise<NewKinds[]> {
  if (rows.length === 0) return [];
  const inserted = await sql.query<NewKinds>(INSERT_NEW, [JSON.stringify(rows)]);
  const done = new Set(inserted.map(keyOf));
  const rest = rows.filter((row) => !done.has(keyOf(row)));
  if (rest.length === 0) return inserted;
  return [...inserted, ...(await sql.query<NewKinds>(COMPLETE_EXISTING, [JSON.stringify(rest)]))];
}

async function addCounts(sql: Sql, counts: readonly Count[]): Promise<void> {
  if (counts.length === 0) return;
  await sql.query(ADD_COUNTS, [
    counts.map((count) => count.broadcastId),
    counts.map((count) => count.revision),
    counts.map((count) => count.kind),
    counts.map((count) => count.at),
    counts.map((count) => count.count),
  ]);
}

/** One row a recipient and revision: the first time of each kind, the latest snooze. */
function foldReceipts(receipts: readonly Receipt[]): ReceiptRow[] {
  const rows = new Map<string, ReceiptRow>();
  for (const receipt of receipts) {
    const empty = emptyRow(receipt);
    const row = rows.get(keyOf(empty)) ?? empty;
    rows.set(keyOf(row), row);
    const at = new Date(receipt.at).toISOString();
    const column = AT_COLUMN[receipt.kind];
    const before = row[column];
    if (receipt.kind !== "snoozed") {
      row[column] = before === null || at < before ? at : before;
    } else if (before === null || at >= before) {
      row.snoozed_at = at;
      row.snoozed_until = untilOf(receipt);
    }
  }
  return [...rows.values()];
}

function emptyRow(receipt: Receipt): ReceiptRow {
  return {
    broadcast_id: receipt.broadcastId.toLowerCase(),
    revision: receipt.revision,
    recipient: receipt.recipient,
    seen_at: null,
    clicked_at: null,
    dismissed_at: null,
    snoozed_at: null,
    snoozed_until: null,
  };
}

function untilOf(receipt: Receipt): string | null {
  return receipt.snoozedUntil === undefined ? null : new Date(receipt.snoozedUntil).toISOString();
}

function countsOf(row: NewKinds): Count[] {
  return KINDS.flatMap((kind) => {
    const at = row[AT_COLUMN[kind]];
    if (at === null) return [];
    return { broadcastId: row.broadcast_id, revision: row.revision, kind, at, count: 1 };
  });
}

function keyOf(row: Pick<ReceiptRow, "broadcast_id" | "revision" | "recipient">): string {
  return `${row.broadcast_id} ${row.revision} ${row.recipient}`;
}
