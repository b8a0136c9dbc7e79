import { type Broadcast, isTest, statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import { auditBroadcast } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import type { BroadcastDraft } from "../ports/broadcast-store";
import { requirePermission } from "../require-permission";
import { changeOnce } from "./change-once";
import { type Delivered, deliver } from "./delivered";
import { findIn } from "./find";
import { published } from "./published";
import { settle } from "./replace";

/**
 * Publishes a draft: live at once, or at its start. A scheduled broadcast goes live now; a live
 * one stays as it is.
 * @throws AppError `not_found`, `conflict` (over, or a test), and as `publishNew`
 */
export async function publish(ctx: ServiceContext, { id }: { id: string }): Promise<Delivered> {
  requirePermission(ctx, "publish");
  const changed = await changeOnce(ctx, async (tx) => {
    const before = await findIn(tx, ctx, id);
    const draft = toPublish(before, tx.now);
    if (draft === null) return before;
    const others = await tx.liveOrScheduled(ctx.workspace.id);
    const row = await tx.update(draft);
    await auditBroadcast(tx, ctx, "broadcast.published", row, before);
    await settle(tx, ctx, row, others);
    return row;
  });
  return deliver(ctx, changed);
}

/** Null = there is nothing to do. */
function toPublish(before: Broadcast, now: number): BroadcastDraft | null {
  if (isTest(before)) throw new AppError("conflict", "A test cannot be published.");
  const status = statusOf(before, now);
  switch (status) {
    case "draft":
      return published(before, now);
    case "scheduled":
      return published({ ...before, startsAt: now }, now);
    case "live":
      return null;
    case "ended":
    case "cleared":
    case "archived":
      throw new AppError("conflict", `This broadcast is ${status}. Duplicate it to say it again.`);
  }
}
