import { randomBytes } from "node:crypto";
import type { InviteInput } from "@/core/api/people";
import { AppError } from "@/core/errors";
import { auditPeople, changePeople } from "../auth/change-people";
import type { ServiceContext } from "../context";
import type { Invitation } from "../ports/identity-store";
import { requirePermission } from "../require-permission";
import { runtime } from "../runtime-context";

const VALID_MS = 7 * 24 * 3600 * 1000;
const MAX_PENDING = 100;

/** Where an invitation's link leads. Whoever has it may accept: it is shown to admins only. */
export function invitationPath(id: string): string {
  return `/invite/${id}`;
}

/** Newest first, settled and expired ones included. @throws AppError `forbidden`, `unavailable` */
export async function listInvitations(ctx: ServiceContext): Promise<Invitation[]> {
  requirePermission(ctx, "manage");
  return runtime().identity.invitations(ctx.workspace.id);
}

/**
 * Makes a link to hand over, valid for 7 days; no mail is sent. An earlier invitation of the same
 * address is cancelled.
 * @throws AppError `conflict` for a member, `limit_reached`, `forbidden`, `unavailable`
 */
export async function inviteMember(ctx: ServiceContext, input: InviteInput): Promise<Invitation> {
  requirePermission(ctx, "manage");
  const { id: workspaceId, name: workspaceName } = ctx.workspace;
  const { actor } = ctx;
  // An invitation is a person's word for another.
  if (actor.kind !== "user") throw new AppError("forbidden", "Only people can invite people.");
  await requireRoom(workspaceId);
  const id = randomBytes(24).toString("base64url");
  return changePeople(async (tx) => {
    const person = await tx.identity.personByEmail(input.email);
    if (person && (await tx.identity.member(workspaceId, person.id))) {
      throw new AppError("conflict", `${input.email} is a member already.`, { field: "email" });
    }
    const earlier = await tx.identity.pendingInvitation(workspaceId, input.email);
    if (earlier) await tx.identity.settleInvitation(earlier.id, "canceled");
    const expiresAt = tx.now + VALID_MS;
    await tx.identity.addInvitation({ ...input, id, workspaceId, inviterId: actor.id, expiresAt });
    await auditPeople(tx, ctx, "member.invited", targetOf(id), { after: input });
    return {
      ...input,
      id,
      workspaceId,
      workspaceName,
      status: "pending",
      inviterId: actor.id,
      inviterName: actor.name,
      createdAt: tx.now,
      expiresAt,
    };
  });
}

/** Its link is dead from now on. @throws AppError `not_found`, `forbidden`, `unavailable` */
export async function cancelInvitation(ctx: ServiceContext, { id }: { id: string }): Promise<void> {
  requirePermission(ctx, "manage");
  await changePeople(async (tx) => {
    const found = await tx.identity.invitation(id);
    if (!found || found.workspaceId !== ctx.workspace.id || found.status !== "pending") {
      throw new AppError("not_found", "There is no such pending invitation.");
    }
    const { email, role } = found;
    await tx.identity.settleInvitation(id, "canceled");
    await auditPeople(tx, ctx, "invitation.canceled", targetOf(id), { before: { email, role } });
  });
}

async function requireRoom(workspaceId: string): Promise<void> {
  const { identity, feed } = runtime();
  const invitations = await identity.invitations(workspaceId);
  const now = feed.now();
  const open = invitations.filter((one) => one.status === "pending" && one.expiresAt > now);
  if (open.length < MAX_PENDING) return;
  throw new AppError("limit_reached", `At most ${MAX_PENDING} invitations can be open at once.`);
}

/** The link is a secret while it works: the audit log names an invitation by its beginning. */
function targetOf(id: string) {
  return { kind: "invitation", id: id.slice(0, 8) } as const;
}
