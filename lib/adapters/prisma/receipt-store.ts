import type {
  Acknowledgement,
  AcknowledgementOutcome,
  DeliveryCount,
  Receipt,
  ReceiptKind,
  ReceiptStore,
  RecipientException,
} from "@/lib/ports/receipt-store";
import type { Database } from "./database";
import { writeReceipts } from "./receipt-writes";
import { isUuid, query, retryOnConflict } from "./sql";

/**
 * The lock on the broadcasts keeps them from being deleted under the insert, which would fail the
 * whole batch; rows are written in one order everywhere, so batches of two workers wait for each
 * other and never deadlock. A repeated dismissal writes nothing.
 */
const ACKNOWLEDGE = `
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[]) AS i(broadcast_id, recipient, revision)
), known AS (
  SELECT b.id FROM broadcast b WHERE b.id = ANY($1::uuid[]) ORDER BY b.id FOR KEY SHARE
), written AS (
  INSERT INTO acknowledgement AS a (broadcast_id, recipient, revision, acknowledged_at)
  SELECT i.broadcast_id, i.recipient, max(i.revision), clock_timestamp()
  FROM input i JOIN known k ON k.id = i.broadcast_id
  GROUP BY i.broadcast_id, i.recipient ORDER BY i.broadcast_id, i.recipient
  ON CONFLICT (broadcast_id, recipient) DO UPDATE
    SET revision = EXCLUDED.revision, acknowledged_at = EXCLUDED.acknowledged_at
    WHERE a.revision < EXCLUDED.revision
)
SELECT id FROM known`;

const EXCEPTIONS = `
SELECT e.recipient, e.broadcast_id AS "broadcastId", max(e.revision) AS "acknowledgedRevision",
  floor(extract(epoch FROM max(e.snoozed_until)) * 1000)::float8 AS "snoozedUntil"
FROM (
  SELECT a.recipient, a.broadcast_id, a.revision, NULL::timestamptz AS snoozed_until
  FROM acknowledgement a WHERE a.recipient = ANY($1) AND a.broadcast_id = ANY($2::uuid[])
  UNION ALL
  SELECT r.recipient, r.broadcast_id, 0, r.snoozed_until
  FROM receipt r JOIN broadcast b ON b.id = r.broadcast_id AND r.revision >= b.show_from_revision
  WHERE r.recipient = ANY($1) AND r.broadcast_id = ANY($2::uuid[])
    AND r.snoozed_until > statement_timestamp()
) e GROUP BY e.recipient, e.broadcast_id`;

/** Locks in the order in which dismissals are written, then moves. */
const MERGE = `
WITH kept AS MATERIALIZED (
  SELECT broadcast_id FROM acknowledgement WHERE recipient IN ($1, $2)
  ORDER BY broadcast_id, recipient FOR UPDATE
), moved AS (
  DELETE FROM acknowledgement a WHERE a.recipient = $1
    AND (SELECT count(*) FROM kept) >= 0
  RETURNING a.broadcast_id, a.revision
), dismissed AS (
  INSERT INTO acknowledgement AS a (broadcast_id, recipient, revision, acknowledged_at)
  SELECT broadcast_id, $2, revision, clock_timestamp() FROM moved ORDER BY broadcast_id
  ON CONFLICT (broadcast_id, recipient) DO UPDATE
    SET revision = EXCLUDED.revision, acknowledged_at = EXCLUDED.acknowledged_at
    WHERE a.revision < EXCLUDED.revision
), woken AS (
  UPDATE receipt r SET snoozed_until = NULL
  FROM (SELECT broadcast_id, revision, snoozed_at, snoozed_until FROM receipt
    WHERE recipient = $1 AND snoozed_until IS NOT NULL FOR UPDATE) s
  WHERE r.recipient = $1 AND r.broadcast_id = s.broadcast_id AND r.revision = s.revision
  RETURNING s.*
)
INSERT INTO receipt AS r (broadcast_id, revision, recipient, snoozed_at, snoozed_until)
SELECT broadcast_id, revision, $2, snoozed_at, snoozed_until FROM woken
ORDER BY broadcast_id, revision
ON CONFLICT (broadcast_id, revision, recipient) DO UPDATE
  SET snoozed_at = EXCLUDED.snoozed_at, snoozed_until = EXCLUDED.snoozed_until
  WHERE r.snoozed_at IS NULL OR r.snoozed_at < EXCLUDED.snoozed_at`;

const COUNTS = `
SELECT c.broadcast_id AS id, c.kind, sum(c.count)::float8 AS count
FROM receipt_count c
JOIN unnest($1::uuid[], $2::int[]) AS i(broadcast_id, revision) USING (broadcast_id, revision)
GROUP BY 1, 2`;

/** [ACK1]–[ACK6]: dismissals and receipts in PostgreSQL. */
export class PrismaReceiptStore implements ReceiptStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async acknowledge(batch: readonly Acknowledgement[]): Promise<AcknowledgementOutcome[]> {
    const valid = batch.filter((item) => isUuid(item.broadcastId));
    const known = valid.length === 0 ? [] : await this.#acknowledge(valid);
    const ids = new Set(known.map((row) => row.id));
    return batch.map((item) => (ids.has(item.broadcastId.toLowerCase()) ? "durable" : "not_found"));
  }

  async exceptionsOf(
    recipients: readonly string[],
    broadcastIds: readonly string[],
  ): Promise<Map<string, RecipientException[]>> {
    const found = new Map<string, RecipientException[]>();
    const ids = broadcastIds.filter(isUuid);
    if (recipients.length === 0 || ids.length === 0) return found;
    const rows = await this.#query<RecipientException & { recipient: string }>(EXCEPTIONS, [
      [...recipients],
      ids,
    ]);
    for (const { recipient, ...exception } of rows) {
      const of = found.get(recipient);
      if (of) of.push(exception);
      else found.set(recipient, [exception]);
    }
    return found;
  }

  async acknowledgedSince(since: number): Promise<(Acknowledgement & { at: number })[]> {
    return this.#query<Acknowledgement & { at: number }>(
      `SELECT broadcast_id AS "broadcastId", recipient, revision,
         floor(extract(epoch FROM acknowledged_at) * 1000)::float8 AS at
       FROM acknowledgement WHERE acknowledged_at >= $1 ORDER BY acknowledged_at`,
      [new Date(since)],
    );
  }

  async record(receipts: readonly Receipt[], deliveries: readonly DeliveryCount[]): Promise<void> {
    const known = receipts.filter((receipt) => isUuid(receipt.broadcastId));
    const counted = deliveries.filter((delivery) => isUuid(delivery.broadcastId));
    if (known.length === 0 && counted.length === 0) return;
    await retryOnConflict(() => writeReceipts(this.#database.pool, known, counted));
  }

  async snooze(receipt: Receipt & { kind: "snoozed"; snoozedUntil: number }): Promise<void> {
    await this.record([receipt], []);
  }

  async merge(from: string, to: string): Promise<void> {
    if (from === to) return;
    await retryOnConflict(() => this.#query(MERGE, [from, to]));
  }

  async counts(broadcastId: string, revision: number): Promise<Record<ReceiptKind, number>> {
    const [counts] = await this.countsOf([{ id: broadcastId, showFromRevision: revision }]);
    return counts ?? countsFrom([]);
  }

  async countsOf(
    broadcasts: readonly { id: string; showFromRevision: number }[],
  ): Promise<Record<ReceiptKind, number>[]> {
    const known = broadcasts.filter(({ id }) => isUuid(id));
    const rows =
      known.length === 0
        ? []
        : await this.#query<{ id: string; kind: ReceiptKind; count: number }>(COUNTS, [
            known.map(({ id }) => id),
            known.map(({ showFromRevision }) => showFromRevision),
          ]);
    return broadcasts.map(({ id }) =>
      countsFrom(rows.filter((row) => row.id === id.toLowerCase())),
    );
  }

  #acknowledge(batch: readonly Acknowledgement[]): Promise<{ id: string }[]> {
    return retryOnConflict(() =>
      this.#query<{ id: string }>(ACKNOWLEDGE, [
        batch.map((item) => item.broadcastId),
        batch.map((item) => item.recipient),
        batch.map((item) => item.revision),
      ]),
    );
  }

  #query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]> {
    return query<Row>(this.#database.pool, text, values);
  }
}

function countsFrom(
  rows: readonly { kind: ReceiptKind; count: number }[],
): Record<ReceiptKind, number> {
  const of = (kind: ReceiptKind) => rows.find((row) => row.kind === kind)?.count ?? 0;
  return {
    delivered: of("delivered"),
    seen: of("seen"),
    clicked: of("clicked"),
    dismissed: of("dismissed"),
    snoozed: of("snoozed"),
  };
}
