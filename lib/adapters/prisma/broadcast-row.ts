import { z } from "zod";
import type { Audience } from "@/core/audience";
import { type Broadcast, LEVELS, PLACEMENTS, PRIORITIES } from "@/core/broadcast";

/** Columns of `broadcast`, by the field of {@link Broadcast} each of them holds. */
const COLUMN_OF = {
  id: "id",
  workspaceId: "workspace_id",
  seq: "seq",
  changeId: "change_id",
  revision: "revision",
  showFromRevision: "show_from_revision",
  level: "level",
  title: "title",
  message: "message",
  dismissible: "dismissible",
  priority: "priority",
  placement: "placement",
  audience: "audience",
  paths: "paths",
  translations: "translations",
  replace: "replace",
  startsAt: "starts_at",
  endsAt: "ends_at",
  publishedAt: "published_at",
  wentLiveAt: "went_live_at",
  clearedAt: "cleared_at",
  clearedReason: "cleared_reason",
  archivedAt: "archived_at",
  createdById: "created_by_id",
  createdByName: "created_by_name",
  createdAt: "created_at",
  updatedAt: "updated_at",
} as const satisfies Record<Exclude<keyof Broadcast, "action">, string>;

/** Columns are always named: a newer version's further columns keep their defaults ([DEG9]). */
export const COLUMNS: readonly string[] = [
  ...Object.values(COLUMN_OF),
  "action_label",
  "action_url",
];

/** A time as `to_jsonb` writes it, as milliseconds. */
const instant = z.string().transform(Date.parse).pipe(z.number());

/** Passed through as it is: what this version does not know matches nobody ([AUD1]). */
const audience = z.custom<Audience>((value) => value !== undefined);

const translation = z.object({
  title: z.string().nullish(),
  message: z.string().optional(),
  actionLabel: z.string().optional(),
});

const rowSchema = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    seq: z.number(),
    change_id: z.string(),
    revision: z.number(),
    show_from_revision: z.number(),
    level: z.enum(LEVELS),
    title: z.string().nullable(),
    message: z.string(),
    action_label: z.string().nullable(),
    action_url: z.string().nullable(),
    dismissible: z.boolean(),
    priority: z.enum(PRIORITIES),
    placement: z.enum(PLACEMENTS),
    audience: audience.nullable(),
    paths: z.array(z.string()).nullable(),
    translations: z.record(z.string(), translation).nullable(),
    replace: z.boolean(),
    starts_at: instant.nullable(),
    ends_at: instant.nullable(),
    published_at: instant.nullable(),
    went_live_at: instant.nullable(),
    cleared_at: instant.nullable(),
    // A reason of a newer version: the banner is off the screens all the same.
    cleared_reason: z.enum(["cleared", "replaced"]).nullable().catch("cleared"),
    archived_at: instant.nullable(),
    created_by_id: z.string().nullable(),
    created_by_name: z.string(),
    created_at: instant,
    updated_at: instant,
  })
  .transform(
    (row): Broadcast => ({
      id: row.id,
      workspaceId: row.workspace_id,
      seq: row.seq,
      changeId: row.change_id,
      revision: row.revision,
      showFromRevision: row.show_from_revision,
      level: row.level,
      title: row.title,
      message: row.message,
      action: actionOf(row.action_label, row.action_url),
      dismissible: row.dismissible,
      priority: row.priority,
      placement: row.placement,
      audience: row.audience,
      paths: row.paths,
      translations: row.translations,
      replace: row.replace,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      publishedAt: row.published_at,
      wentLiveAt: row.went_live_at,
      clearedAt: row.cleared_at,
      clearedReason: row.cleared_reason,
      archivedAt: row.archived_at,
      createdById: row.created_by_id,
      createdByName: row.created_by_name,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
    }),
  );

/** A row that this version does not understand: a newer one wrote it. */
export interface UnknownRow {
  id: string;
  changeId: string;
  /** The columns that were not understood. */
  columns: string[];
}

export type ParsedRow = { broadcast: Broadcast } | { unknown: UnknownRow };

/** Reads `to_jsonb(broadcast)`. Never throws: [DEG9] what is not understood is shown to nobody. */
export function parseRow(row: unknown): ParsedRow {
  const parsed = rowSchema.safeParse(row);
  if (parsed.success) return { broadcast: parsed.data };
  const columns = [...new Set(parsed.error.issues.map((issue) => issue.path.join(".")))];
  const key = rowKey.parse(row);
  return { unknown: { id: key.id, changeId: key.change_id, columns } };
}

const rowKey = z
  .object({ id: z.string(), change_id: z.string() })
  .catch({ id: "unknown", change_id: "unknown" });

/** What `jsonb_populate_recordset(NULL::broadcast, …)` takes. */
export function toRow(broadcast: Broadcast): Record<string, unknown> {
  const row: Record<string, unknown> = {
    action_label: broadcast.action?.label ?? null,
    action_url: broadcast.action?.url ?? null,
  };
  for (const [field, column] of Object.entries(COLUMN_OF)) {
    row[column] = broadcast[field as keyof typeof COLUMN_OF];
  }
  for (const column of TIME_COLUMNS) row[column] = isoOrNull(row[column]);
  return row;
}

const TIME_COLUMNS = Object.values(COLUMN_OF).filter((column) => column.endsWith("_at"));

/** ISO 8601 from milliseconds. */
function isoOrNull(ms: unknown): string | null {
  return typeof ms === "number" ? new Date(ms).toISOString() : null;
}

function actionOf(label: string | null, url: string | null): Broadcast["action"] {
  return label === null || url === null ? null : { label, url };
}
