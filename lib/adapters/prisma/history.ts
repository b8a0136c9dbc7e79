import { z } from "zod";
import { AppError } from "@/core/errors";
import type { BroadcastContent } from "@/core/revisions";
import type {
  AuditEntry,
  AuditFilter,
  BroadcastRevision,
  History,
  InboxEntry,
  Page,
  RecipientReceipts,
  TimelineStep,
} from "@/lib/ports/history";
import { RECEIPT_KINDS } from "@/lib/ports/receipt-store";
import { parseRow } from "./broadcast-row";
import type { Database } from "./database";
import { isUuid, query } from "./sql";

const MS = (column: string) => `(extract(epoch FROM ${column}) * 1000)::float8`;

const REVISIONS = `
SELECT r.revision, r.content, r.show_again AS "showAgain", r.by_name AS "byName", ${MS("r.at")} AS at
FROM broadcast_revision r JOIN broadcast b ON b.id = r.broadcast_id
WHERE b.workspace_id = $1 AND b.id = $2 ORDER BY r.revision DESC`;

/** A row a step, for it may be of each minute of a week: a fifth of the rows a kind would need. */
const TIMELINE = `
SELECT floor(extract(epoch FROM minute) / $3)::float8 * $3 * 1000 AS at,
  ${RECEIPT_KINDS.map((kind) => `coalesce(sum(count) FILTER (WHERE kind = '${kind}'), 0)::float8 AS ${kind}`)}
FROM receipt_count WHERE broadcast_id = $1 AND revision = $2 GROUP BY 1 ORDER BY 1`;

const RECIPIENTS = `
SELECT recipient, ${MS("seen_at")} AS "seenAt", ${MS("clicked_at")} AS "clickedAt",
  ${MS("dismissed_at")} AS "dismissedAt", ${MS("snoozed_at")} AS "snoozedAt",
  ${MS("snoozed_until")} AS "snoozedUntil"
FROM receipt WHERE broadcast_id = $1 AND revision = $2 AND recipient > $3
  AND starts_with(substr(recipient, strpos(recipient, ':') + 1), $5)
ORDER BY recipient LIMIT $4`;

/**
 * Live at some moment since $3: it went live, and was not over before. LEAST leaves out NULLs.
 * What was cancelled before its start never was live.
 */
const INBOX = `
SELECT to_jsonb(b) AS row, coalesce(a.revision, 0) AS "acknowledgedRevision",
  ${MS("r.snoozed_until")} AS "snoozedUntil",
  (a.recipient IS NOT NULL OR r.recipient IS NOT NULL) AS "hasReceipt"
FROM broadcast b
LEFT JOIN acknowledgement a ON a.broadcast_id = b.id AND a.recipient = $2
LEFT JOIN receipt r ON r.broadcast_id = b.id AND r.recipient = $2
  AND r.revision = b.show_from_revision
WHERE b.workspace_id = $1 AND b.published_at IS NOT NULL
  AND greatest(b.published_at, b.starts_at) <= statement_timestamp()
  AND (a.recipient IS NOT NULL OR r.recipient IS NOT NULL
    OR least(b.cleared_at, b.archived_at, b.ends_at) IS NULL
    OR (least(b.cleared_at, b.archived_at, b.ends_at) > $3
      AND least(b.cleared_at, b.archived_at, b.ends_at) > greatest(b.published_at, b.starts_at)))
ORDER BY greatest(b.published_at, b.starts_at) DESC, b.id LIMIT $4`;

type AuditRow = Omit<AuditEntry, "actorKind"> & { actorKind: string };

interface InboxRow extends Omit<InboxEntry, "broadcast"> {
  row: unknown;
}

/** Revisions, audit, receipts and inboxes, read from PostgreSQL. */
export class PrismaHistory implements History {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async revisions(workspaceId: string, broadcastId: string): Promise<BroadcastRevision[]> {
    if (!isUuid(broadcastId)) return [];
    const rows = await this.#query<Omit<BroadcastRevision, "content"> & { content: unknown }>(
      REVISIONS,
      [workspaceId, broadcastId],
    );
    return rows.map((row) => ({ ...row, content: revisionContent.parse(row.content) }));
  }

  async audit(
    filter: AuditFilter,
    { limit, cursor }: Page,
  ): Promise<{ entries: AuditEntry[]; next: string | null }> {
    const { text, values } = auditQuery(filter, limit, cursor);
    const rows = await this.#query<AuditRow>(text, values);
    const entries = rows.slice(0, limit).map((row) => ({
      ...row,
      actorKind: actorKind.parse(row.actorKind),
    }));
    const last = rows.length > limit ? entries.at(-1) : undefined;
    return { entries, next: last ? encodeCursor(last.id) : null };
  }

  async timeline(broadcastId: string, revision: number, stepS: number): Promise<TimelineStep[]> {
    if (!isUuid(broadcastId)) return [];
    const rows = await this.#query<TimelineStep["counts"] & { at: number }>(TIMELINE, [
      broadcastId,
      revision,
      stepS,
    ]);
    return rows.map(({ at, ...counts }) => ({ at, counts }));
  }

  async recipients(
    broadcastId: string,
    revision: number,
    { limit, cursor, search = "" }: Page & { search?: string | undefined },
  ): Promise<{ recipients: RecipientReceipts[]; next: string | null }> {
    if (!isUuid(broadcastId)) return { recipients: [], next: null };
    const from = cursor === null ? { revision, after: "" } : recipientsCursor(cursor);
    const rows = await this.#query<RecipientReceipts>(RECIPIENTS, [
      broadcastId,
      from.revision,
      from.after,
      limit + 1,
      search,
    ]);
    const recipients = rows.slice(0, limit);
    const last = rows.length > limit ? recipients.at(-1) : undefined;
    return { recipients, next: last ? encodeCursor(`${from.revision} ${last.recipient}`) : null };
  }

  async inbox(
    workspaceId: string,
    recipient: string,
    since: number,
    limit: number,
  ): Promise<InboxEntry[]> {
    const rows = await this.#query<InboxRow>(INBOX, [
      workspaceId,
      recipient,
      new Date(since),
      limit,
    ]);
    return rows.flatMap(({ row, ...entry }) => {
      const parsed = parseRow(row);
      return "broadcast" in parsed ? { ...entry, broadcast: parsed.broadcast } : [];
    });
  }

  #query<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    return query<Row>(this.#database.pool, text, values);
  }
}

const actorKind = z.enum(["user", "key", "system"]);

/** Written by us, from fields that were parsed; possibly by another version. */
const revisionContent = z.custom<BroadcastContent>(
  (value) => typeof value === "object" && value !== null && "message" in value,
);

function auditQuery(
  { workspaceId, action, without, actorId, targetId }: AuditFilter,
  limit: number,
  cursor: string | null,
): { text: string; values: unknown[] } {
  const values: unknown[] = [workspaceId];
  const conditions = ["workspace_id = $1"];
  const add = (condition: (parameter: string) => string, value: unknown) => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  if (action !== undefined)
    add((p) => `(action = ${p} OR split_part(action, '.', 1) = ${p})`, action);
  if (without !== undefined) add((p) => `split_part(action, '.', 1) <> ${p}`, without);
  if (actorId !== undefined) add((p) => `actor_id = ${p}`, actorId);
  if (targetId !== undefined) add((p) => `target_id = ${p}`, targetId);
  if (cursor !== null) add((p) => `id < ${p}::bigint`, auditCursor(cursor));
  values.push(limit + 1);
  const text = `SELECT id::text, workspace_id AS "workspaceId", ${MS("at")} AS at,
    actor_kind AS "actorKind", actor_id AS "actorId", actor_name AS "actorName", action,
    target_kind AS "targetKind", target_id AS "targetId", "before", "after", address
    FROM audit_entry WHERE ${conditions.join(" AND ")} ORDER BY audit_entry.id DESC LIMIT $${values.length}`;
  return { text, values };
}

function auditCursor(cursor: string): string {
  const id = decodeCursor(cursor);
  if (/^\d{1,18}$/.test(id)) return id;
  throw foreignCursor();
}

function recipientsCursor(cursor: string): { revision: number; after: string } {
  const [, revision, after] = /^(\d{1,9}) ([^\p{Cc}]+)$/u.exec(decodeCursor(cursor)) ?? [];
  if (after === undefined) throw foreignCursor();
  return { revision: Number(revision), after };
}

function foreignCursor(): AppError {
  return new AppError("invalid", "The cursor is not one of this list.", { field: "cursor" });
}

function encodeCursor(last: string): string {
  return Buffer.from(last).toString("base64url");
}

function decodeCursor(cursor: string): string {
  return Buffer.from(cursor, "base64url").toString();
}
