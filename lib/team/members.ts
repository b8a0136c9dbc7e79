import type { ChangeRoleInput } from "@/core/api/people";
import { AppError } from "@/core/errors";
import { auditPeople, changePeople } from "../auth/change-people";
import type { ServiceContext } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import type { Member } from "../ports/identity-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

/** By name. @throws AppError `forbidden`, `unavailable` */
export async function listMembers(ctx: ServiceContext): Promise<Member[]> {
  requirePermission(ctx, "manage");
  return runtime().identity.members(ctx.workspace.id);
}

/**
 * Whoever is or becomes an owner takes an owner to change. Sockets of that person are opened
 * anew with the new role.
 * @throws AppError `not_found`, `conflict` for the last owner, `forbidden`, `unavailable`
 */
export async function changeRole(ctx: ServiceContext, input: ChangeRoleInput): Promise<Member> {
  requirePermission(ctx, input.role === "owner" ? "own" : "manage");
  const { userId, role } = input;
  return changePeople(async (tx) => {
    const member = await findMember(tx, ctx, userId);
    if (member.role === role) return member;
    if (member.role === "owner") await requireAnotherOwner(tx, ctx);
    await tx.identity.setRole(ctx.workspace.id, userId, role);
    await noteMember(tx, ctx, "member.role_changed", userId, {
      before: described(member),
      after: described({ ...member, role }),
    });
    return { ...member, role };
  });
}

/**
 * Takes a person out of the workspace and closes what they have open. Everybody may leave.
 * @throws AppError `not_found`, `conflict` for the last owner, `forbidden`, `unavailable`
 */
export async function removeMember(
  ctx: ServiceContext,
  { userId }: { userId: string },
): Promise<void> {
  const isLeaving = ctx.actor.kind === "user" && ctx.actor.id === userId;
  if (!isLeaving) requirePermission(ctx, "manage");
  await changePeople(async (tx) => {
    const member = await findMember(tx, ctx, userId);
    if (member.role === "owner") await requireAnotherOwner(tx, ctx);
    await tx.identity.removeMember(ctx.workspace.id, userId);
    await noteMember(tx, ctx, "member.removed", userId, { before: described(member) });
  });
}

async function findMember(
  tx: ChangeTransaction,
  { workspace }: ServiceContext,
  userId: string,
): Promise<Member> {
  const member = await tx.identity.member(workspace.id, userId);
  if (!member) throw new AppError("not_found", "There is no such member.");
  return member;
}

/** A workspace without an owner could never be given one again. */
async function requireAnotherOwner(tx: ChangeTransaction, ctx: ServiceContext): Promise<void> {
  requirePermission(ctx, "own");
  if ((await tx.identity.countOwners(ctx.workspace.id)) > 1) return;
  throw new AppError("conflict", "This is the only owner: make somebody else an owner first.");
}

async function noteMember(
  tx: ChangeTransaction,
  ctx: ServiceContext,
  action: "member.role_changed" | "member.removed",
  userId: string,
  states: { before?: unknown; after?: unknown },
): Promise<void> {
  await tx.control({ workspaceId: ctx.workspace.id, kind: "member", subject: userId });
  await auditPeople(tx, ctx, action, { kind: "member", id: userId }, states);
}

function described({ email, name, role }: Member) {
  return { email, name, role };
}
