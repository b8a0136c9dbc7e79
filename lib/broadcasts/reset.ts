import { isTest, statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import { contentOf } from "@/core/revisions";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { changeOnce } from "./change-once";
import { type Delivered, deliver } from "./delivered";
import { findIn } from "./find";
import { revise } from "./revise";

/**
 * Shows a broadcast again to everyone, whoever dismissed it: a new revision of the same words
 * ([BC5], [ACK5]).
 * @throws AppError `not_found`, `conflict` (not live or scheduled, or a test), `forbidden`
 */
export async function reset(ctx: ServiceContext, { id }: { id: string }): Promise<Delivered> {
  requirePermission(ctx, "publish");
  const changed = await changeOnce(ctx, async (tx) => {
    const before = await findIn(tx, ctx, id);
    const status = statusOf(before, tx.now);
    if (isTest(before) || (status !== "live" && status !== "scheduled")) {
      throw new AppError("conflict", "Only a live or scheduled broadcast can be shown again.");
    }
    const content = contentOf(before);
    return revise(tx, ctx, before, { content, show: "show-again", action: "broadcast.reset" });
  });
  return deliver(ctx, changed);
}
