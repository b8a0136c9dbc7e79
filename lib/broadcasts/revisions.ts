import type { ServiceContext } from "../context";
import type { BroadcastRevision } from "../ports/history";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { findIn } from "./find";

/** What a broadcast has said, newest first. @throws AppError `not_found`, `unavailable` */
export async function revisions(
  ctx: ServiceContext,
  { id }: { id: string },
): Promise<BroadcastRevision[]> {
  requirePermission(ctx, "read");
  await findIn(runtime().broadcasts, ctx, id);
  return runtime().history.revisions(ctx.workspace.id, id);
}
