import { betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import { organization } from "better-auth/plugins";
import { createAccessControl } from "better-auth/plugins/access";
import { defaultStatements } from "better-auth/plugins/organization/access";
import { PASSWORD_CHARS } from "@/core/api/people";
import { ADDRESS_HEADER } from "../http/address";
import type { Logger } from "../logger";
import { isOwnOrigin, type OriginPolicy, ownOrigin } from "./origin";
import { hashPassword, verifyPassword } from "./password";
import { deriveKey } from "./secrets";

const COOKIE_PREFIX = "loudhailer";
/** Without the `__Secure-` that better-auth puts before it under https. */
export const LOGIN_COOKIE = `${COOKIE_PREFIX}.session_token`;

const LOGIN_DAYS = 30;
const DAY_S = 24 * 3600;

/** A login that is gone: its person signed out, revoked it, or it had run out. */
export interface EndedLogin {
  id: string;
  userId: string;
  expired: boolean;
  /** Of whoever ended it; null where that was nobody's request. */
  address: string | null;
}

interface BetterAuthOptions {
  prisma: object;
  secret: string;
  origins: OriginPolicy;
  logger: Logger;
  databaseIsAway?: () => boolean;
  onLoginEnded: (login: EndedLogin) => Promise<void>;
}

/**
 * better-auth over our schema: its session is a `Login` here, its organization a `Workspace`.
 * What our roles may do is core/roles.ts's to say; better-auth is told only that they exist, and
 * its own ways to change people are not served (auth.ts).
 */
export function createBetterAuth(options: BetterAuthOptions) {
  const { origins } = options;
  const publicOrigin = origins.publicUrl ? new URL(origins.publicUrl).origin : null;
  const secure = origins.mode === "production" && (publicOrigin?.startsWith("https:") ?? false);
  return betterAuth({
    appName: "Loudhailer",
    // Nothing is built on it but links in mail, of which there are none; requests carry their own.
    baseURL: publicOrigin ?? "http://loudhailer.invalid",
    basePath: "/api/auth",
    secret: deriveKey(options.secret, "better-auth").toString("base64url"),
    database: prismaAdapter(options.prisma, { provider: "postgresql" }),
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: forwardTo(options),
    trustedOrigins: (request) => (request ? trusted(request, origins) : []),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_CHARS.min,
      maxPasswordLength: PASSWORD_CHARS.max,
      password: {
        hash: hashPassword,
        verify: ({ hash, password }) => verifyPassword(password, hash),
      },
    },
    session: {
      modelName: "login",
      expiresIn: LOGIN_DAYS * DAY_S,
      updateAge: DAY_S,
      // Revoking must hold at once: nothing about a login is believed from the cookie alone.
      cookieCache: { enabled: false },
    },
    // Errors come to auth.ts, which logs and answers them, instead of the console.
    onAPIError: { throw: true },
    advanced: {
      // Said outright: the defaults depend on NODE_ENV.
      disableCSRFCheck: false,
      disableOriginCheck: false,
      cookiePrefix: COOKIE_PREFIX,
      useSecureCookies: secure,
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax" },
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
    databaseHooks: {
      session: {
        delete: {
          after: ({ id, userId, expiresAt }, context) =>
            options.onLoginEnded({
              id,
              userId,
              expired: expiresAt.getTime() <= Date.now(),
              address: context?.headers?.get(ADDRESS_HEADER) ?? null,
            }),
        },
      },
    },
    plugins: [
      organization({
        ac: createAccessControl(defaultStatements),
        roles: roles(),
        creatorRole: "owner",
        allowUserToCreateOrganization: false,
        schema: { organization: { modelName: "workspace" } },
      }),
    ],
  });
}

function roles() {
  const none = createAccessControl(defaultStatements).newRole({});
  return { owner: none, admin: none, publisher: none, author: none, viewer: none };
}

function trusted(request: Request, origins: OriginPolicy): string[] {
  const origin = request.headers.get("origin");
  const own = ownOrigin(request.headers, origins);
  return origin && isOwnOrigin(origin, request.headers, origins) ? [own, origin] : [own];
}

/** Its messages are for developers ("User not found"): they are no news to an operator. */
function forwardTo({ logger, databaseIsAway = () => false }: BetterAuthOptions) {
  return {
    level: "warn" as const,
    log(level: "info" | "warn" | "error" | "debug", message: string): void {
      const isNews = level === "error" && !databaseIsAway();
      logger[isNews ? "error" : "debug"]({ from: "better-auth" }, message);
    },
  };
}
