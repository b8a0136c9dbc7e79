import { randomUUID } from "node:crypto";
import type { Viewer } from "@/core/audience";
import { AppError } from "@/core/errors";
import { originAllowed } from "@/core/origin";
import type { Role } from "@/core/roles";
import type { Caller, KeyCaller, MemberCaller, RecipientCaller } from "../context";
import type { ControlEntry, WorkspaceInfo } from "../ports/broadcast-store";
import type { ApiKey, IdentityStore } from "../ports/identity-store";
import type { FeedReader } from "../runtime-context";
import { hashApiKey, isWellFormedApiKey, looksLikeApiKey } from "./api-key-secret";
import type { Auth } from "./auth";
import { header } from "./headers";
import { isAllowedOrigin, isOwnOrigin, type OriginPolicy } from "./origin";
import { RecentCache } from "./recent-cache";
import {
  bearerOf,
  cookieCounts,
  type IdentifyInput,
  localeOf,
  sessionTokenOf,
} from "./request-credentials";
import { Revocations, standsWith } from "./revocation";
import { createSessionTokens, recipientOf, type SessionClaims } from "./session-token";
import { parseClaims } from "./user-claims";
import { createUserTokens, type VerifiedUser } from "./user-token";

export type { IdentifyInput } from "./request-credentials";

/** What became of a caller since it was admitted. */
export type Standing = "valid" | "changed" | "ended";

/** A recipient's stay as a connection knows it, for a token that comes in band. */
export interface Stay {
  workspace: WorkspaceInfo;
  viewer: Viewer;
  sessionId: string;
}

/**
 * Says who a request or a socket is from (SPEC § 6): user token or API key; else the dashboard's
 * cookie, where no other site's page can have sent it; else the recipient of the session token.
 * User and session tokens cost no query; cookies and keys one each 2 s.
 */
export interface Authenticator {
  /**
   * @throws AppError `not_found` for an unknown workspace, `foreign_origin`, `token_invalid`,
   * `unauthenticated` for an API key that is not valid, `forbidden` for one of another workspace,
   * `unavailable` when a cookie or key cannot be looked up
   */
  resolve(input: IdentifyInput): Promise<Caller>;
  /**
   * Someone who was never here before.
   * @throws AppError `forbidden` where the workspace admits no anonymous visitors
   */
  newAnonymous(workspace: WorkspaceInfo, locale?: string | null): RecipientCaller;
  /**
   * A user token that came in band (`authenticate`): who the connection is from now on.
   * `sessionId` is null when its session is not this user's to keep.
   * @throws AppError `token_invalid`, `unavailable`
   */
  authenticate(stay: Stay, token: string): Promise<RecipientCaller>;
  /** A token to take up this stay again with; see session-token.ts for what it proves. */
  issueSession(caller: RecipientCaller | MemberCaller, sessionId: string): string;
  /** The stay that a token proves, of this workspace; null where it proves none ([STR1]). */
  readSession(workspaceId: string, token: string): SessionClaims | null;
  /** What changed in the database, or that something may have: kept answers are dropped. */
  apply(control: readonly ControlEntry[] | "unknown"): void;
  /**
   * Whether something has changed that this caller was admitted by: membership or role, login,
   * key, secret. Also for what changed while it was being admitted: ask again after registering
   * a connection. Costs no look-up; an `unknown` change counts for dashboard people and keys.
   */
  isRevoked(caller: Caller): boolean;
  /**
   * Looks up what became of a caller: `changed` may come back as what it is now, `ended` is over.
   * A `valid` one is stamped anew, so that `isRevoked` no longer counts what happened before.
   * @throws AppError `unavailable`
   */
  recheck(caller: Caller): Promise<Standing>;
}

export interface AuthenticatorOptions {
  auth: Pick<Auth, "login" | "hasCookie" | "forgetLogins">;
  identity: Pick<IdentityStore, "roleOf" | "hasLogin" | "apiKeyByHash" | "apiKeys" | "touchApiKey">;
  feed: Pick<FeedReader, "workspaceBySlug" | "workspaceById" | "now">;
  /** AUTH_SECRET. */
  secret: string;
  origins: OriginPolicy;
  /** `ALLOW_INSECURE_USER_ID`: believe `?user_id=`. */
  allowInsecureUserId: boolean;
}

const DEFAULT_WORKSPACE = "default";
/** How old an answer about a cookie or a key may be; a revocation empties these at once. */
const CACHE = { maxAgeMs: 2000, maxEntries: 2000 };
const TOUCH_INTERVAL_MS = 60_000;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return new TokenAuthenticator(options);
}

class TokenAuthenticator implements Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #sessionTokens: ReturnType<typeof createSessionTokens>;
  readonly #userTokens: ReturnType<typeof createUserTokens>;
  readonly #revocations = new Revocations();
  readonly #roles = new RecentCache<Role | null>(CACHE);
  readonly #keys = new RecentCache<ApiKey | null>(CACHE);
  readonly #touches = new RecentCache<void>({ ...CACHE, maxAgeMs: TOUCH_INTERVAL_MS });

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    this.#sessionTokens = createSessionTokens(options.secret);
    this.#userTokens = createUserTokens({
      mode: options.origins.mode,
      now: () => options.feed.now(),
    });
  }

  async resolve(input: IdentifyInput): Promise<Caller> {
    // Read before anything else: what is revoked from here on is news about this caller.
    const asOf = this.#revocations.applied;
    const bearer = bearerOf(input);
    if (bearer !== null && looksLikeApiKey(bearer)) return this.#key(input, bearer, asOf);
    const workspace = this.#workspace(slugOf(input) ?? DEFAULT_WORKSPACE);
    this.#checkOrigin(input, workspace, bearer !== null);
    const claims = this.#session(input, workspace);
    if (bearer !== null) {
      const user = await this.#userTokens.verify(workspace, bearer);
      return { ...this.#user(workspace, user, claims, input), asOf };
    }
    return (
      this.#insecureUser(input, workspace, claims, asOf) ??
      (await this.#member(input, workspace, claims, asOf)) ??
      this.#returning(input, workspace, claims, asOf) ?? { kind: "nobody", workspace }
    );
  }

  newAnonymous(workspace: WorkspaceInfo, locale: string | null = null): RecipientCaller {
    if (!workspace.settings.anonymousAllowed) {
      throw new AppError("forbidden", "This workspace admits signed-in users only.");
    }
    const viewer = bareViewer("anonymous", randomUUID(), locale);
    return {
      ...recipient(workspace, viewer),
      asOf: this.#revocations.applied,
    };
  }

  async authenticate(stay: Stay, token: string): Promise<RecipientCaller> {
    const asOf = this.#revocations.applied;
    const user = await this.#userTokens.verify(stay.workspace, token);
    const viewer = withLocale(user.viewer, stay.viewer.locale);
    const { expiresAt, credential } = user;
    return {
      ...recipient(stay.workspace, viewer),
      ...continued(stay, viewer),
      expiresAt,
      credential,
      asOf,
    };
  }

  issueSession(caller: RecipientCaller | MemberCaller, sessionId: string): string {
    const { workspace, viewer } = caller;
    const isRecipient = caller.kind === "recipient";
    return this.#sessionTokens.issue({
      workspaceId: workspace.id,
      sessionId,
      viewer,
      now: this.#options.feed.now(),
      identityExpiresAt: isRecipient ? caller.expiresAt : null,
      credential: isRecipient ? (caller.credential ?? null) : null,
    });
  }

  readSession(workspaceId: string, token: string): SessionClaims | null {
    const result = this.#sessionTokens.verify(token, this.#options.feed.now());
    return result.ok && result.claims.workspaceId === workspaceId ? result.claims : null;
  }

  apply(control: readonly ControlEntry[] | "unknown"): void {
    this.#revocations.apply(control);
    this.#options.auth.forgetLogins();
    this.#roles.forgetAll();
    this.#keys.forgetAll();
  }

  isRevoked(caller: Caller): boolean {
    const workspace = this.#options.feed.workspaceById(caller.workspace.id);
    return !standsWith(workspace, caller) || this.#revocations.concern(caller);
  }

  async recheck(caller: Caller): Promise<Standing> {
    const asOf = this.#revocations.applied;
    const workspace = this.#options.feed.workspaceById(caller.workspace.id);
    if (!standsWith(workspace, caller)) return "ended";
    const standing = await this.#lookUp(caller);
    if (standing === "valid" && caller.kind !== "nobody") caller.asOf = asOf;
    return standing;
  }

  async #lookUp(caller: Caller): Promise<Standing> {
    switch (caller.kind) {
      case "member":
        return this.#standingOfMember(caller);
      case "key":
        return this.#standingOfKey(caller);
      case "recipient":
        return this.#revocations.concern(caller) ? "ended" : "valid";
      case "nobody":
        return "valid";
    }
  }

  async #standingOfMember({ workspace, actor, loginId }: MemberCaller): Promise<Standing> {
    const [isSignedIn, role] = await Promise.all([
      this.#options.identity.hasLogin(loginId),
      this.#roleOf(workspace.id, actor.id),
    ]);
    if (!isSignedIn || role === null) return "ended";
    return role === actor.role ? "valid" : "changed";
  }

  async #standingOfKey({ workspace, actor }: KeyCaller): Promise<Standing> {
    const keys = await this.#options.identity.apiKeys(workspace.id);
    const key = keys.find(({ id }) => id === actor.id);
    return key && this.#isInForce(key) ? "valid" : "ended";
  }

  #workspace(slug: string): WorkspaceInfo {
    const found = this.#options.feed.workspaceBySlug(slug);
    if (found) return found;
    throw new AppError("not_found", `There is no workspace "${slug.slice(0, 64)}".`);
  }

  /** [SEC1]. An explicit token is the page's own doing; a cookie is sent without its knowing. */
  #checkOrigin(input: IdentifyInput, workspace: WorkspaceInfo, hasToken: boolean): void {
    const { headers } = input;
    const { origins, auth } = this.#options;
    const origin = header(headers, "origin");
    if (origin === null || isOwnOrigin(origin, headers, origins)) return;
    const { allowedOrigins } = workspace.settings;
    const isListed = originAllowed(origin, allowedOrigins, []);
    const withCookie = !hasToken && auth.hasCookie(headers);
    if (isListed) return;
    if (!withCookie && isAllowedOrigin(origin, headers, workspace.settings, origins)) return;
    throw new AppError(
      "foreign_origin",
      "Pages of this origin may not connect. List it among the workspace's allowed origins.",
    );
  }

  #session(input: IdentifyInput, workspace: WorkspaceInfo): SessionClaims | null {
    const token = sessionTokenOf(input);
    return token === null ? null : this.readSession(workspace.id, token);
  }

  async #key(input: IdentifyInput, token: string, asOf: number): Promise<KeyCaller> {
    const key = await this.#findKey(token);
    const workspace = key && this.#options.feed.workspaceById(key.workspaceId);
    if (!key || !workspace || !this.#isInForce(key)) {
      throw new AppError("unauthenticated", "This API key is not valid.");
    }
    const slug = slugOf(input);
    if (slug !== null && slug !== workspace.slug) {
      throw new AppError("forbidden", "This API key belongs to another workspace.");
    }
    this.#checkOrigin(input, workspace, true);
    void this.#touches.get(key.id, () => this.#options.identity.touchApiKey(key.id)).catch(ignore);
    const { id, name, role } = key;
    return {
      kind: "key",
      workspace,
      actor: { kind: "key", id, name, role, address: input.address },
      asOf,
    };
  }

  #findKey(token: string): Promise<ApiKey | null> {
    if (!isWellFormedApiKey(token)) return Promise.resolve(null);
    const hash = hashApiKey(token);
    const cacheKey = Buffer.from(hash).toString("base64url");
    return this.#keys.get(cacheKey, () => this.#options.identity.apiKeyByHash(hash));
  }

  #isInForce({ revokedAt, expiresAt }: ApiKey): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.#options.feed.now());
  }

  #user(
    workspace: WorkspaceInfo,
    user: VerifiedUser,
    claims: SessionClaims | null,
    input: IdentifyInput,
  ): RecipientCaller {
    const viewer = withLocale(user.viewer, localeOf(input));
    const { expiresAt, credential } = user;
    return {
      ...recipient(workspace, viewer),
      ...continued(claims, viewer),
      expiresAt,
      credential,
    };
  }

  #insecureUser(
    input: IdentifyInput,
    workspace: WorkspaceInfo,
    claims: SessionClaims | null,
    asOf: number,
  ): RecipientCaller | null {
    const userId = input.url.searchParams.get("user_id");
    if (!this.#options.allowInsecureUserId || !userId) return null;
    const { sub } = parseClaims({ sub: userId, exp: 0 });
    const viewer = bareViewer("user", sub, localeOf(input));
    return { ...recipient(workspace, viewer), ...continued(claims, viewer), asOf };
  }

  /** A dashboard person who does not belong to this workspace is nobody in particular here. */
  async #member(
    input: IdentifyInput,
    workspace: WorkspaceInfo,
    claims: SessionClaims | null,
    asOf: number,
  ): Promise<MemberCaller | null> {
    const { auth, origins } = this.#options;
    if (!auth.hasCookie(input.headers) || !cookieCounts(input, origins)) return null;
    const login = await auth.login(input.headers);
    const role = login && (await this.#roleOf(workspace.id, login.user.id));
    if (!login || role === null) return null;
    const { id, name } = login.user;
    const viewer = { ...bareViewer("team", id, localeOf(input)), name, roles: [role] };
    return {
      kind: "member",
      workspace,
      actor: { kind: "user", id, name, role, address: input.address },
      viewer,
      loginId: login.loginId,
      ...continued(claims, viewer),
      asOf,
    };
  }

  #roleOf(workspaceId: string, userId: string): Promise<Role | null> {
    const { identity } = this.#options;
    return this.#roles.get(`${workspaceId} ${userId}`, () => identity.roleOf(workspaceId, userId));
  }

  /** The recipient that a session token itself names, while it still may. */
  #returning(
    input: IdentifyInput,
    workspace: WorkspaceInfo,
    claims: SessionClaims | null,
    asOf: number,
  ): RecipientCaller | null {
    if (!claims || claims.identityUntil <= this.#options.feed.now()) return null;
    const isUser = claims.viewer.kind === "user";
    const locale = localeOf(input);
    const viewer = isUser
      ? withLocale(claims.viewer, locale)
      : { ...claims.viewer, locale: locale ?? claims.viewer.locale };
    const caller: RecipientCaller = {
      ...recipient(workspace, viewer),
      sessionId: claims.sessionId,
      expiresAt: isUser ? claims.identityUntil : null,
      credential: claims.credential,
      asOf,
    };
    return standsWith(workspace, caller) ? caller : null;
  }
}

function slugOf({ url }: IdentifyInput): string | null {
  return url.searchParams.get("workspace") || null;
}

function recipient(workspace: WorkspaceInfo, viewer: Viewer): RecipientCaller {
  return {
    kind: "recipient",
    workspace,
    viewer,
    sessionId: null,
    expiresAt: null,
    mergeFrom: null,
    credential: null,
  };
}

/**
 * Which stay goes on: one of the same recipient, or an anonymous one that now signs in. Another
 * user's is not carried over.
 */
function continued(
  stay: Pick<Stay, "viewer" | "sessionId"> | null,
  viewer: Viewer,
): { sessionId: string | null; mergeFrom: string | null } {
  if (stay?.viewer.recipient === viewer.recipient) {
    return { sessionId: stay.sessionId, mergeFrom: null };
  }
  if (stay?.viewer.kind !== "anonymous") return { sessionId: null, mergeFrom: null };
  return { sessionId: stay.sessionId, mergeFrom: stay.viewer.recipient };
}

function bareViewer(kind: Viewer["kind"], subject: string, locale: string | null): Viewer {
  const viewer = { recipient: recipientOf(kind, subject), kind, subject, locale };
  return { ...viewer, name: null, roles: [], traits: {} };
}

/** The token's own locale is signed; the page's stands in where there is none. */
function withLocale(viewer: Viewer, locale: string | null): Viewer {
  return viewer.locale === null ? { ...viewer, locale } : viewer;
}

/** Noting a key's use is for people to look at; a call must not fail over it. */
function ignore(): void {}
