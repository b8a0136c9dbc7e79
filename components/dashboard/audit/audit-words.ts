/** What was done, as the predicate of a sentence: "Miriam *published a broadcast*". */
const WORDS: Record<string, string> = {
  "broadcast.created": "wrote a draft",
  "broadcast.edited": "edited a broadcast",
  "broadcast.published": "published a broadcast",
  "broadcast.went_live": "put a scheduled broadcast live",
  "broadcast.replaced": "replaced a broadcast",
  "broadcast.cleared": "cleared a broadcast",
  "broadcast.reset": "showed a broadcast again",
  "broadcast.archived": "archived a broadcast",
  "broadcast.tested": "tested a broadcast",
  "workspace.set_up": "set up the workspace",
  "workspace.created": "created the workspace",
  "workspace.deleted": "deleted a workspace",
  "workspace.settings_changed": "changed settings",
  "member.invited": "invited a person",
  "member.joined": "joined the team",
  "member.role_changed": "changed a role",
  "member.removed": "removed a person",
  "invitation.canceled": "withdrew an invitation",
  "api_key.created": "created an API key",
  "api_key.revoked": "revoked an API key",
  "token_secret.added": "added a token secret",
  "token_secret.revoked": "revoked a token secret",
  "account.signed_in": "signed in",
  "account.sign_in_failed": "gave a wrong password",
  "account.signed_out": "signed out",
  "account.password_changed": "changed their password",
};

/** An action that this version does not know is written as it is named. */
export function actionWords(action: string): string {
  return WORDS[action] ?? action.replace(/[._]/g, " ");
}

/** The audit log's groups, by the first word of an action. */
export const AUDIT_GROUPS = [
  { value: "", label: "Everything" },
  { value: "broadcast", label: "Broadcasts" },
  { value: "member", label: "Members" },
  { value: "invitation", label: "Invitations" },
  { value: "api_key", label: "API keys" },
  { value: "token_secret", label: "Token secrets" },
  { value: "workspace", label: "Workspace" },
  { value: "account", label: "Sign-ins" },
] as const;

/** What the entry is about, in a few words of its own: a title, an address, a name. */
export function subjectOf(before: unknown, after: unknown): string | null {
  for (const state of [after, before]) {
    if (typeof state !== "object" || state === null) continue;
    for (const key of ["title", "message", "name", "email"]) {
      const value: unknown = Reflect.get(state, key);
      if (typeof value === "string" && value !== "") return value;
    }
  }
  return null;
}

/** The keys whose values differ, with both values as short text. */
export function changesOf(
  before: unknown,
  after: unknown,
): { key: string; before: string; after: string }[] {
  const old = asRecord(before);
  const fresh = asRecord(after);
  const keys = [...new Set([...Object.keys(old), ...Object.keys(fresh)])];
  return keys
    .map((key) => ({ key, before: short(old[key]), after: short(fresh[key]) }))
    .filter((change) => change.before !== change.after);
}

function asRecord(state: unknown): Record<string, unknown> {
  if (typeof state !== "object" || state === null || Array.isArray(state)) return {};
  return Object.fromEntries(Object.entries(state));
}

function short(value: unknown): string {
  if (value === undefined || value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
