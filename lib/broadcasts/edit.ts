import type { BroadcastPatch } from "@/core/api/broadcasts";
import { type Broadcast, isTest, type Status, statusOf } from "@/core/broadcast";
import { AppError, isAppError } from "@/core/errors";
import { type BroadcastContent, contentOf, differences } from "@/core/revisions";
import type { ServiceContext } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { changeOnce } from "./change-once";
import { type Delivered, deliver } from "./delivered";
import { findIn } from "./find";
import { revise } from "./revise";

export interface EditInput {
  id: string;
  /** The revision that the editor saw. */
  revision: number;
  patch: BroadcastPatch;
}

/**
 * Changes what a broadcast says ([BC5]): a new revision, which shows the banner again to those
 * who dismissed it, or does not, by the author's choice or by what changed. An edit of nothing
 * changes nothing.
 *
 * @throws AppError `revision_conflict` when someone else edited meanwhile, with what they changed;
 *   `not_found`, `conflict` (it is over, or a test), `invalid`, `forbidden`, `unavailable`
 */
export async function edit(ctx: ServiceContext, input: EditInput): Promise<Delivered> {
  requirePermission(ctx, "draft");
  try {
    return await deliver(ctx, await changeOnce(ctx, (tx) => editIn(tx, ctx, input)));
  } catch (error) {
    if (!isAppError(error) || error.code !== "revision_conflict") throw error;
    throw await explained(ctx, input);
  }
}

async function editIn(
  tx: ChangeTransaction,
  ctx: ServiceContext,
  { id, revision, patch }: EditInput,
): Promise<Broadcast> {
  const before = await findIn(tx, ctx, id);
  requireEditable(ctx, before, statusOf(before, tx.now));
  if (before.revision !== revision) throw outdated(before.revision);
  const { show, ...fields } = patch;
  const content = apply(before, fields);
  if (show === undefined && differences(before, content).length === 0) return before;
  return revise(tx, ctx, before, {
    content,
    show: show === "again" ? "show-again" : show,
    action: "broadcast.edited",
  });
}

function requireEditable(ctx: ServiceContext, broadcast: Broadcast, status: Status): void {
  if (isTest(broadcast)) throw new AppError("conflict", "A test cannot be edited: send another.");
  if (status === "draft") return;
  requirePermission(ctx, "publish");
  if (status === "live" || status === "scheduled") return;
  throw new AppError("conflict", `This broadcast is ${status}. Duplicate it to say it again.`);
}

function apply(before: Broadcast, fields: Partial<BroadcastContent>): BroadcastContent {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...contentOf(before), ...Object.fromEntries(given) };
}

function outdated(revision: number, details: Record<string, unknown> = {}): AppError {
  return new AppError(
    "revision_conflict",
    `Someone else edited this broadcast meanwhile: it is at revision ${revision} now.`,
    { details: { revision, ...details } },
  );
}

/** Says what changed between what the editor saw and what is there. */
async function explained(ctx: ServiceContext, { id, revision }: EditInput): Promise<AppError> {
  const { broadcasts, history } = runtime();
  const present = await findIn(broadcasts, ctx, id);
  const revisions = await history.revisions(ctx.workspace.id, id);
  const seen = revisions.find((row) => row.revision === revision);
  const latest = revisions.find((row) => row.revision === present.revision);
  return outdated(present.revision, {
    changedBy: latest?.byName ?? null,
    changes: seen ? differences(seen.content, contentOf(present)) : null,
  });
}
