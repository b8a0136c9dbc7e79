import type { WorkspaceSettings } from "@/core/api/settings";
import type { Role } from "@/core/roles";

/** Someone with a dashboard account. */
export interface Person {
  id: string;
  email: string;
  name: string;
}

export interface Member {
  userId: string;
  name: string;
  email: string;
  role: Role;
  /** ms. */
  joinedAt: number;
}

export const INVITATION_STATUSES = ["pending", "accepted", "canceled"] as const;
export type InvitationStatus = (typeof INVITATION_STATUSES)[number];

export interface Invitation {
  id: string;
  workspaceId: string;
  workspaceName: string;
  email: string;
  role: Role;
  status: InvitationStatus;
  inviterId: string;
  inviterName: string;
  /** ms. */
  createdAt: number;
  expiresAt: number;
}

/** An API key without the key. Times are ms; null = never. */
export interface ApiKey {
  id: string;
  workspaceId: string;
  name: string;
  /** The first characters of the key, to recognise it by. */
  prefix: string;
  /** Never `owner`. */
  role: Role;
  createdById: string | null;
  createdAt: number;
  lastUsedAt: number | null;
  expiresAt: number | null;
  revokedAt: number | null;
}

export interface NewApiKey {
  id: string;
  workspaceId: string;
  name: string;
  prefix: string;
  /** SHA-256 of the key. */
  hash: Uint8Array;
  role: Role;
  createdById: string | null;
  expiresAt: number | null;
}

/** A secret that user tokens are signed with, as it is kept: sealed under AUTH_SECRET. */
export interface SealedTokenSecret {
  id: string;
  sealed: string;
  /** ms. */
  createdAt: number;
}

export interface NewPerson extends Person {
  /** As made by `hashPassword`. */
  passwordHash: string;
}

/** A workspace always has a secret that user tokens can be signed with. */
export interface NewWorkspace {
  id: string;
  slug: string;
  name: string;
  tokenSecret: { id: string; sealed: string };
}

/** How much hangs on a workspace. */
export interface WorkspaceContents {
  /** Of every status. */
  broadcasts: number;
  members: number;
  /** In force or not. */
  apiKeys: number;
}

/**
 * People and credentials, written inside a changing transaction (`ChangeTransaction.identity`):
 * the counter row is locked, so what is read here cannot change before the commit. Callers write
 * the audit and control entries in the same transaction.
 */
export interface IdentityTransaction {
  member(workspaceId: string, userId: string): Promise<Member | null>;
  countOwners(workspaceId: string): Promise<number>;
  addMember(workspaceId: string, userId: string, role: Role): Promise<void>;
  setRole(workspaceId: string, userId: string, role: Role): Promise<void>;
  removeMember(workspaceId: string, userId: string): Promise<void>;

  personByEmail(email: string): Promise<Person | null>;
  /** An account that signs in with this password. `email` is lower case. Throws `conflict`. */
  addPerson(person: NewPerson): Promise<void>;

  addInvitation(invitation: {
    id: string;
    workspaceId: string;
    email: string;
    role: Role;
    inviterId: string;
    /** ms, database time. */
    expiresAt: number;
  }): Promise<void>;
  invitation(id: string): Promise<Invitation | null>;
  pendingInvitation(workspaceId: string, email: string): Promise<Invitation | null>;
  settleInvitation(id: string, status: "accepted" | "canceled"): Promise<void>;

  addApiKey(key: NewApiKey): Promise<ApiKey>;
  /** Of this workspace, revoked ones included. */
  apiKey(workspaceId: string, id: string): Promise<ApiKey | null>;
  revokeApiKey(id: string): Promise<void>;

  /** Those in force, newest first. */
  tokenSecrets(workspaceId: string): Promise<SealedTokenSecret[]>;
  addTokenSecret(secret: { id: string; workspaceId: string; sealed: string }): Promise<void>;
  revokeTokenSecret(id: string): Promise<void>;

  /** Throws `conflict` when the slug is taken. */
  addWorkspace(workspace: NewWorkspace): Promise<void>;
  renameWorkspace(workspaceId: string, name: string): Promise<void>;
  /**
   * Takes its people, invitations, keys and secrets away and frees its slug; no feed has it from
   * now on. `Housekeeping` removes the rest, but for the audit log. Throws `not_found`.
   */
  deleteWorkspace(workspaceId: string): Promise<void>;
  contents(workspaceId: string): Promise<WorkspaceContents>;
  /** Absent keys, and those not understood, have their defaults. */
  settings(workspaceId: string): Promise<WorkspaceSettings>;
  /** Writes these and leaves the others as they are, a newer version's too. */
  changeSettings(workspaceId: string, changes: Partial<WorkspaceSettings>): Promise<void>;
  /** Marks the installation as set up; false when it already was. Locks its row. */
  claimSetUp(): Promise<boolean>;
}

/** Facts about the installation that replicas must agree on. */
export interface InstallationFacts {
  secretFingerprint: string | null;
  /** When the first owner was made, ms. */
  setUpAt: number | null;
}

/** Reads of people and credentials. Errors: `unavailable` when the database is away. */
export interface IdentityStore {
  /** Writes the fingerprint where there is none, and returns the one that stands. */
  claimSecretFingerprint(fingerprint: string): Promise<string>;
  /**
   * A workspace with its first token secret, where there is none with this slug. Several
   * replicas may call it at once.
   */
  ensureWorkspace(workspace: NewWorkspace): Promise<void>;
  installation(): Promise<InstallationFacts>;

  personByEmail(email: string): Promise<Person | null>;
  roleOf(workspaceId: string, userId: string): Promise<Role | null>;
  /** Whether this dashboard sign-in still stands and has not run out. */
  hasLogin(loginId: string): Promise<boolean>;
  /** By name. */
  members(workspaceId: string): Promise<Member[]>;
  /** Workspaces this person belongs to, by name. */
  workspacesOf(userId: string): Promise<{ id: string; slug: string; name: string; role: Role }[]>;
  contents(workspaceId: string): Promise<WorkspaceContents>;
  /** Newest first, settled ones included. */
  invitations(workspaceId: string): Promise<Invitation[]>;
  invitation(id: string): Promise<Invitation | null>;

  /** By SHA-256 of the key. Revoked and expired ones are found too. */
  apiKeyByHash(hash: Uint8Array): Promise<ApiKey | null>;
  /** Newest first, revoked ones included. */
  apiKeys(workspaceId: string): Promise<ApiKey[]>;
  /** Notes a use, unless one was noted in the last minute. */
  touchApiKey(id: string): Promise<void>;

  /** Those in force, newest first. */
  tokenSecrets(workspaceId: string): Promise<SealedTokenSecret[]>;
}
