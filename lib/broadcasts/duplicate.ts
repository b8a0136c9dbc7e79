import type { Broadcast } from "@/core/broadcast";
import { type BroadcastContent, contentOf } from "@/core/revisions";
import { auditBroadcast } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { announceQuietly } from "./announce-quietly";
import { changeOnce } from "./change-once";
import { findIn } from "./find";
import { newBroadcast } from "./new-broadcast";

/** A new draft that says the same ([BC9]). Times that have passed are left out. */
export async function duplicate(ctx: ServiceContext, { id }: { id: string }): Promise<Broadcast> {
  requirePermission(ctx, "draft");
  const { broadcast, change } = await changeOnce(ctx, async (tx) => {
    const content = forAnotherTime(contentOf(await findIn(tx, ctx, id)), tx.now);
    const draft = await tx.insert(newBroadcast(ctx, content, tx.now));
    await tx.addRevision(draft, true, ctx.actor.name);
    await auditBroadcast(tx, ctx, "broadcast.created", draft);
    return draft;
  });
  announceQuietly(change);
  return broadcast;
}

function forAnotherTime(content: BroadcastContent, now: number): BroadcastContent {
  const future = (ms: number | null) => (ms !== null && ms > now ? ms : null);
  return {
    ...content,
    // A test was for its author alone.
    audience: content.audience?.only === undefined ? content.audience : null,
    startsAt: future(content.startsAt),
    endsAt: future(content.endsAt),
  };
}
