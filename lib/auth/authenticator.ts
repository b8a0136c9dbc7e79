import { randomUUID } from "node:crypto";
import { AppError } from "@/core/errors";
import { originAllowed } from "@/core/origin";
import type { Role } from "@/core/roles";
import type { Caller, KeyCaller, MemberCaller, RecipientCaller } from "../context";
import type { RateLimiter } from "../http/rate-limit";
import type { ControlEntry, WorkspaceInfo } from "../ports/broadcast-store";
import type { IdentityStore } from "../ports/identity-store";
import type { FeedReader } from "../runtime-context";
import { ApiKeyLookup } from "./api-key-lookup";
import { looksLikeApiKey } from "./api-key-secret";
import type { Auth } from "./auth";
import { bareViewer, continued, recipient, type Stay, withLocale } from "./callers";
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
import { createSessionTokens, type SessionClaims, type SessionTokens } from "./session-token";
import { parseClaims } from "./user-claims";
import { createUserTokens, type UserTokens, type VerifiedUser } from "./user-token";

export type { IdentifyInput } from "./request-credentials";

/** What became of a caller since it was admitted; `gone`: its workspace is no more. */
export type Standing = "valid" | "changed" | "ended" | "gone";

/** The stay of an open connection. */
export interface OpenStay extends Stay {
  workspace: WorkspaceInfo;
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
   * `too_many` where one address tries key after key,
   * `unavailable` when a cookie or key cannot be looked up
   */
  resolve(input: IdentifyInput): Promise<Caller>;
  /**
   * The same at once where nothing has to be looked up or waited for, as for most recipients: a
   * handshake is let in without a promise of its own. Null where `resolve` has to be asked.
   * @throws AppError `not_found`, `foreign_origin`
   */
  resolveNow(input: IdentifyInput): Caller | null;
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
  authenticate(stay: OpenStay, token: string): Promise<RecipientCaller>;
  /** A token to take up this stay again with; see session-token.ts for what it proves. */
  issueSession(caller: RecipientCaller | MemberCaller, sessionId: string): string;
  /** The stay that a token proves, of this workspace; null where it proves none ([STR1]). */
  readSession(workspaceId: string, token: string): SessionClaims | null;
  /**
   * Whether a stay still belongs to whoever holds its token: the identity behind it stands, or
   * the holder has just proven it anew.
   */
  holds(claims: SessionClaims, caller: Caller): boolean;
  /** What changed in the database, or that something may have: kept answers are dropped. */
  apply(control: readonly ControlEntry[] | "unknown"): void;
  /**
   * Whether something has changed that this caller was admitted by: membership or role, login,
   * key, secret. Also for what changed while it was being admitted: ask again after registering
   * a connection. Costs no look-up; an `unknown` change counts for dashboard people and keys.
   */
  isRevoked(caller: Caller): boolean;
  /**
   * Looks up what became of a caller: `changed` may come back as what it is now, `ended` is over,
   * `gone` has nowhere to come back to.
   * A `valid` one is stamped anew, so that `isRevoked` no longer counts what happened before.
   * @throws AppError `unavailable`
   */
  recheck(caller: Caller): Promise<Standing>;
}

export interface AuthenticatorOptions {
  auth: Pick<Auth, "login" | "hasCookie" | "forgetLogins">;
  identity: Pick<IdentityStore, "roleOf" | "hasLogin" | "apiKeyByHash" | "apiKeys" | "touchApiKey">;
  feed: Pick<FeedReader, "workspaceBySlug" | "workspaceById" | "now">;
  rateLimiter: Pick<RateLimiter, "consume">;
  /** AUTH_SECRET. */
  secret: string;
  origins: OriginPolicy;
  /** `ALLOW_INSECURE_USER_ID`: believe `?user_id=`. */
  allowInsecureUserId: boolean;
}

const DEFAULT_WORKSPACE = "default";
/** How old an answer about a cookie or a key may be; a revocation empties these at once. */
const CACHE = { maxAgeMs: 2000, maxEntries: 2000 };

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  return new TokenAuthenticator(options);
}

/** A request with what was read of it so far. */
interface Request {
  input: IdentifyInput;
  workspace: WorkspaceInfo;
  /** What its session token says, where that is one of this workspace. */
  claims: SessionClaims | null;
  locale: string | null;
}

class TokenAuthenticator implements Authenticator {
  readonly #options: AuthenticatorOptions;
  readonly #sessionTokens: SessionTokens;
  readonly #userTokens: UserTokens;
  readonly #keys: ApiKeyLookup;
  readonly #roles = new RecentCache<Role | null>(CACHE);
  readonly #logins = new RecentCache<boolean>(CACHE);
  readonly #revocations = new Revocations();

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
    const now = () => options.feed.now();
    this.#sessionTokens = createSessionTokens(options.secret);
    this.#userTokens = createUserTokens({ mode: options.origins.mode, now });
    this.#keys = new ApiKeyLookup(options.identity, options.rateLimiter, now);
  }

  async resolve(input: IdentifyInput): Promise<Caller> {
    // Read before anything else: what is revoked from here on is news about this caller.
    const asOf = this.#revocations.applied;
    return stamped(this.#identifyNow(input) ?? (await this.#identify(input)), asOf);
  }

  resolveNow(input: IdentifyInput): Caller | null {
    const caller = this.#identifyNow(input);
    return caller && stamped(caller, this.#revocations.applied);
  }

  newAnonymous(workspace: WorkspaceInfo, locale: string | null = null): RecipientCaller {
    if (!workspace.settings.anonymousAllowed) {
      throw new AppError("forbidden", "This workspace admits signed-in users only.");
    }
    const asOf = this.#revocations.applied;
    return recipient(workspace, bareViewer("anonymous", randomUUID(), locale), { asOf });
  }

  async authenticate(stay: OpenStay, token: string): Promise<RecipientCaller> {
    const asOf = this.#revocations.applied;
    const { workspace } = stay;
    const { viewer, ...until } = await this.#userTokens.verify(workspace, token);
    const known = withLocale(viewer, stay.viewer.locale);
    return recipient(workspace, known, { ...continued(stay, known), ...until, asOf });
  }

  issueSession(caller: RecipientCaller | MemberCaller, sessionId: string): string {
    const { workspace, viewer } = caller;
    const isRecipient = caller.kind === "recipient";
    return this.#sessionTokens.issue({
      workspaceId: workspace.id,
      sessionId,
      viewer,
      // Whole ms: a token is as short as that.
      now: Math.floor(this.#options.feed.now()),
      identityExpiresAt: isRecipient ? caller.expiresAt : null,
      credential: isRecipient ? (caller.credential ?? null) : null,
    });
  }

  readSession(workspaceId: string, token: string): SessionClaims | null {
    const result = this.#sessionTokens.verify(token, this.#options.feed.now());
    return result.ok && result.claims.workspaceId === workspaceId ? result.claims : null;
  }

  holds({ identityUntil, viewer }: SessionClaims, caller: Caller): boolean {
    if (identityUntil > this.#options.feed.now()) return true;
    return caller.kind === "recipient" && caller.viewer.recipient === viewer.recipient;
  }

  apply(control: readonly ControlEntry[] | "unknown"): void {
    this.#revocations.apply(control);
    this.#options.auth.forgetLogins();
    this.#roles.forgetAll();
    this.#logins.forgetAll();
    this.#keys.forgetAll();
  }

  isRevoked(caller: Caller): boolean {
    const workspace = this.#options.feed.workspaceById(caller.workspace.id);
    return !standsWith(workspace, caller) || this.#revocations.concern(caller);
  }

  async recheck(caller: Caller): Promise<Standing> {
    const asOf = this.#revocations.applied;
    const workspace = this.#options.feed.workspaceById(caller.workspace.id);
    if (!workspace) return "gone";
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
        return (await this.#keys.stands(caller.workspace.id, caller.actor.id)) ? "valid" : "ended";
      case "recipient":
        return this.#revocations.concern(caller) ? "ended" : "valid";
      case "nobody":
        return "valid";
    }
  }

  async #standingOfMember({ workspace, actor, loginId }: MemberCaller): Promise<Standing> {
    const { identity } = this.#options;
    const [isSignedIn, role] = await Promise.all([
      this.#logins.get(loginId, () => identity.hasLogin(loginId)),
      this.#roleOf(workspace.id, actor.id),
    ]);
    if (!isSignedIn || role === null) return "ended";
    return role === actor.role ? "valid" : "changed";
  }

  /** Null where somebody may have to be looked up. */
  #identifyNow(input: IdentifyInput): Caller | null {
    const bearer = bearerOf(input);
    if (bearer !== null && looksLikeApiKey(bearer)) return null;
    const request = this.#read(input, bearer !== null);
    if (bearer !== null) {
      const user = this.#userTokens.verifyNow(request.workspace, bearer);
      return user && userIn(request, user);
    }
    const insecure = this.#insecureUser(request);
    if (insecure) return insecure;
    return this.#mayBeMember(input) ? null : this.#recipient(request);
  }

  async #identify(input: IdentifyInput): Promise<Caller> {
    const bearer = bearerOf(input);
    if (bearer !== null && looksLikeApiKey(bearer)) return this.#key(input, bearer);
    const request = this.#read(input, bearer !== null);
    if (bearer === null) return (await this.#member(request)) ?? this.#recipient(request);
    return userIn(request, await this.#userTokens.verify(request.workspace, bearer));
  }

  #read(input: IdentifyInput, hasToken: boolean): Request {
    const workspace = this.#workspace(slugOf(input) ?? DEFAULT_WORKSPACE);
    this.#checkOrigin(input, workspace, hasToken);
    const token = sessionTokenOf(input);
    const claims = token === null ? null : this.readSession(workspace.id, token);
    return { input, workspace, claims, locale: localeOf(input) };
  }

  #recipient(request: Request): Caller {
    return this.#returning(request) ?? { kind: "nobody", workspace: request.workspace };
  }

  #workspace(slug: string): WorkspaceInfo {
    const found = this.#options.feed.workspaceBySlug(slug);
    if (found) return found;
    throw new AppError("not_found", `There is no workspace "${slug.slice(0, 64)}".`);
  }

  /** [SEC1]. A token is the page's own doing; a cookie is sent without the page knowing it. */
  #checkOrigin({ headers }: IdentifyInput, { settings }: WorkspaceInfo, hasToken: boolean): void {
    const { origins, auth } = this.#options;
    const origin = header(headers, "origin");
    if (origin === null || isOwnOrigin(origin, headers, origins)) return;
    if (originAllowed(origin, settings.allowedOrigins, [])) return;
    const usesCookie = !hasToken && auth.hasCookie(headers);
    if (!usesCookie && isAllowedOrigin(origin, headers, settings, origins)) return;
    throw new AppError(
      "foreign_origin",
      "Pages of this origin may not connect. List it among the workspace's allowed origins.",
    );
  }

  async #key(input: IdentifyInput, token: string): Promise<KeyCaller> {
    const { id, name, role, workspaceId } = await this.#keys.find(token, input.address);
    const workspace = this.#options.feed.workspaceById(workspaceId);
    if (!workspace) throw new AppError("unauthenticated", "This API key is not valid.");
    const slug = slugOf(input);
    if (slug !== null && slug !== workspace.slug) {
      throw new AppError("forbidden", "This API key belongs to another workspace.");
    }
    this.#checkOrigin(input, workspace, true);
    const { address } = input;
    return { kind: "key", workspace, actor: { kind: "key", id, name, role, address } };
  }

  #insecureUser({ input, workspace, claims, locale }: Request): RecipientCaller | null {
    const userId = input.url.searchParams.get("user_id");
    if (!this.#options.allowInsecureUserId || !userId) return null;
    const { sub } = parseClaims({ sub: userId, exp: 0 });
    const viewer = bareViewer("user", sub, locale);
    return recipient(workspace, viewer, continued(claims, viewer));
  }

  #mayBeMember(input: IdentifyInput): boolean {
    const { auth, origins } = this.#options;
    return auth.hasCookie(input.headers) && cookieCounts(input, origins);
  }

  /** A dashboard person who does not belong to this workspace is nobody in particular here. */
  async #member({ input, workspace, claims, locale }: Request): Promise<MemberCaller | null> {
    if (!this.#mayBeMember(input)) return null;
    const login = await this.#options.auth.login(input.headers);
    const role = login && (await this.#roleOf(workspace.id, login.user.id));
    if (!login || role === null) return null;
    const { id, name } = login.user;
    const viewer = { ...bareViewer("team", id, locale), name, roles: [role] };
    return {
      kind: "member",
      workspace,
      actor: { kind: "user", id, name, role, address: input.address },
      viewer,
      loginId: login.loginId,
      ...continued(claims, viewer),
    };
  }

  #roleOf(workspaceId: string, userId: string): Promise<Role | null> {
    const { identity } = this.#options;
    return this.#roles.get(`${workspaceId} ${userId}`, () => identity.roleOf(workspaceId, userId));
  }

  /** The recipient that a session token itself names, while it still may. */
  #returning({ workspace, claims, locale }: Request): RecipientCaller | null {
    if (!claims || claims.identityUntil <= this.#options.feed.now()) return null;
    const { sessionId, credential, viewer } = claims;
    const isUser = viewer.kind === "user";
    const known = isUser
      ? withLocale(viewer, locale)
      : { ...viewer, locale: locale ?? viewer.locale };
    const expiresAt = isUser ? claims.identityUntil : null;
    const caller = recipient(workspace, known, { sessionId, credential, expiresAt });
    return standsWith(workspace, caller) ? caller : null;
  }
}

function stamped(caller: Caller, asOf: number): Caller {
  if (caller.kind !== "nobody") caller.asOf = asOf;
  return caller;
}

function userIn(request: Request, { viewer, expiresAt, credential }: VerifiedUser) {
  const { workspace, claims, locale } = request;
  const known = withLocale(viewer, locale);
  const { sessionId, mergeFrom } = continued(claims, known);
  return recipient(workspace, known, { sessionId, mergeFrom, expiresAt, credential });
}

function slugOf({ url }: IdentifyInput): string | null {
  return url.searchParams.get("workspace") || null;
}
