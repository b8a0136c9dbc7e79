import { z } from "zod";
import { broadcastView } from "./broadcast-view";
import { nextCursor } from "./page";
import { time } from "./time";

const count = z.int().min(0);

const counts = z.object({
  delivered: count,
  seen: count,
  clicked: count,
  dismissed: count,
  snoozed: count,
});

/** What a broadcast said at a revision. */
export const revisionView = z.object({
  revision: z.int(),
  content: broadcastView.pick({
    level: true,
    title: true,
    message: true,
    action: true,
    dismissible: true,
    priority: true,
    placement: true,
    audience: true,
    paths: true,
    translations: true,
    replace: true,
    startsAt: true,
    endsAt: true,
  }),
  /** Shown again to those who had dismissed it. */
  showAgain: z.boolean(),
  byName: z.string(),
  at: time,
});

export const receiptStatsView = z.object({
  counts,
  /** Steps in which something happened, oldest first. */
  timeline: z.array(z.object({ at: time, counts })),
});

export const recipientView = z.object({
  recipient: z.string(),
  seenAt: time.nullable(),
  clickedAt: time.nullable(),
  dismissedAt: time.nullable(),
  snoozedAt: time.nullable(),
  snoozedUntil: time.nullable(),
});

export const recipientsPage = z.object({ recipients: z.array(recipientView), next: nextCursor });

export const auditEntryView = z.object({
  id: z.string(),
  at: time,
  actor: z.object({ kind: z.enum(["user", "key", "system"]), id: z.string(), name: z.string() }),
  action: z.string(),
  target: z.object({ kind: z.string(), id: z.string() }),
  before: z.unknown(),
  after: z.unknown(),
  address: z.string().nullable(),
});

export const auditPage = z.object({ entries: z.array(auditEntryView), next: nextCursor });
