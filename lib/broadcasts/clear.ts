import { type Broadcast, isTest, type Status, statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import { auditBroadcast } from "../audit/audit-change";
import type { ServiceContext } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import { requirePermission } from "../require-permission";
import { type DeliveryReport, runtime } from "../runtime-context";
import { findIn } from "./find";
import { settleStart } from "./replace";

export interface Cleared {
  /** Those that this call took off the screens, or cancelled before their start. */
  broadcasts: Broadcast[];
  /** `sentToConnections`: those whose screens had any of them. */
  report: DeliveryReport;
}

/**
 * Takes a broadcast off every screen, or cancels a scheduled one ([BC9]); without an id, all that
 * are live. Clearing what is over already changes nothing.
 * @param id null = all
 * @throws AppError `not_found`, `conflict` (a draft), `forbidden`, `unavailable`
 */
export async function clear(ctx: ServiceContext, { id }: { id: string | null }): Promise<Cleared> {
  requirePermission(ctx, id === null ? "publish" : "draft");
  const { result: broadcasts, change } = await runtime().broadcasts.change(async (tx) => {
    const found = id === null ? await allLive(tx, ctx) : await oneToClear(tx, ctx, id);
    const cleared: Broadcast[] = [];
    for (const before of found) cleared.push(await clearOne(tx, ctx, before));
    return cleared;
  });
  return { broadcasts, report: await runtime().delivery.announce(change, null) };
}

async function allLive(tx: ChangeTransaction, { workspace }: ServiceContext): Promise<Broadcast[]> {
  const rows = await tx.liveOrScheduled(workspace.id);
  return rows.filter((row) => statusOf(row, tx.now) === "live");
}

const CLEARABLE: readonly Status[] = ["live", "scheduled"];

async function oneToClear(
  tx: ChangeTransaction,
  ctx: ServiceContext,
  id: string,
): Promise<Broadcast[]> {
  const found = await findIn(tx, ctx, id);
  const isOwnTest = isTest(found) && found.createdById === ctx.actor.id;
  if (!isOwnTest) requirePermission(ctx, "publish");
  const status = statusOf(found, tx.now);
  if (status === "draft") throw new AppError("conflict", "A draft is on no screen: archive it.");
  return CLEARABLE.includes(status) ? [found] : [];
}

async function clearOne(
  tx: ChangeTransaction,
  ctx: ServiceContext,
  before: Broadcast,
): Promise<Broadcast> {
  await settleStart(tx, ctx, before);
  const row = await tx.update({
    ...before,
    clearedAt: tx.now,
    clearedReason: "cleared",
    updatedAt: tx.now,
  });
  await auditBroadcast(tx, ctx, "broadcast.cleared", row, before);
  return row;
}
