import { AppError, isAppError } from "@/core/errors";
import { ADDRESS_HEADER } from "../http/address";
import type { Logger } from "../logger";
import type { ChangeTransaction } from "../ports/broadcast-store";
import { auditAccount, auditFailedSignIn } from "./audit-account";
import {
  emailIn,
  hostHeaders,
  readBody,
  refusal,
  signInError,
  unavailable,
  userIdIn,
  withSecureCookies,
} from "./auth-http";
import { createBetterAuth, type EndedLogin, LOGIN_COOKIE } from "./better-auth";
import { changePeople } from "./change-people";
import { cookie, type HeaderSource, header } from "./headers";
import { isOwnOrigin, type OriginPolicy, ownOrigin } from "./origin";
import { RecentCache } from "./recent-cache";
import {
  createSignInThrottle,
  type RateLimiterFactory,
  type SignInThrottle,
} from "./sign-in-throttle";

/** A dashboard sign-in that is valid now. */
export interface Login {
  loginId: string;
  user: { id: string; email: string; name: string };
  /** ms. */
  expiresAt: number;
}

/** Where a request came from, as the server saw it. */
export interface ClientInfo {
  /** Of the client itself, after `TRUST_PROXY`. */
  address: string;
}

export interface Credentials {
  email: string;
  password: string;
}

/** Sign-in of dashboard people: better-auth, with what [SEC1] and [SEC3] ask around it. */
export interface Auth {
  /**
   * Answers `/api/auth/*`. Sign-ins beyond the limit get 429 with `Retry-After`; paths of
   * better-auth that this product does not offer get 404. Without `client`, the address is the
   * one that the server wrote into the request (`ADDRESS_HEADER`).
   */
  handler(request: Request, client?: ClientInfo): Promise<Response>;
  /**
   * Who the dashboard's cookie belongs to; null without a valid one. At most 2 s old.
   * @throws AppError `unavailable` when the database is away
   */
  login(headers: HeaderSource): Promise<Login | null>;
  /** Whether a dashboard cookie was sent at all, valid or not. */
  hasCookie(headers: HeaderSource): boolean;
  /**
   * Signs in and returns the `Set-Cookie` values.
   * @throws AppError `unauthenticated` for wrong credentials, `too_many`
   */
  signIn(credentials: Credentials, headers: HeaderSource, client: ClientInfo): Promise<string[]>;
  /** A login ended, here or elsewhere: the next look-up asks the database. */
  forgetLogins(): void;
}

export interface AuthOptions {
  /** A Prisma client of our schema. */
  prisma: object;
  /** AUTH_SECRET. */
  secret: string;
  origins: OriginPolicy;
  logger: Logger;
  /** While it is known to be away no failed look-up is news. Default: never. */
  databaseIsAway?: () => boolean;
  /** `LIMIT_SIGN_INS_PER_10_MINUTES`; 0 = off. */
  signInsPer10Minutes: number;
  /** Default: in this process's memory. */
  rateLimiter?: RateLimiterFactory;
}

const LOGIN_MAX_AGE_MS = 2000;
const LOGIN_CACHE_ENTRIES = 1000;
const SIGN_IN_PATH = "/api/auth/sign-in/email";
const PASSWORD_PATH = "/api/auth/change-password";

/**
 * What of better-auth is served. Members, invitations and workspaces change only through our own
 * verbs: those write the audit and control entries that better-auth knows nothing of.
 */
export const AUTH_PATHS: ReadonlySet<string> = new Set([
  SIGN_IN_PATH,
  "/api/auth/sign-out",
  "/api/auth/get-session",
  PASSWORD_PATH,
  "/api/auth/list-sessions",
  "/api/auth/revoke-session",
  "/api/auth/revoke-sessions",
  "/api/auth/revoke-other-sessions",
  "/api/auth/organization/list",
  "/api/auth/ok",
]);

export function createAuth(options: AuthOptions): Auth {
  return new BetterAuthAdapter(options);
}

class BetterAuthAdapter implements Auth {
  readonly #options: AuthOptions;
  readonly #throttle: SignInThrottle;
  readonly #better: ReturnType<typeof createBetterAuth>;
  readonly #logins = new RecentCache<Login | null>({
    maxAgeMs: LOGIN_MAX_AGE_MS,
    maxEntries: LOGIN_CACHE_ENTRIES,
  });

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#throttle = createSignInThrottle(options.signInsPer10Minutes, options.rateLimiter);
    this.#better = createBetterAuth({ ...options, onLoginEnded: (login) => this.#ended(login) });
  }

  async handler(request: Request, client = clientOf(request)): Promise<Response> {
    try {
      const { pathname } = new URL(request.url);
      if (!AUTH_PATHS.has(pathname)) throw new AppError("not_found", "There is no such address.");
      this.#checkOrigin(request);
      const body = await readBody(request);
      if (pathname === SIGN_IN_PATH) return await this.#signInOver(request, body, client);
      if (pathname === PASSWORD_PATH) return await this.#changePassword(request, body, client);
      return await this.#forward(request, body, client);
    } catch (error) {
      return this.#refusal(error);
    }
  }

  login(headers: HeaderSource): Promise<Login | null> {
    const value = loginCookie(headers);
    if (value === null) return Promise.resolve(null);
    return this.#logins.get(value, () => this.#findLogin(headers));
  }

  hasCookie(headers: HeaderSource): boolean {
    return loginCookie(headers) !== null;
  }

  async signIn(
    credentials: Credentials,
    headers: HeaderSource,
    client: ClientInfo,
  ): Promise<string[]> {
    const origin = ownOrigin(headers, this.#options.origins);
    const response = await this.handler(
      new Request(`${origin}${SIGN_IN_PATH}`, {
        method: "POST",
        headers: { ...hostHeaders(headers), origin, "content-type": "application/json" },
        body: JSON.stringify(credentials),
      }),
      client,
    );
    if (response.ok) return response.headers.getSetCookie();
    throw await signInError(response);
  }

  forgetLogins(): void {
    this.#logins.forgetAll();
  }

  /**
   * A person signed out, or a login was revoked: its sockets must close ([SEC3]). The login is
   * gone from the database already: failing to say so must not undo that.
   */
  async #ended({ id: loginId, userId, expired, address }: EndedLogin): Promise<void> {
    this.forgetLogins();
    const announce = (tx: ChangeTransaction) =>
      tx.control({ workspaceId: null, kind: "login", subject: loginId });
    try {
      if (expired) await changePeople(announce);
      else await auditAccount("account.signed_out", userId, address, announce);
    } catch (error) {
      this.#options.logger.error({ err: error, loginId }, "A login's end was not announced.");
    }
  }

  /** [SEC3] better-auth looks at the origin of some calls; here it is every one. */
  #checkOrigin({ headers }: Request): void {
    const origin = headers.get("origin");
    if (origin === null || isOwnOrigin(origin, headers, this.#options.origins)) return;
    throw new AppError("foreign_origin", "Signing in works on the dashboard's own pages only.");
  }

  async #signInOver(request: Request, body: string, client: ClientInfo): Promise<Response> {
    const account = emailIn(body);
    await this.#throttle.attempt(client.address, account);
    const response = await this.#forward(request, body, client);
    if (!response.ok) {
      // Not waited for: how long it takes would tell whether there is such an account.
      if (response.status === 401) void this.#record(auditFailedSignIn(account, client.address));
      return response;
    }
    await this.#throttle.succeeded(client.address, account);
    const userId = await userIdIn(response);
    if (userId) await this.#record(auditAccount("account.signed_in", userId, client.address));
    return response;
  }

  /** [SEC3] Whoever has a login but no password must not find it out here: it is asked for. */
  async #changePassword(request: Request, body: string, client: ClientInfo): Promise<Response> {
    const login = await this.login(request.headers);
    if (!login) throw new AppError("unauthenticated", "Sign in to change your password.");
    const { id, email } = login.user;
    await this.#throttle.attempt(client.address, email);
    const response = await this.#forward(request, body, client);
    if (response.ok) {
      await this.#throttle.succeeded(client.address, email);
      await this.#record(auditAccount("account.password_changed", id, client.address));
    }
    return response;
  }

  /** better-auth has committed it by then: failing to write it down must not undo that. */
  async #record(entry: Promise<void>): Promise<void> {
    try {
      await entry;
    } catch (error) {
      this.#options.logger.error({ err: error }, "An account's change was not audited.");
    }
  }

  /**
   * better-auth judges origins and cookies by the request's URL, and Next's is not always what
   * the browser asked for: it gets one made from the headers that we trust.
   */
  async #forward(request: Request, body: string, client: ClientInfo): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const origin = ownOrigin(request.headers, this.#options.origins);
    const headers = new Headers(request.headers);
    headers.set(ADDRESS_HEADER, client.address);
    const response = await this.#better.handler(
      new Request(`${origin}${pathname}${search}`, {
        method: request.method,
        headers,
        body: body === "" ? undefined : body,
      }),
    );
    if (response.status >= 500) throw unavailable();
    return origin.startsWith("https:") ? withSecureCookies(response) : response;
  }

  async #findLogin(headers: HeaderSource): Promise<Login | null> {
    const found = await this.#better.api
      .getSession({
        headers: new Headers({ cookie: header(headers, "cookie") ?? "" }),
        // Refreshing sets a cookie, and there is no answer to set it on here.
        query: { disableRefresh: true },
      })
      .catch((cause) => {
        throw unavailable(cause);
      });
    if (!found) return null;
    const { id, email, name } = found.user;
    return {
      loginId: found.session.id,
      user: { id, email, name },
      expiresAt: found.session.expiresAt.getTime(),
    };
  }

  #refusal(error: unknown): Response {
    if (isAppError(error)) return refusal(error);
    this.#options.logger.error({ err: error }, "A sign-in request failed.");
    return refusal(unavailable());
  }
}

function clientOf(request: Request): ClientInfo {
  return { address: request.headers.get(ADDRESS_HEADER) ?? "unknown" };
}

/** Under https in production the name has the prefix that browsers guard. */
function loginCookie(headers: HeaderSource): string | null {
  return cookie(headers, `__Secure-${LOGIN_COOKIE}`) ?? cookie(headers, LOGIN_COOKIE);
}
