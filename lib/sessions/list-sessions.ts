import type { ServiceContext } from "../context";
import type { SessionCounts, StoredSession } from "../ports/session-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

export interface SessionsPage {
  sessions: StoredSession[];
  next: string | null;
  counts: SessionCounts;
}

/** Who is here, or was until lately. @throws AppError `forbidden` */
export async function listSessions(
  ctx: ServiceContext,
  input: { state: "active" | "inactive" | "all"; limit: number; cursor: string | null },
): Promise<SessionsPage> {
  requirePermission(ctx, "read");
  const { sessions } = runtime();
  const { state, ...page } = input;
  const [listed, counts] = await Promise.all([
    sessions.list(ctx.workspace.id, state, page),
    sessions.counts(ctx.workspace.id),
  ]);
  return { ...listed, counts };
}
