/**
 * Who this browser is for the workspace, read from the user token. Nothing is verified here:
 * the server does that. It only has to tell one person from the next, and know when to ask
 * for a fresh token.
 */
import { isRecord, parseJson } from "./wire";

/** A user token signed by the host product, or null: an anonymous visitor. */
export type GetToken = () => string | null | undefined | Promise<string | null | undefined>;

export interface Identity {
  /** Distinct by person; `""` = no user token (anonymous, or the dashboard's own cookie). */
  readonly who: string;
  readonly token: string | null;
  /** When the token runs out, ms by the server's clock; Infinity = unknown or never. */
  readonly expiresAt: number;
}

export const ANONYMOUS: Identity = {
  who: "",
  token: null,
  expiresAt: Number.POSITIVE_INFINITY,
};

export function identityOf(token: string | null | undefined): Identity {
  if (!token) return ANONYMOUS;
  const claims = claimsOf(token);
  return {
    // Hashed, because it names entries of a storage that the next visitor could read.
    who: hash(typeof claims.sub === "string" ? claims.sub : token),
    token,
    expiresAt: typeof claims.exp === "number" ? claims.exp * 1000 : Number.POSITIVE_INFINITY,
  };
}

function claimsOf(token: string): Record<string, unknown> {
  const payload = token.split(".")[1] ?? "";
  try {
    const bytes = atob(payload.replace(/-/g, "+").replace(/_/g, "/"));
    // `sub` may be in any script: the payload is UTF-8.
    const claims = parseJson(
      new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))),
    );
    return isRecord(claims) ? claims : {};
  } catch {
    return {};
  }
}

/** 53 bits (two multiplicative hashes side by side): enough to tell a browser's few users apart. */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
