import type { WorkspaceSettings } from "@/core/api/settings";
import type { Broadcast } from "@/core/broadcast";
import type { IdentityTransaction } from "./identity-store";

/** Where the cluster is: `seq` counts changes in commit order without gaps, within an `epoch`. */
export interface Position {
  epoch: string;
  seq: number;
}

/** A position, and which change it is of: two histories may count equally far. */
export interface ChangePosition extends Position {
  /** Random; one change, one id. */
  changeId: string;
}

/** What a worker must know of a workspace without asking the database. */
export interface WorkspaceInfo {
  id: string;
  slug: string;
  name: string;
  settings: WorkspaceSettings;
  /** Plain secrets that user tokens may be signed with, newest first; at most two. */
  tokenSecrets: string[];
}

/** One change that must not be missed but is not a broadcast. */
export interface ControlEntry {
  seq: number;
  workspaceId: string | null;
  kind: "workspace" | "member" | "api_key" | "login" | "secret" | "recipient";
  /**
   * The id of what changed: of the workspace, the member's user id, of the key, of the login,
   * of the token secret; of a recipient, `user:<sub>`, `team:<user id>` or `anon:<uuid>`.
   */
  subject: string;
}

/** All that a feed holds, read in one statement (or one snapshot) with the counter. */
export interface FeedSnapshot extends ChangePosition {
  /** The database's clock, ms since 1970. */
  now: number;
  /** Every broadcast that is live or scheduled, of all workspaces. */
  broadcasts: Broadcast[];
  workspaces: WorkspaceInfo[];
}

/** The rows one transaction changed: what the broker carries. Applied as one, or not at all. */
export interface FeedChange {
  epoch: string;
  /** The position before the first change: a feed that is elsewhere reloads. */
  from: number;
  to: number;
  /** Of `from` and of `to`; absent where an older version sent it, or it is told again. */
  fromChangeId?: string;
  changeId?: string;
  /** Their new state, also where they are live no more. */
  broadcasts: Broadcast[];
  control: ControlEntry[];
}

export interface AuditInput {
  workspaceId: string;
  actorKind: "user" | "key" | "system";
  actorId: string;
  actorName: string;
  /** `broadcast.published`, `member.invited`: target and past participle. */
  action: string;
  targetKind: string;
  targetId: string;
  before?: unknown;
  after?: unknown;
  address: string | null;
}

/** A broadcast to write: `seq` and `changeId` are the transaction's to give. */
export type BroadcastDraft = Omit<Broadcast, "seq" | "changeId">;

/** An answer that was given under an `Idempotency-Key`. */
export interface IdempotentAnswer {
  /** SHA-256 (hex) of method, path and body. */
  requestHash: string;
  status: number;
  response: unknown;
}

/**
 * What a changing transaction can do. It holds the counter row's lock from its first statement,
 * so what it reads cannot change under it before it commits.
 */
export interface ChangeTransaction {
  /** The database's clock at the transaction's start, ms. */
  readonly now: number;
  /** People, keys and secrets, written in this same transaction. */
  readonly identity: IdentityTransaction;
  find(workspaceId: string, id: string): Promise<Broadcast | null>;
  /**
   * Published, not cleared, not archived, not ended; and ended ones that were to replace others
   * and of which nobody has written down that they went live ([BC6]).
   */
  liveOrScheduled(workspaceId: string): Promise<Broadcast[]>;
  /** Returns the row as written, with its position. */
  insert(draft: BroadcastDraft): Promise<Broadcast>;
  update(draft: BroadcastDraft): Promise<Broadcast>;
  /** Keeps what a broadcast says at its present revision. */
  addRevision(broadcast: Broadcast, showAgain: boolean, byName: string): Promise<void>;
  control(entry: Omit<ControlEntry, "seq">): Promise<void>;
  audit(entry: AuditInput): Promise<void>;
  findAnswer(credential: string, key: string): Promise<IdempotentAnswer | null>;
  keepAnswer(credential: string, key: string, answer: IdempotentAnswer): Promise<void>;
}

export interface BroadcastFilter {
  workspaceId: string;
  status?: readonly string[];
  level?: readonly string[];
  /** Words in title or message, case-insensitive. */
  search?: string;
  createdById?: string;
}

/**
 * The record of broadcasts. Errors: `unavailable` when the database cannot be reached or a lock
 * was not had in 2 s; nothing is half-done then, but an unknown COMMIT outcome is possible and
 * is settled by the idempotency key.
 */
export interface BroadcastStore {
  loadFeed(): Promise<FeedSnapshot>;
  /** The counter and the database's clock; one cheap statement. */
  position(): Promise<ChangePosition & { now: number }>;
  /** (id, seq, change id) of all that is live or scheduled, with the counter, in one statement. */
  fingerprint(): Promise<Position & { rows: { id: string; seq: number; changeId: string }[] }>;
  /** Gives the installation a new epoch, unless another worker already did. */
  renewEpoch(from: string): Promise<void>;
  /**
   * One transaction that takes the counter first. `change.from === change.to` when it wrote
   * nothing that moves the position.
   */
  change<T>(
    work: (tx: ChangeTransaction) => Promise<T>,
  ): Promise<{ result: T; change: FeedChange }>;
  find(workspaceId: string, id: string): Promise<Broadcast | null>;
  /** Newest first. `cursor` is opaque; `next` is null at the end. */
  list(
    filter: BroadcastFilter,
    page: { limit: number; cursor: string | null },
  ): Promise<{ broadcasts: Broadcast[]; next: string | null }>;
  /** Published since `since` (ms), tests left out: in the whole workspace, and by this author. */
  countPublished(
    workspaceId: string,
    authorId: string | null,
    since: number,
  ): Promise<{ workspace: number; byAuthor: number }>;
}
