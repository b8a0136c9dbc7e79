import { type Broadcast, isTest, statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import { LIMITS } from "@/core/limits";
import { supersededBy } from "@/core/visibility";
import { auditBroadcast, SYSTEM } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";

/**
 * Clears what has been replaced ([BC6]), by `changed` or by another that started meanwhile, and
 * refuses `changed` where there is no room for one more ([BC11]).
 *
 * The rows are read under the counter's lock: of two replacing broadcasts that are published at
 * once, the second sees the first, and one is left.
 *
 * @param changed written in this transaction, and live or scheduled now
 * @throws AppError `limit_reached`
 */
export async function settle(
  tx: ChangeTransaction,
  ctx: Pick<ServiceContext, "workspace" | "actor">,
  changed: Broadcast,
  others: readonly Broadcast[],
): Promise<void> {
  const rows = [...others.filter(({ id }) => id !== changed.id), changed];
  const superseded = supersededBy(rows, tx.now);
  const staying = rows.filter(
    (row) => !superseded.has(row.id) && !isTest(row) && statusOf(row, tx.now) !== "ended",
  );
  if (staying.length > LIMITS.liveBroadcasts) throw noRoom();
  await clearReplaced(tx, ctx, rows, superseded);
}

/**
 * What has been replaced stays replaced, whatever becomes of what replaced it: to be called before
 * that is changed. Needed only where its start has not been written down yet.
 */
export async function settleStart(
  tx: ChangeTransaction,
  { workspace }: Pick<ServiceContext, "workspace">,
  changing: Broadcast,
): Promise<void> {
  if (!changing.replace || changing.wentLiveAt !== null) return;
  if (statusOf(changing, tx.now) !== "live") return;
  const rows = await tx.liveOrScheduled(workspace.id);
  await clearReplaced(tx, { workspace, actor: SYSTEM }, rows, supersededBy(rows, tx.now));
}

/** @param superseded ids of those that were replaced, by which */
export async function clearReplaced(
  tx: ChangeTransaction,
  ctx: Pick<ServiceContext, "workspace" | "actor">,
  rows: readonly Broadcast[],
  superseded: ReadonlyMap<string, string>,
): Promise<void> {
  for (const row of rows) {
    if (!superseded.has(row.id)) continue;
    const cleared = await tx.update({
      ...row,
      clearedAt: tx.now,
      clearedReason: "replaced",
      updatedAt: tx.now,
    });
    await auditBroadcast(tx, ctx, "broadcast.replaced", cleared, row);
  }
}

function noRoom(): AppError {
  return new AppError(
    "limit_reached",
    `A workspace can have at most ${LIMITS.liveBroadcasts} live or scheduled broadcasts. Clear one first.`,
    { details: { limit: LIMITS.liveBroadcasts } },
  );
}
