import { canonicalLocale } from "@/core/locale";
import { SESSION_SUBPROTOCOL, TOKEN_SUBPROTOCOL } from "@/core/protocol";
import { type HeaderSource, header } from "./headers";
import { isOwnOrigin, type OriginPolicy } from "./origin";

/** A request or a handshake whose caller is asked for. */
export interface IdentifyInput {
  headers: HeaderSource;
  /** Path and query are used; the host is read from the headers. */
  url: URL;
  /** Of the client itself, after `TRUST_PROXY`. */
  address: string;
  method: string;
  /** The subprotocols that a WebSocket handshake offers; absent for plain HTTP. */
  protocols?: readonly string[];
}

/** The user token or API key: `Authorization: Bearer`, or the subprotocol that stands in for it. */
export function bearerOf({ headers, protocols }: IdentifyInput): string | null {
  const bearer = /^Bearer +(\S+)$/i.exec(header(headers, "authorization") ?? "");
  return bearer?.[1] ?? offered(protocols, TOKEN_SUBPROTOCOL);
}

/** The session token: `X-Loudhailer-Session`, or the subprotocol. */
export function sessionTokenOf({ headers, protocols }: IdentifyInput): string | null {
  return header(headers, "x-loudhailer-session") || offered(protocols, SESSION_SUBPROTOCOL);
}

function offered(protocols: readonly string[] | undefined, prefix: string): string | null {
  const found = protocols?.find((protocol) => protocol.startsWith(prefix));
  return found?.slice(prefix.length) || null;
}

/**
 * Whether the dashboard's cookie may say who is calling ([SEC1]): only where the request cannot
 * have been made by another site's page. Browsers name the page's origin on every handshake and
 * every changing call. On reads they may name nothing, over plain http not even
 * `Sec-Fetch-Site`; other sites cannot see the answer to those.
 */
export function cookieCounts(input: IdentifyInput, policy: OriginPolicy): boolean {
  const origin = header(input.headers, "origin");
  if (origin !== null) return isOwnOrigin(origin, input.headers, policy);
  if (input.protocols !== undefined) return false;
  const site = header(input.headers, "sec-fetch-site");
  if (site === "same-origin") return true;
  if (input.method !== "GET" && input.method !== "HEAD") return false;
  if (site !== null) return site === "none";
  const referer = header(input.headers, "referer");
  return referer === null || isOwnOrigin(referer, input.headers, policy);
}

/** `?locale=` in its canonical form; anything that is not a language tag counts as absent. */
export function localeOf({ url }: Pick<IdentifyInput, "url">): string | null {
  return canonicalLocale(url.searchParams.get("locale") ?? "");
}
