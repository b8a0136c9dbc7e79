import { auditedBy } from "../audit/audit-change";
import type { Actor } from "../context";
import type { ChangeTransaction } from "../ports/broadcast-store";
import { runtime } from "../runtime-context";

export const PEOPLE_ACTIONS = [
  "workspace.set_up",
  "workspace.created",
  "workspace.deleted",
  "member.invited",
  "member.joined",
  "member.role_changed",
  "member.removed",
  "invitation.canceled",
  "api_key.created",
  "api_key.revoked",
  "token_secret.added",
  "token_secret.revoked",
  "account.signed_in",
  "account.sign_in_failed",
  "account.signed_out",
  "account.password_changed",
] as const;
export type PeopleAction = (typeof PEOPLE_ACTIONS)[number];

/** Commits a change of people or credentials, and tells the workers: sockets close by it ([SEC3]). */
export async function changePeople<T>(work: (tx: ChangeTransaction) => Promise<T>): Promise<T> {
  const { broadcasts, delivery } = runtime();
  const { result, change } = await broadcasts.change(work);
  if (change.from !== change.to) await delivery.announce(change, null);
  return result;
}

/** [SEC8] Who did what to whom: written in the transaction that does it. Never with a secret. */
export function auditPeople(
  tx: ChangeTransaction,
  by: { workspace: { id: string }; actor: Actor },
  action: PeopleAction,
  target: {
    kind: "workspace" | "member" | "account" | "invitation" | "api_key" | "token_secret";
    id: string;
  },
  states: { before?: unknown; after?: unknown } = {},
): Promise<void> {
  return tx.audit({
    ...auditedBy(by.workspace.id, by.actor),
    action,
    targetKind: target.kind,
    targetId: target.id,
    ...states,
  });
}
