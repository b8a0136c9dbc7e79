import { type Broadcast, liveFrom, statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import { type BroadcastContent, nextRevision } from "@/core/revisions";
import { auditBroadcast, type BroadcastAction } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import type { BroadcastDraft, ChangeTransaction } from "../ports/broadcast-store";
import { requireConsistent, requirePublishable } from "./published";
import { settle, settleStart } from "./replace";

export interface Revision {
  content: BroadcastContent;
  /** Absent: by what changed ([BC5]). */
  show: "silent" | "show-again" | undefined;
  action: BroadcastAction;
}

/**
 * Writes the next revision of a draft, a scheduled or a live broadcast, with its history row.
 * @throws AppError `invalid`, naming the field
 */
export async function revise(
  tx: ChangeTransaction,
  ctx: ServiceContext,
  before: Broadcast,
  { content, show, action }: Revision,
): Promise<Broadcast> {
  const { showAgain, ...revision } = nextRevision(before, content, show);
  const draft = { ...before, ...content, ...revision, updatedAt: tx.now };
  const isPublished = before.publishedAt !== null;
  await settleStart(tx, ctx, before);
  const others = isPublished ? await tx.liveOrScheduled(ctx.workspace.id) : [];
  const row = await tx.update(isPublished ? republished(before, draft, tx.now) : checked(draft));
  await tx.addRevision(row, showAgain, ctx.actor.name);
  await auditBroadcast(tx, ctx, action, row, before);
  if (isPublished) await settle(tx, ctx, row, others);
  return row;
}

function checked(draft: BroadcastDraft): BroadcastDraft {
  requireConsistent(draft);
  return draft;
}

function republished(before: Broadcast, draft: BroadcastDraft, now: number): BroadcastDraft {
  requirePublishable(draft, now);
  if (statusOf(before, now) === "live") {
    if (draft.startsAt === before.startsAt) return draft;
    throw new AppError("invalid", "It is live already: its start cannot be changed", {
      field: "startsAt",
    });
  }
  // Brought forward, it starts now: with a start in the past, what began in between would count
  // as newer, and it would not replace that.
  return liveFrom(draft) <= now ? { ...draft, startsAt: now, wentLiveAt: now } : draft;
}
