import { isTest } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import type { BroadcastContent } from "@/core/revisions";
import { auditBroadcast } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import { requirePermission } from "../require-permission";
import { changeOnce } from "./change-once";
import { type Delivered, deliver } from "./delivered";
import { newBroadcast } from "./new-broadcast";
import { published } from "./published";

/** A test leaves the author's screens by itself. */
export const TEST_LASTS_MS = 15 * 60_000;

/**
 * Shows a banner to its author alone ([BC9]): on the screens where they are signed in to the
 * dashboard, for 15 minutes, on every page. It replaces nothing but the author's last test, and
 * counts for no limit.
 * @throws AppError `invalid` for an API key, `forbidden`, `unavailable`
 */
export async function testToSelf(
  ctx: ServiceContext,
  content: BroadcastContent,
): Promise<Delivered> {
  requirePermission(ctx, "draft");
  if (ctx.actor.kind !== "user") {
    throw new AppError("invalid", "An API key has no screen of its own to test on.");
  }
  const changed = await changeOnce(ctx, async (tx) => {
    await putAwayEarlier(tx, ctx);
    const test = newBroadcast(ctx, asTest(ctx, content, tx.now), tx.now);
    const row = await tx.insert(published(test, tx.now));
    await auditBroadcast(tx, ctx, "broadcast.tested", row);
    return row;
  });
  return deliver(ctx, changed);
}

function asTest(ctx: ServiceContext, content: BroadcastContent, now: number): BroadcastContent {
  return {
    ...content,
    audience: { only: `team:${ctx.actor.id}` },
    paths: null,
    replace: false,
    startsAt: null,
    endsAt: now + TEST_LASTS_MS,
  };
}

/** Tests would pile up in the list: the next one archives the last. */
async function putAwayEarlier(tx: ChangeTransaction, ctx: ServiceContext): Promise<void> {
  const rows = await tx.liveOrScheduled(ctx.workspace.id);
  for (const row of rows) {
    if (!isTest(row) || row.createdById !== ctx.actor.id) continue;
    await tx.update({
      ...row,
      clearedAt: tx.now,
      clearedReason: "replaced",
      archivedAt: tx.now,
      updatedAt: tx.now,
    });
  }
}
