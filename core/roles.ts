/** Roles of dashboard people and API keys, and what each may do: the table of SPEC [SEC4]. */
export const ROLES = ["viewer", "author", "publisher", "admin", "owner"] as const;
export type Role = (typeof ROLES)[number];

/** The lowest role that has each permission; every higher role has it too. */
const LOWEST_ROLE = {
  /** Broadcasts, stats, sessions, dry run. */
  read: "viewer",
  /** Write drafts, test to self. */
  draft: "author",
  /** Publish, edit live, clear, reset, archive. */
  publish: "publisher",
  /** Receipts by recipient, CSV. */
  receipts: "publisher",
  /** People, API keys, settings, audit, stream admin. */
  manage: "admin",
  /** Ownership, secrets, deleting the workspace. */
  own: "owner",
} as const satisfies Record<string, Role>;

export type Permission = keyof typeof LOWEST_ROLE;

export function can(role: Role, permission: Permission): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(LOWEST_ROLE[permission]);
}

export function isRole(value: unknown): value is Role {
  return (ROLES as readonly unknown[]).includes(value);
}
