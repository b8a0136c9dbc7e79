import {
  createHmac,
  createSecretKey,
  type Hmac,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import { z } from "zod";
import { traitValue } from "@/core/api/trait-value";
import type { Viewer } from "@/core/audience";
import { LIMITS } from "@/core/limits";
import { deriveKey } from "./secrets";

/** What a session token says. Times are ms. */
export interface SessionClaims {
  workspaceId: string;
  sessionId: string;
  viewer: Viewer;
  issuedAt: number;
  /** Until when the stay may be taken up again. */
  expiresAt: number;
  /**
   * Until when the token alone says who someone is. Before that the stay is worth no more than
   * the user token it began with; for dashboard people it is worth nothing without their cookie.
   */
  identityUntil: number;
  /** Names the secret or key set behind a signed-in user; null for the others. */
  credential: string | null;
}

export type SessionTokenResult =
  | { ok: true; claims: SessionClaims }
  | { ok: false; reason: "malformed" | "forged" | "expired" };

/**
 * Signed, self-contained tokens of recipients' stays: a server that never heard of the session
 * takes it up again from the token. Checked synchronously and without any look-up, because
 * thousands come back at once.
 *
 * `base64url(JSON) "." base64url(HMAC-SHA256)`, at most 3 KB: it travels in a header beside a
 * user token. Traits that do not fit are left out, and then the token is no identity either.
 */
export interface SessionTokens {
  issue(stay: NewStay): string;
  /** @param now ms */
  verify(token: string, now: number): SessionTokenResult;
}

export interface NewStay {
  workspaceId: string;
  sessionId: string;
  viewer: Viewer;
  /** ms. */
  now: number;
  /** When the user token expires, ms; null for anonymous visitors and dashboard people. */
  identityExpiresAt: number | null;
  credential: string | null;
}

const DAY_MS = 24 * 3600 * 1000;
const STAY_MS = LIMITS.anonymousDays * DAY_MS;
/** A user token that is valid for years does not make the session token so. */
const USER_IDENTITY_MS = 30 * DAY_MS;
const MAX_TOKEN_CHARS = 3072;

/** Short keys: this is sent with every reconnect. */
const payload = z.object({
  w: z.string(),
  s: z.string(),
  k: z.enum(["user", "team", "anonymous"]),
  u: z.string(),
  n: z.string().nullish(),
  r: z.array(z.string()).optional(),
  t: z.record(z.string(), traitValue).optional(),
  l: z.string().nullish(),
  i: z.number(),
  e: z.number(),
  x: z.number(),
  c: z.string().nullish(),
});
type Payload = z.output<typeof payload>;

const PREFIX = { user: "user", team: "team", anonymous: "anon" } as const;

/** `user:<sub>`, `team:<user id>` or `anon:<uuid>`. */
export function recipientOf(kind: Viewer["kind"], subject: string): string {
  return `${PREFIX[kind]}:${subject}`;
}

export function createSessionTokens(secret: string): SessionTokens {
  const key = createSecretKey(deriveKey(secret, "session-token"));
  return {
    issue(stay) {
      const full = encode(toPayload(stay), key);
      return full.length <= MAX_TOKEN_CHARS ? full : encode(withoutTraits(stay), key);
    },
    verify(token, now) {
      const body = signedBody(token, key);
      if (body === null) return { ok: false, reason: "forged" };
      const parsed = payload.safeParse(parseJson(body));
      if (!parsed.success) return { ok: false, reason: "malformed" };
      if (parsed.data.e <= now) return { ok: false, reason: "expired" };
      return { ok: true, claims: toClaims(parsed.data) };
    },
  };
}

function toPayload({ viewer, ...stay }: NewStay): Payload {
  return {
    w: stay.workspaceId,
    s: stay.sessionId,
    k: viewer.kind,
    u: viewer.subject,
    n: viewer.name ?? undefined,
    r: viewer.roles.length > 0 ? [...viewer.roles] : undefined,
    t: Object.keys(viewer.traits).length > 0 ? { ...viewer.traits } : undefined,
    l: viewer.locale ?? undefined,
    i: stay.now,
    e: stay.now + STAY_MS,
    x: identityUntil(viewer.kind, stay),
    c: stay.credential ?? undefined,
  };
}

function withoutTraits({ viewer, ...stay }: NewStay): Payload {
  const bare = { ...viewer, name: null, roles: [], traits: {} };
  return { ...toPayload({ ...stay, viewer: bare }), x: stay.now };
}

function identityUntil(kind: Viewer["kind"], stay: Omit<NewStay, "viewer">): number {
  switch (kind) {
    case "anonymous":
      return stay.now + STAY_MS;
    case "user":
      return Math.min(stay.identityExpiresAt ?? stay.now, stay.now + USER_IDENTITY_MS);
    case "team":
      return stay.now;
  }
}

function toClaims(data: Payload): SessionClaims {
  return {
    workspaceId: data.w,
    sessionId: data.s,
    viewer: {
      recipient: recipientOf(data.k, data.u),
      kind: data.k,
      subject: data.u,
      name: data.n ?? null,
      roles: data.r ?? [],
      traits: data.t ?? {},
      locale: data.l ?? null,
    },
    issuedAt: data.i,
    expiresAt: data.e,
    identityUntil: data.x,
    credential: data.c ?? null,
  };
}

function encode(data: Payload, key: KeyObject): string {
  const body = Buffer.from(JSON.stringify(data)).toString("base64url");
  return `${body}.${sign(body, key).digest("base64url")}`;
}

/** The signed part, or null: nothing of a token is read before its signature holds. */
function signedBody(token: string, key: KeyObject): string | null {
  if (token.length > MAX_TOKEN_CHARS) return null;
  const [body = "", signature = "", ...rest] = token.split(".");
  if (rest.length > 0) return null;
  const expected = sign(body, key).digest();
  const given = Buffer.from(signature, "base64url");
  return given.length === expected.length && timingSafeEqual(given, expected) ? body : null;
}

function sign(body: string, key: KeyObject): Hmac {
  return createHmac("sha256", key).update(body);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(Buffer.from(body, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
