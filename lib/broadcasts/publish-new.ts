import type { BroadcastContent } from "@/core/revisions";
import { auditBroadcast } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { changeOnce } from "./change-once";
import { type Delivered, deliver } from "./delivered";
import { newBroadcast } from "./new-broadcast";
import { published } from "./published";
import { settle } from "./replace";

/**
 * Writes a broadcast and publishes it, in one transaction: live at once, or at its start.
 * @throws AppError `forbidden`, `invalid`, `limit_reached`, `idempotency_conflict`, `unavailable`
 */
export async function publishNew(
  ctx: ServiceContext,
  content: BroadcastContent,
): Promise<Delivered> {
  requirePermission(ctx, "publish");
  const changed = await changeOnce(ctx, async (tx) => {
    const others = await tx.liveOrScheduled(ctx.workspace.id);
    const row = await tx.insert(published(newBroadcast(ctx, content, tx.now), tx.now));
    await tx.addRevision(row, true, ctx.actor.name);
    await auditBroadcast(tx, ctx, "broadcast.published", row);
    await settle(tx, ctx, row, others);
    return row;
  });
  return deliver(ctx, changed);
}
