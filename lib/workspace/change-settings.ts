import type { WorkspaceSettings } from "@/core/api/settings";
import type { SettingsPatch } from "@/core/api/settings-patch";
import { AppError } from "@/core/errors";
import { auditedBy } from "../audit/audit-change";
import { jwksUrlFault } from "../auth/jwks";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

/**
 * Changes settings of a workspace; what is not named stays. Every worker obeys at once: origins,
 * visitors, the embed's switch.
 * @returns all settings as they are now
 * @throws AppError `forbidden`, `invalid`, `unavailable`
 */
export async function changeSettings(
  ctx: ServiceContext,
  changes: SettingsPatch,
): Promise<WorkspaceSettings> {
  requirePermission(ctx, "manage");
  requireUsableKeys(changes);
  const { id } = ctx.workspace;
  const { result, change } = await runtime().broadcasts.change(async (tx) => {
    const before = await tx.identity.settings(id);
    const after = { ...before, ...changes };
    await tx.identity.changeSettings(id, changes);
    await tx.control({ workspaceId: id, kind: "workspace", subject: id });
    await tx.audit({
      ...auditedBy(id, ctx.actor),
      action: "workspace.settings_changed",
      targetKind: "workspace",
      targetId: id,
      before: pick(before, changes),
      after: changes,
    });
    return after;
  });
  await runtime().delivery.announce(change, null);
  return result;
}

/** Said now, where somebody can mend it, not when the first user token cannot be checked. */
function requireUsableKeys({ jwksUrl }: SettingsPatch): void {
  if (!jwksUrl) return;
  const fault = jwksUrlFault(jwksUrl, runtime().env.mode);
  if (fault) throw new AppError("invalid", fault, { field: "jwksUrl" });
}

function pick(settings: WorkspaceSettings, changes: SettingsPatch): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([key]) => key in changes));
}
