import { statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import { auditPeople, changePeople } from "../auth/change-people";
import { FIRST_WORKSPACE } from "../auth/setup";
import type { ServiceContext } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import type { WorkspaceContents } from "../ports/identity-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

/** What would go with the workspace. @throws AppError `forbidden`, `unavailable` */
export async function workspaceContents(ctx: ServiceContext): Promise<WorkspaceContents> {
  requirePermission(ctx, "own");
  return runtime().identity.contents(ctx.workspace.id);
}

/** The first one holds the installation: its owners, and pages that name no workspace. */
export function isDeletable({ slug }: { slug: string }): boolean {
  return slug !== FIRST_WORKSPACE.slug;
}

/**
 * Deletes the workspace for good. What is live leaves every screen, sockets are closed, keys and
 * tokens open nothing from now on, on every worker; the audit log alone stays.
 * @throws AppError `not_found` for another workspace's slug, `conflict` for the first workspace,
 * `invalid` unless `confirm` is the slug, `forbidden`, `unavailable`
 */
export async function deleteWorkspace(
  ctx: ServiceContext,
  { slug, confirm }: { slug: string; confirm: string },
): Promise<void> {
  requirePermission(ctx, "own");
  const { workspace, actor } = ctx;
  if (slug !== workspace.slug) throw new AppError("not_found", "There is no such workspace.");
  requireDeletable(slug, confirm);
  await changePeople(async (tx) => {
    await requireOwnerStill(tx, ctx);
    const contents = await tx.identity.contents(workspace.id);
    await takeOffScreens(tx, workspace.id);
    await tx.identity.deleteWorkspace(workspace.id);
    await tx.control({ workspaceId: workspace.id, kind: "workspace", subject: workspace.id });
    await noteDeletion(tx, ctx, contents);
  });
  runtime().logger.info({ workspace: workspace.id, slug, by: actor.id }, "a workspace was deleted");
}

function requireDeletable(slug: string, confirm: string): void {
  if (!isDeletable({ slug })) {
    throw new AppError(
      "conflict",
      "This is the server's first workspace: its owners own the server, and pages that name no workspace mean it. It cannot be deleted.",
    );
  }
  if (confirm === slug) return;
  throw new AppError("invalid", `Type the workspace's public name, ${slug}, to delete it.`, {
    field: "confirm",
  });
}

/** Asked again under the lock: whoever lost the role a moment ago has lost this too. */
async function requireOwnerStill(
  tx: ChangeTransaction,
  { workspace, actor }: ServiceContext,
): Promise<void> {
  const member = await tx.identity.member(workspace.id, actor.id);
  // Another owner was first, on another worker perhaps.
  if (!member) throw new AppError("not_found", "There is no such workspace.");
  if (member.role === "owner") return;
  throw new AppError("forbidden", "Only an owner can delete the workspace.");
}

/** As clearing them would: a start that is still to come never comes. */
async function takeOffScreens(tx: ChangeTransaction, workspaceId: string): Promise<void> {
  for (const broadcast of await tx.liveOrScheduled(workspaceId)) {
    const isOver = statusOf(broadcast, tx.now) === "ended";
    await tx.update({
      ...broadcast,
      archivedAt: tx.now,
      updatedAt: tx.now,
      ...(isOver ? {} : { clearedAt: tx.now, clearedReason: "cleared" as const }),
    });
  }
}

/**
 * [SEC8] In its own log, which stays, and in the first workspace's, which somebody can read: there
 * without how much it was, which is no business of that one's admins.
 */
async function noteDeletion(
  tx: ChangeTransaction,
  ctx: ServiceContext,
  contents: WorkspaceContents,
): Promise<void> {
  const { id, name, slug } = ctx.workspace;
  const target = { kind: "workspace", id } as const;
  const before = { name, slug };
  await auditPeople(tx, ctx, "workspace.deleted", target, { before: { ...before, ...contents } });
  const first = runtime().feed.workspaceBySlug(FIRST_WORKSPACE.slug);
  if (!first) return;
  const by = { workspace: first, actor: ctx.actor };
  await auditPeople(tx, by, "workspace.deleted", target, { before });
}
