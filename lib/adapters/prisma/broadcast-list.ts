import { z } from "zod";
import { STATUSES, type Status } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import type { BroadcastFilter } from "@/lib/ports/broadcast-store";

/** Further words of a search are ignored. */
const MAX_SEARCH_WORDS = 10;

/**
 * [BC2] in SQL, by the database's clock; the same order of precedence as `statusOf`. Kept equal
 * to it by a contract test that compares the two.
 */
const STATUS_OF = `CASE
  WHEN b.archived_at IS NOT NULL THEN 'archived'
  WHEN b.cleared_at IS NOT NULL THEN 'cleared'
  WHEN b.published_at IS NULL THEN 'draft'
  WHEN b.ends_at <= statement_timestamp() THEN 'ended'
  WHEN b.published_at <= statement_timestamp()
    AND (b.starts_at IS NULL OR b.starts_at <= statement_timestamp()) THEN 'live'
  ELSE 'scheduled'
END`;

export interface ListQuery {
  text: string;
  values: unknown[];
}

/** One page, newest first, and one row more to know whether another page follows. */
export function listQuery(
  filter: BroadcastFilter,
  page: { limit: number; cursor: string | null },
): ListQuery {
  const values: unknown[] = [filter.workspaceId];
  const conditions = ["b.workspace_id = $1"];
  const add = (condition: (parameter: string) => string, value: unknown) => {
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };

  if (filter.status) add((p) => `${STATUS_OF} = ANY(${p})`, knownStatuses(filter.status));
  if (filter.level) add((p) => `b.level = ANY(${p})`, [...filter.level]);
  if (filter.createdById !== undefined) add((p) => `b.created_by_id = ${p}`, filter.createdById);
  for (const word of searchWords(filter.search)) {
    add((p) => `(b.title ILIKE ${p} OR b.message ILIKE ${p})`, `%${escapeLike(word)}%`);
  }
  if (page.cursor !== null) {
    const after = decodeCursor(page.cursor);
    values.push(new Date(after.createdAt), after.id);
    conditions.push(
      `(b.created_at, b.id) < ($${values.length - 1}::timestamptz, $${values.length}::uuid)`,
    );
  }
  values.push(page.limit + 1);
  return {
    text: `SELECT to_jsonb(b) AS row, b.created_at, b.id FROM broadcast b WHERE ${conditions.join(" AND ")}
      ORDER BY b.created_at DESC, b.id DESC LIMIT $${values.length}`,
    values,
  };
}

/** Where a page ended. Opaque to callers, stable under inserts. */
export function encodeCursor(last: { createdAt: number; id: string }): string {
  return Buffer.from(JSON.stringify([last.createdAt, last.id])).toString("base64url");
}

const cursorSchema = z
  .tuple([z.int().min(0).max(8.64e15), z.guid()])
  .transform(([createdAt, id]) => ({ createdAt, id }));

function decodeCursor(cursor: string): { createdAt: number; id: string } {
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(cursor, "base64url").toString()));
  if (!parsed.success) {
    throw new AppError("invalid", "The cursor is not one of this list.", { field: "cursor" });
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function knownStatuses(statuses: readonly string[]): Status[] {
  return STATUSES.filter((status) => statuses.includes(status));
}

function searchWords(search: string | undefined): string[] {
  return (search ?? "").split(/\s+/).filter(Boolean).slice(0, MAX_SEARCH_WORDS);
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
