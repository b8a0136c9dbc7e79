import type { ServiceContext } from "../context";
import type { Page, RecipientReceipts, TimelineStep } from "../ports/history";
import type { ReceiptKind } from "../ports/receipt-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { findIn } from "./find";

/** How a broadcast was received ([ACK4]), of its present shown revision. */
export interface ReceiptStats {
  counts: Record<ReceiptKind, number>;
  /** Steps in which something happened, oldest first. */
  timeline: TimelineStep[];
}

/**
 * The funnel and the time line of one broadcast.
 * @param stepS length of a step, a multiple of 60
 * @throws AppError `not_found`, `unavailable`
 */
export async function receiptStats(
  ctx: ServiceContext,
  { id, stepS }: { id: string; stepS: number },
): Promise<ReceiptStats> {
  requirePermission(ctx, "read");
  const { broadcasts, receipts, history } = runtime();
  const broadcast = await findIn(broadcasts, ctx, id);
  const [counts, timeline] = await Promise.all([
    receipts.counts(id, broadcast.showFromRevision),
    history.timeline(id, broadcast.showFromRevision, stepS),
  ]);
  return { counts, timeline };
}

/**
 * Who saw, clicked, dismissed or snoozed it.
 * @param search how an id begins, without its kind
 * @throws AppError `not_found`, `unavailable`
 */
export async function recipients(
  ctx: ServiceContext,
  { id, ...page }: { id: string; search?: string | undefined } & Page,
): Promise<{ recipients: RecipientReceipts[]; next: string | null }> {
  requirePermission(ctx, "receipts");
  const { broadcasts, history } = runtime();
  const { showFromRevision } = await findIn(broadcasts, ctx, id);
  return history.recipients(id, showFromRevision, page);
}
