import type { ServiceContext } from "../context";
import type { AuditEntry, AuditFilter, Page } from "../ports/history";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

/** Who did what, newest first ([SEC8]). @throws AppError `forbidden`, `invalid` (cursor) */
export async function listAudit(
  ctx: ServiceContext,
  { limit, cursor, ...filter }: Omit<AuditFilter, "workspaceId"> & Page,
): Promise<{ entries: AuditEntry[]; next: string | null }> {
  requirePermission(ctx, "manage");
  return runtime().history.audit({ ...filter, workspaceId: ctx.workspace.id }, { limit, cursor });
}
