/**
 * Who this browser is for the workspace, read from the user token. Nothing is verified here:
 * the server does that. It only has to tell one person from the next, and know when to ask
 * for a fresh token.
 */
import { parseJson } from "./wire";

/** A user token signed by the host product, or nothing: an anonymous visitor. */
export type GetToken = () => Token | Promise<Token>;
export type Token = string | null | undefined;

export interface Identity {
  /** Distinct by person; `""` = no user token (anonymous, or the dashboard's own cookie). */
  readonly who: string;
  readonly token: Token;
  /** When the token runs out, ms by the server's clock; Infinity = unknown or never. */
  readonly expiresAt: number;
}

export function identityOf(token: Token): Identity {
  const { sub, exp } = claimsOf(token ?? "");
  return {
    // Hashed, because it names entries of a storage that the next visitor could read.
    who: token ? hash(`${sub ?? token}`) : "",
    token,
    expiresAt: (Number(exp) || Number.POSITIVE_INFINITY) * 1000,
  };
}

function claimsOf(token: string): Record<string, unknown> {
  try {
    // Not decoded as UTF-8: `sub` is only compared with itself.
    return Object(parseJson(atob(`${token.split(".")[1]}`.replace(/-/g, "+").replace(/_/g, "/"))));
  } catch {
    return {};
  }
}

/** 32 bits: a browser has a handful of users. */
function hash(text: string): string {
  let bits = 0;
  // Modulo a prime, the largest that 32 bits hold.
  for (const char of text) bits = (bits * 31 + char.charCodeAt(0)) % 0xffff_fffb;
  return `${bits}`;
}
