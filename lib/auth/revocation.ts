import { LRUCache } from "lru-cache";
import type { Caller } from "../context";
import type { ControlEntry, WorkspaceInfo } from "../ports/broadcast-store";
import { credentialsOf } from "./user-token";

const MAX_SUBJECTS = 5000;

/**
 * What control entries said lately, by subject: so that a look at ten thousand connections after
 * each entry costs a look-up each. Forgets the oldest; connections are looked at long before.
 */
export class Revocations {
  /** How many entries have been applied: what callers are stamped with. */
  #applied = 0;
  /** Entries were missed up to here. */
  #unknownAt = 0;
  readonly #at = new LRUCache<string, number>({ max: MAX_SUBJECTS });

  get applied(): number {
    return this.#applied;
  }

  apply(control: readonly ControlEntry[] | "unknown"): void {
    this.#applied += 1;
    if (control === "unknown") this.#unknownAt = this.#applied;
    else for (const entry of control) this.#at.set(subjectOf(entry), this.#applied);
  }

  /** Whether an entry since this caller was admitted concerns it. */
  concern(caller: Caller): boolean {
    if (caller.kind === "nobody") return false;
    const asOf = caller.asOf ?? 0;
    // As for most: nothing has been heard of anybody since.
    if (asOf === this.#applied) return false;
    if (caller.kind !== "recipient" && this.#unknownAt > asOf) return true;
    return subjectsOf(caller).some((subject) => (this.#at.peek(subject) ?? 0) > asOf);
  }
}

/**
 * Whether a workspace as it is now would still admit this caller: what became of settings and
 * secrets is looked up, not told.
 */
export function standsWith(workspace: WorkspaceInfo | null, caller: Caller): boolean {
  if (!workspace) return false;
  if (caller.kind !== "recipient") return true;
  if (caller.viewer.kind === "anonymous") return workspace.settings.anonymousAllowed;
  const { credential } = caller;
  return !credential || credentialsOf(workspace).includes(credential);
}

function subjectsOf(caller: Exclude<Caller, { kind: "nobody" }>): string[] {
  const workspaceId = caller.workspace.id;
  switch (caller.kind) {
    case "member":
      return [
        subject("member", workspaceId, caller.actor.id),
        subject("login", null, caller.loginId),
      ];
    case "key":
      return [subject("api_key", workspaceId, caller.actor.id)];
    case "recipient":
      return [subject("recipient", workspaceId, caller.viewer.recipient)];
  }
}

function subjectOf(entry: ControlEntry): string {
  return subject(entry.kind, entry.workspaceId, entry.subject);
}

function subject(kind: ControlEntry["kind"], workspaceId: string | null, id: string): string {
  return `${kind} ${kind === "login" ? "" : workspaceId} ${id}`;
}
