import { z } from "zod";
import { type Broadcast, LEVELS, PLACEMENTS, PRIORITIES, STATUSES, statusOf } from "../broadcast";
import { storedAudience } from "./audience";

const time = z.iso.datetime();

/** A broadcast as the REST API returns it to dashboard people and API keys. */
export const broadcastView = z.object({
  id: z.guid(),
  status: z.enum(STATUSES),
  revision: z.int(),
  showFromRevision: z.int(),
  seq: z.int(),
  level: z.enum(LEVELS),
  title: z.string().nullable(),
  message: z.string(),
  action: z.object({ label: z.string(), url: z.string() }).nullable(),
  dismissible: z.boolean(),
  priority: z.enum(PRIORITIES),
  placement: z.enum(PLACEMENTS),
  audience: storedAudience.nullable(),
  paths: z.array(z.string()).nullable(),
  translations: z
    .record(
      z.string(),
      z.object({
        title: z.string().nullable().optional(),
        message: z.string().optional(),
        actionLabel: z.string().optional(),
      }),
    )
    .nullable(),
  replace: z.boolean(),
  startsAt: time.nullable(),
  endsAt: time.nullable(),
  publishedAt: time.nullable(),
  wentLiveAt: time.nullable(),
  clearedAt: time.nullable(),
  clearedReason: z.enum(["cleared", "replaced"]).nullable(),
  archivedAt: time.nullable(),
  createdById: z.string().nullable(),
  createdByName: z.string(),
  createdAt: time,
  updatedAt: time,
});
export type BroadcastView = z.output<typeof broadcastView>;

/** @param now the database's clock, ms: what the status is derived at */
export function viewOf(broadcast: Broadcast, now: number): BroadcastView {
  const { workspaceId: _workspaceId, changeId: _changeId, ...shown } = broadcast;
  return {
    ...shown,
    status: statusOf(broadcast, now),
    startsAt: iso(broadcast.startsAt),
    endsAt: iso(broadcast.endsAt),
    publishedAt: iso(broadcast.publishedAt),
    wentLiveAt: iso(broadcast.wentLiveAt),
    clearedAt: iso(broadcast.clearedAt),
    archivedAt: iso(broadcast.archivedAt),
    createdAt: new Date(broadcast.createdAt).toISOString(),
    updatedAt: new Date(broadcast.updatedAt).toISOString(),
  };
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
