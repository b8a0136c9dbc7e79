import { randomUUID } from "node:crypto";
import type { CreateWorkspaceInput } from "@/core/api/people";
import { AppError } from "@/core/errors";
import { auditPeople, changePeople } from "../auth/change-people";
import { FIRST_WORKSPACE } from "../auth/setup";
import { generateTokenSecret } from "../auth/token-secret";
import type { ServiceContext } from "../context";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

/**
 * A further audience with people of its own; whoever makes it owns it. The installation's owners
 * are those of its first workspace.
 * @throws AppError `forbidden`, `conflict` when the slug is taken, `unavailable`
 */
export async function createWorkspace(
  ctx: ServiceContext,
  input: CreateWorkspaceInput,
): Promise<{ id: string; slug: string; name: string }> {
  requirePermission(ctx, "own");
  const { actor } = ctx;
  if (ctx.workspace.slug !== FIRST_WORKSPACE.slug || actor.kind !== "user") {
    throw new AppError("forbidden", "Only an owner of the first workspace can make another.");
  }
  const workspace = { ...input, id: randomUUID() };
  const sealed = runtime().vault.seal(generateTokenSecret());
  await changePeople(async (tx) => {
    await tx.identity.addWorkspace({ ...workspace, tokenSecret: { id: randomUUID(), sealed } });
    await tx.identity.addMember(workspace.id, actor.id, "owner");
    await tx.control({ workspaceId: workspace.id, kind: "workspace", subject: workspace.id });
    await tx.control({ workspaceId: workspace.id, kind: "member", subject: actor.id });
    const target = { kind: "workspace", id: workspace.id } as const;
    await auditPeople(tx, { workspace, actor }, "workspace.created", target, { after: input });
  });
  return workspace;
}
