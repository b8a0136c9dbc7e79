import type { Broadcast } from "@/core/broadcast";
import type { BroadcastContent } from "@/core/revisions";
import { auditBroadcast } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { announceQuietly } from "./announce-quietly";
import { changeOnce } from "./change-once";
import { newBroadcast } from "./new-broadcast";

/** Writes a broadcast that nobody sees yet. */
export async function createDraft(
  ctx: ServiceContext,
  content: BroadcastContent,
): Promise<Broadcast> {
  requirePermission(ctx, "draft");
  const { broadcast, change } = await changeOnce(ctx, async (tx) => {
    const draft = await tx.insert(newBroadcast(ctx, content, tx.now));
    await tx.addRevision(draft, true, ctx.actor.name);
    await auditBroadcast(tx, ctx, "broadcast.created", draft);
    return draft;
  });
  announceQuietly(change);
  return broadcast;
}
