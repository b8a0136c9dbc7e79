import { type Broadcast, statusOf } from "@/core/broadcast";
import { auditBroadcast } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import type { BroadcastDraft } from "../ports/broadcast-store";
import { requirePermission } from "../require-permission";
import { changeOnce } from "./change-once";
import { type Delivered, deliver } from "./delivered";
import { findIn } from "./find";
import { settleStart } from "./replace";

/**
 * Puts a broadcast away ([BC9]); one that is live or scheduled is cleared with it. An author may
 * put away drafts. Archiving twice changes nothing.
 * @throws AppError `not_found`, `forbidden`, `unavailable`
 */
export async function archive(ctx: ServiceContext, { id }: { id: string }): Promise<Delivered> {
  requirePermission(ctx, "draft");
  const changed = await changeOnce(ctx, async (tx) => {
    const before = await findIn(tx, ctx, id);
    if (before.publishedAt !== null) requirePermission(ctx, "publish");
    if (before.archivedAt !== null) return before;
    await settleStart(tx, ctx, before);
    const row = await tx.update(putAway(before, tx.now));
    await auditBroadcast(tx, ctx, "broadcast.archived", row, before);
    return row;
  });
  return deliver(ctx, changed);
}

function putAway(before: Broadcast, now: number): BroadcastDraft {
  const status = statusOf(before, now);
  const row = { ...before, archivedAt: now, updatedAt: now };
  if (status !== "live" && status !== "scheduled") return row;
  return { ...row, clearedAt: now, clearedReason: "cleared" };
}
