import type { Broadcast } from "@/core/broadcast";
import type { ServiceContext } from "../context";
import type { BroadcastFilter } from "../ports/broadcast-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

export type ListInput = Omit<BroadcastFilter, "workspaceId"> & {
  limit: number;
  cursor: string | null;
};

/** Newest first; `next` is the cursor of the following page, null at the end. */
export async function list(
  ctx: ServiceContext,
  { limit, cursor, ...filter }: ListInput,
): Promise<{ broadcasts: Broadcast[]; next: string | null }> {
  requirePermission(ctx, "read");
  return runtime().broadcasts.list({ ...filter, workspaceId: ctx.workspace.id }, { limit, cursor });
}
