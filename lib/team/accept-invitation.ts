import { randomUUID } from "node:crypto";
import type { AcceptInvitationInput } from "@/core/api/people";
import { AppError } from "@/core/errors";
import type { Role } from "@/core/roles";
import { auditPeople, changePeople } from "../auth/change-people";
import type { HeaderSource } from "../auth/headers";
import { hashPassword } from "../auth/password";
import type { Actor } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import type { Invitation, NewPerson, Person } from "../ports/identity-store";
import { runtime } from "../runtime-context";

/** What the page behind an invitation's link shows. */
export interface OpenInvitation {
  workspaceName: string;
  inviterName: string;
  email: string;
  role: Role;
  /** Has an account: asked for its password, not for a new one. */
  hasAccount: boolean;
}

/** @throws AppError `not_found` for a link that does not work any more, `unavailable` */
export async function viewInvitation(id: string): Promise<OpenInvitation> {
  const { identity, feed } = runtime();
  const invitation = requireOpen(await identity.invitation(id), feed.now());
  const { workspaceName, inviterName, email, role } = invitation;
  const hasAccount = (await identity.personByEmail(email)) !== null;
  return { workspaceName, inviterName, email, role, hasAccount };
}

/**
 * Joins the workspace: with a new account, or after proving to own the one of that address.
 * @returns the `Set-Cookie` values that sign the person in
 * @throws AppError `not_found` for a link that does not work any more, `unauthenticated` for a
 * wrong password of an existing account, `too_many`, `unavailable`
 */
export async function acceptInvitation(
  input: AcceptInvitationInput,
  request: { headers: HeaderSource; address: string },
): Promise<string[]> {
  const { identity, auth, feed } = runtime();
  const { email } = requireOpen(await identity.invitation(input.id), feed.now());
  const credentials = { email, password: input.password };
  const existing = await identity.personByEmail(email);
  if (existing) {
    const cookies = await auth.signIn(credentials, request.headers, request);
    await join(input.id, request.address, async () => existing);
    return cookies;
  }
  const passwordHash = await hashPassword(input.password);
  const person: NewPerson = { id: randomUUID(), name: input.name, email, passwordHash };
  await join(input.id, request.address, async (tx) => {
    await tx.identity.addPerson(person);
    return person;
  });
  return auth.signIn(credentials, request.headers, request);
}

async function join(
  id: string,
  address: string,
  personIn: (tx: ChangeTransaction) => Promise<Person>,
): Promise<void> {
  await changePeople(async (tx) => {
    const invitation = requireOpen(await tx.identity.invitation(id), tx.now);
    const { workspaceId, role, email } = invitation;
    const person = await personIn(tx);
    if (await tx.identity.member(workspaceId, person.id)) {
      throw new AppError("conflict", "You are a member of this workspace already.");
    }
    await tx.identity.addMember(workspaceId, person.id, role);
    await tx.identity.settleInvitation(id, "accepted");
    await tx.control({ workspaceId, kind: "member", subject: person.id });
    const actor: Actor = { kind: "user", id: person.id, name: person.name, role, address };
    const by = { workspace: { id: workspaceId }, actor };
    const target = { kind: "member", id: person.id } as const;
    await auditPeople(tx, by, "member.joined", target, { after: { email, role } });
  });
}

function requireOpen(invitation: Invitation | null, now: number): Invitation {
  if (invitation?.status === "pending" && invitation.expiresAt > now) return invitation;
  throw new AppError("not_found", "This invitation is not valid any more. Ask for a new one.");
}
