import { AppError } from "@/core/errors";
import type { ServiceContext } from "../context";
import type { StoredSession } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

/** @throws AppError `not_found`, also once its TTL has run out */
export async function getSession(
  ctx: ServiceContext,
  { id }: { id: string },
): Promise<StoredSession> {
  requirePermission(ctx, "read");
  const session = await runtime().sessions.find(ctx.workspace.id, id);
  if (!session) throw new AppError("not_found", "Session not found");
  return session;
}
