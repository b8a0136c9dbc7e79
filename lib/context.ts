import type { Viewer } from "@/core/audience";
import type { Role } from "@/core/roles";
import type { WorkspaceInfo } from "./ports/broadcast-store";

/** Who changes something: a dashboard person, an API key, or the server itself. */
export interface Actor {
  kind: "user" | "key" | "system";
  id: string;
  name: string;
  role: Role;
  /** Where the call came from; null for the server itself. */
  address: string | null;
}

/**
 * How many control entries the authenticator had applied when it answered: with it,
 * `Authenticator.isRevoked` tells whether a later one ended this caller.
 */
interface Admitted {
  asOf?: number;
}

/** A dashboard person, by cookie. */
export interface MemberCaller extends Admitted {
  kind: "member";
  workspace: WorkspaceInfo;
  actor: Actor;
  viewer: Viewer;
  loginId: string;
  /** As of a recipient. */
  sessionId?: string | null;
  mergeFrom?: string | null;
}

/** A program, by API key. */
export interface KeyCaller extends Admitted {
  kind: "key";
  workspace: WorkspaceInfo;
  actor: Actor;
}

/** Someone who sees banners: by user token, session token, or as a new anonymous visitor. */
export interface RecipientCaller extends Admitted {
  kind: "recipient";
  workspace: WorkspaceInfo;
  viewer: Viewer;
  /** Of the session token, when there was one and it is this recipient's. */
  sessionId: string | null;
  /** When the user token expires, ms; null = it does not (anonymous). */
  expiresAt: number | null;
  /** This anonymous visitor has signed in: its dismissals move to `viewer`. */
  mergeFrom: string | null;
  /**
   * Names the secret or key set that vouched for a signed-in user, without revealing it: when
   * that secret goes, so does the identity. Null for anonymous visitors.
   */
  credential?: string | null;
}

/** Who a request or a socket is from, and in which workspace. */
export type Caller =
  | MemberCaller
  | KeyCaller
  | RecipientCaller
  | { kind: "nobody"; workspace: WorkspaceInfo };

/** What every service verb is given: `verb(ctx, input)`. */
export interface ServiceContext {
  workspace: WorkspaceInfo;
  actor: Actor;
  /** The caller may repeat this request; it is done once ([PUB5]). */
  idempotency?: IdempotentRequest;
}

/** A request with an `Idempotency-Key`. */
export interface IdempotentRequest {
  /** Whose key it is: `user:<id>` or `key:<id>`. */
  credential: string;
  key: string;
  /** SHA-256 (hex) of method, path, workspace and body. */
  requestHash: string;
}
