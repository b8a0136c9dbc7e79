import type { MemberCaller, RecipientCaller } from "../context";
import { runtime } from "../runtime-context";
import { mergeVisitor } from "./merge-visitor";

/**
 * Dismisses a broadcast for the calling recipient ([ACK1]); resolves when that is durable, with
 * the revision that counted.
 * @throws AppError `not_found`, `not_dismissible`, `revision_ahead`, `unavailable`
 */
export async function acknowledge(
  caller: RecipientCaller | MemberCaller,
  { id, revision }: { id: string; revision?: number | undefined },
): Promise<number> {
  await mergeVisitor(caller);
  const { workspace, viewer } = caller;
  return runtime().acknowledger.acknowledge(workspace.id, viewer, id, revision);
}
