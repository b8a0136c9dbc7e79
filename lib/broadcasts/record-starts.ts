import { type Broadcast, isTest, liveFrom, statusOf } from "@/core/broadcast";
import { supersededBy } from "@/core/visibility";
import { auditBroadcast, SYSTEM } from "../audit/audit-change";
import type { ChangeTransaction, FeedChange, WorkspaceInfo } from "../ports/broadcast-store";
import { runtime } from "../runtime-context";
import { announceQuietly } from "./announce-quietly";
import { clearReplaced } from "./replace";

/**
 * Writes down what time has done: scheduled broadcasts that went live, and what they replaced
 * ([BC6], [BC8]). Screens do not wait for it: what is visible follows from the rows and the
 * clock. Every worker may call it at once; the counter's lock lets one write, and the others
 * find it done.
 *
 * @returns the change, with `from === to` when there was nothing to write
 * @throws AppError `unavailable`
 */
export async function recordStarts(workspace: WorkspaceInfo): Promise<FeedChange> {
  const { change } = await runtime().broadcasts.change((tx) => recordIn(tx, workspace));
  if (change.from !== change.to) announceQuietly(change);
  return change;
}

async function recordIn(tx: ChangeTransaction, workspace: WorkspaceInfo): Promise<void> {
  const ctx = { workspace, actor: SYSTEM };
  const rows = await tx.liveOrScheduled(workspace.id);
  const started = new Map(rows.map((row) => [row.id, row]));
  for (const row of rows) {
    if (!hasUnrecordedStart(row, tx.now)) continue;
    const live = await tx.update({ ...row, wentLiveAt: liveFrom(row) });
    started.set(row.id, live);
    if (!isTest(row)) await auditBroadcast(tx, ctx, "broadcast.went_live", live, row);
  }
  await clearReplaced(tx, ctx, [...started.values()], supersededBy(rows, tx.now));
}

/** Whether `recordStarts` would find something to write. */
export function hasUnrecordedStarts(
  rows: Parameters<typeof supersededBy>[0],
  now: number,
): boolean {
  return rows.some((row) => hasUnrecordedStart(row, now)) || supersededBy(rows, now).size > 0;
}

/** Of those that have ended, what they replaced is all that matters. */
function hasUnrecordedStart(row: Broadcast, now: number): boolean {
  if (row.wentLiveAt !== null) return false;
  const status = statusOf(row, now);
  return status === "live" || (status === "ended" && row.replace);
}
