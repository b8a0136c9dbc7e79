import { auditedBy } from "../audit/audit-change";
import type { Actor } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import { runtime } from "../runtime-context";
import { auditPeople, changePeople, type PeopleAction } from "./change-people";

type Happening = Extract<
  PeopleAction,
  "account.signed_in" | "account.signed_out" | "account.password_changed"
>;

/**
 * [SEC8] What people do with their own account belongs to no workspace: it is on record in each
 * of theirs.
 * @param more is committed with it
 */
export async function auditAccount(
  action: Happening,
  userId: string,
  address: string | null,
  more: (tx: ChangeTransaction) => Promise<void> = async () => {},
): Promise<void> {
  const workspaces = await runtime().identity.workspacesOf(userId);
  await changePeople(async (tx) => {
    for (const { id } of workspaces) {
      const member = await tx.identity.member(id, userId);
      if (!member) continue;
      const { name, role } = member;
      const actor: Actor = { kind: "user", id: userId, name, role, address };
      await auditPeople(tx, { workspace: { id }, actor }, action, { kind: "account", id: userId });
    }
    await more(tx);
  });
}

/** Somebody gave a wrong password for this account, if there is such a one. */
export async function auditFailedSignIn(email: string, address: string): Promise<void> {
  const { identity } = runtime();
  const person = await identity.personByEmail(email.toLowerCase());
  if (!person) return;
  const workspaces = await identity.workspacesOf(person.id);
  // Who it was is what nobody knows.
  const actor: Actor = { kind: "system", id: "unknown", name: "Somebody", role: "viewer", address };
  await changePeople(async (tx) => {
    for (const { id } of workspaces) {
      await tx.audit({
        ...auditedBy(id, actor),
        action: "account.sign_in_failed" satisfies PeopleAction,
        targetKind: "account",
        targetId: person.id,
        after: { email: person.email },
      });
    }
  });
}
