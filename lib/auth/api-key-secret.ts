import { createHash, randomBytes } from "node:crypto";

const MARK = "lhk_";
const KEY_BYTES = 32;
/** The mark and six characters: enough to recognise a key by, far too few to guess it. */
const PREFIX_CHARS = MARK.length + 6;
const FORM = /^lhk_[\w-]{43}$/;

export interface NewKey {
  /** Shown once, never stored. */
  key: string;
  prefix: string;
  hash: Uint8Array;
}

export function generateApiKey(): NewKey {
  const key = MARK + randomBytes(KEY_BYTES).toString("base64url");
  return { key, prefix: key.slice(0, PREFIX_CHARS), hash: hashApiKey(key) };
}

/** A key has 256 random bits: one SHA-256 is as good as a slow hash, and costs nothing. */
export function hashApiKey(key: string): Uint8Array {
  return createHash("sha256").update(key).digest();
}

/** Whether a bearer token means to be an API key rather than a user token. */
export function looksLikeApiKey(token: string): boolean {
  return token.startsWith(MARK);
}

export function isWellFormedApiKey(token: string): boolean {
  return FORM.test(token);
}
