import { createSecretKey, hash, type KeyObject } from "node:crypto";
import { errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import type { TraitValue, Viewer } from "@/core/audience";
import { isAppError } from "@/core/errors";
import type { WorkspaceInfo } from "../ports/broadcast-store";
import { claimsSignedWith } from "./hs256";
import { JWKS_ALGORITHMS, JwksCache, type Mode } from "./jwks";
import { recipientOf } from "./session-token";
import { invalid, parseClaims } from "./user-claims";

/** A user whom the host product vouches for. */
export interface VerifiedUser {
  viewer: Viewer;
  /** When the token is no longer accepted, ms: its `exp` and the clock tolerance. */
  expiresAt: number;
  /** Names the secret or key set that signed it. */
  credential: string;
}

/**
 * Tokens that a host product signs for its users (SPEC § 6): HS256 with one of the workspace's
 * secrets, or a public-key algorithm with the keys at its JWKS URL; never both, and never what
 * the token's own header would like. Verified tokens are remembered until they expire, so that a
 * burst of reconnects costs a hash each.
 */
export interface UserTokens {
  /**
   * @throws AppError `token_invalid` with a sentence for the host product's developer;
   * `unavailable` when the key set cannot be fetched
   */
  verify(workspace: WorkspaceInfo, token: string): Promise<VerifiedUser>;
  /** The same at once, for most tokens that are good; null for all others: `verify` decides. */
  verifyNow(workspace: WorkspaceInfo, token: string): VerifiedUser | null;
}

const CLOCK_TOLERANCE_S = 30;
/** Beyond any token whose claims are within their limits. */
const MAX_TOKEN_CHARS = 12 * 1024;
const REMEMBERED_TOKENS = 10_000;
/** A key that its owner took out of the key set is noticed this late at most. */
const JWKS_REMEMBERED_MS = 5 * 60 * 1000;

type WorkspaceKeys = Pick<WorkspaceInfo, "tokenSecrets"> & {
  settings: Pick<WorkspaceInfo["settings"], "jwksUrl">;
};

/** Asked of every returning recipient; the feed makes a new object when a workspace changes. */
const knownCredentials = new WeakMap<WorkspaceKeys, string[]>();

/** Names of everything that may vouch for this workspace's users now. */
export function credentialsOf(workspace: WorkspaceKeys): string[] {
  const known = knownCredentials.get(workspace);
  if (known) return known;
  const { jwksUrl } = workspace.settings;
  const credentials = jwksUrl
    ? [credentialOf(`jwks ${jwksUrl}`)]
    : workspace.tokenSecrets.map(secretCredential);
  knownCredentials.set(workspace, credentials);
  return credentials;
}

const secretCredential = (secret: string) => credentialOf(`secret ${secret}`);

function credentialOf(source: string): string {
  return hash("sha256", source, "base64url").slice(0, 16);
}

/** @param options.now ms, the database's clock */
export function createUserTokens(options: { mode: Mode; now: () => number }): UserTokens {
  return new JoseUserTokens(options.mode, options.now);
}

/** A token for trying things: what a host product would sign. `expiresInS` defaults to an hour. */
export function signUserToken(
  secret: string,
  claims: {
    sub: string;
    name?: string;
    roles?: string[];
    traits?: Record<string, TraitValue>;
    locale?: string;
    expiresInS?: number;
  },
): Promise<string> {
  const { sub, expiresInS = 3600, ...others } = claims;
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT(others)
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(sub)
    .setIssuedAt(now)
    .setExpirationTime(now + expiresInS)
    .sign(new TextEncoder().encode(secret));
}

interface Remembered {
  user: VerifiedUser;
  until: number;
}

class JoseUserTokens implements UserTokens {
  readonly #now: () => number;
  readonly #jwks: JwksCache;
  /** By SHA-256 of workspace and token. */
  readonly #remembered = new LRUCache<string, Remembered>({ max: REMEMBERED_TOKENS });

  constructor(mode: Mode, now: () => number) {
    this.#now = now;
    this.#jwks = new JwksCache(mode);
  }

  async verify(workspace: WorkspaceInfo, token: string): Promise<VerifiedUser> {
    if (token.length > MAX_TOKEN_CHARS) throw invalid("The token is too long.");
    const known = this.verifyNow(workspace, token);
    if (known) return known;
    const { jwksUrl } = workspace.settings;
    const signed = jwksUrl
      ? await this.#signedByKeySet(jwksUrl, token)
      : await this.#signedBySecret(workspace, token);
    const user = userOf(signed);
    this.#remember(workspace, keyIn(workspace, token), user);
    return user;
  }

  verifyNow(workspace: WorkspaceInfo, token: string): VerifiedUser | null {
    if (token.length > MAX_TOKEN_CHARS) return null;
    const key = keyIn(workspace, token);
    const known = this.#recall(workspace, key);
    if (known || workspace.settings.jwksUrl) return known;
    const user = this.#plainlySigned(workspace, token);
    if (user) this.#remember(workspace, key, user);
    return user;
  }

  #plainlySigned(workspace: WorkspaceInfo, token: string): VerifiedUser | null {
    try {
      for (const secret of workspace.tokenSecrets) {
        const payload = claimsSignedWith(keyOf(secret), token, this.#options(["HS256"]));
        if (payload) return userOf({ payload, credential: secretCredential(secret) });
      }
    } catch {
      // Signed, and not good all the same: `verify` finds that too, and says it in words.
    }
    return null;
  }

  async #signedByKeySet(url: string, token: string): Promise<Signed> {
    try {
      const keys = this.#jwks.keysAt(url);
      const { payload } = await jwtVerify(token, keys, this.#options(JWKS_ALGORITHMS));
      return { payload, credential: credentialOf(`jwks ${url}`) };
    } catch (error) {
      throw refusal(error);
    }
  }

  /** The newest secret first; a signature that is not its own may be the other's. */
  async #signedBySecret(workspace: WorkspaceInfo, token: string): Promise<Signed> {
    let failure: unknown = null;
    for (const secret of workspace.tokenSecrets) {
      try {
        const { payload } = await jwtVerify(token, keyOf(secret), this.#options(["HS256"]));
        return { payload, credential: secretCredential(secret) };
      } catch (error) {
        failure = error;
        if (!(hasCode(error) && error.code === WRONG_SIGNATURE)) break;
      }
    }
    if (failure === null) throw invalid("This workspace has no secret to sign user tokens with.");
    throw refusal(failure);
  }

  #options(algorithms: string[]) {
    return {
      algorithms,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ["sub", "exp"],
      currentDate: new Date(this.#now()),
    };
  }

  #recall(workspace: WorkspaceInfo, key: string): VerifiedUser | null {
    const found = this.#remembered.get(key);
    if (!found) return null;
    const { user, until } = found;
    if (until > this.#now() && credentialsOf(workspace).includes(user.credential)) return user;
    this.#remembered.delete(key);
    return null;
  }

  #remember(workspace: WorkspaceInfo, key: string, user: VerifiedUser): void {
    const keySetUntil = this.#now() + JWKS_REMEMBERED_MS;
    const until = workspace.settings.jwksUrl
      ? Math.min(user.expiresAt, keySetUntil)
      : user.expiresAt;
    this.#remembered.set(key, { user, until });
  }
}

interface Signed {
  payload: JWTPayload;
  credential: string;
}

/** What a token is remembered by: hashed, so that neither tokens nor much memory are kept. */
function keyIn(workspace: WorkspaceInfo, token: string): string {
  return hash("sha256", `${workspace.id}\n${token}`, "base64url");
}

/** @throws AppError `token_invalid` for claims that are not acceptable */
function userOf({ payload, credential }: Signed): VerifiedUser {
  const { sub, ...claims } = parseClaims(payload);
  return {
    viewer: { recipient: recipientOf("user", sub), kind: "user", subject: sub, ...claims },
    expiresAt: ((payload.exp ?? 0) + CLOCK_TOLERANCE_S) * 1000,
    credential,
  };
}

/** A key object is made of its text once. */
const keys = new Map<string, KeyObject>();
const MAX_KEYS = 1_000;

function keyOf(secret: string): KeyObject {
  const known = keys.get(secret);
  if (known) return known;
  if (keys.size >= MAX_KEYS) keys.clear();
  const key = createSecretKey(secret, "utf8");
  keys.set(secret, key);
  return key;
}

const WRONG_SIGNATURE = errors.JWSSignatureVerificationFailed.code;

function hasCode(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/** jose's codes in words; the claim, where it was one, is named. */
function refusal(error: unknown) {
  if (isAppError(error)) return error;
  const code = hasCode(error) ? error.code : "";
  switch (code) {
    case errors.JWTExpired.code:
      return invalid("The token has expired.", error);
    case WRONG_SIGNATURE:
      return invalid("The token is not signed with a secret of this workspace.", error);
    case errors.JOSEAlgNotAllowed.code:
      return invalid("The token is signed with an algorithm that is not accepted here.", error);
    case errors.JWKSNoMatchingKey.code:
      return invalid("The token's key is not among the workspace's keys.", error);
    case errors.JWTClaimValidationFailed.code:
      return invalid(`The token's ${claimOf(error)} claim is missing or not acceptable.`, error);
    default:
      return invalid("The token cannot be read.", error);
  }
}

function claimOf(error: unknown): string {
  const named = typeof error === "object" && error !== null && "claim" in error;
  return named ? `\`${String(error.claim)}\`` : "a";
}
