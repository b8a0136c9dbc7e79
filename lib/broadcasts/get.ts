import type { Broadcast } from "@/core/broadcast";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";
import { findIn } from "./find";

/** @throws AppError `not_found`, `unavailable` */
export async function get(ctx: ServiceContext, { id }: { id: string }): Promise<Broadcast> {
  requirePermission(ctx, "read");
  return findIn(runtime().broadcasts, ctx, id);
}
