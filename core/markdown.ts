import { LIMITS } from "./limits";

/**
 * A message's text as a tree, never as HTML ([BC4]). Renderers draw these kinds and nothing
 * else; a `link` carries a URL that `safeUrl` returned.
 */
export type MarkdownNode =
  | { type: "text"; value: string }
  | { type: "strong"; children: MarkdownNode[] }
  | { type: "emphasis"; children: MarkdownNode[] }
  | { type: "code"; value: string }
  | { type: "link"; url: string; children: MarkdownNode[] }
  | { type: "break" };

/** URL parsers drop some of these silently (`java\tscript:`), so their presence is refused. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const WHITE_OR_CONTROL = /[\s\u0000-\u001f\u007f-\u009f]/;
const ABSOLUTE = /^(https?:\/\/[^/\\]|mailto:.)/i;
const SITE_RELATIVE = /^\/(?![/\\])/;
/** A name that is never resolved (RFC 2606): only there to parse site-relative URLs against. */
const BASE = "https://site.invalid";

/**
 * The URL in its normal form when it may be followed ([BC4]): `https:`, `http:`, `mailto:`, or
 * site-relative (`/…`, but neither `//…` nor `/\…`, which name another host). Null for everything
 * else, also for white space, control characters, credentials (`https://bank.example@evil.test`)
 * and more than 2,048 characters. Idempotent on what it returns.
 */
export function safeUrl(url: string): string | null {
  if (url.length > LIMITS.urlChars || WHITE_OR_CONTROL.test(url)) return null;
  const relative = SITE_RELATIVE.test(url);
  if (!relative && !ABSOLUTE.test(url)) return null;
  const safe = relative ? siteRelative(url) : absolute(url);
  return safe !== null && safe.length <= LIMITS.urlChars ? safe : null;
}

function absolute(url: string): string | null {
  const parsed = parse(url);
  if (parsed === null || parsed.username || parsed.password) return null;
  // `mailto:/..` is `mailto:` in its normal form.
  return ABSOLUTE.test(parsed.href) ? parsed.href : null;
}

function siteRelative(url: string): string | null {
  const parsed = parse(url, BASE);
  if (parsed?.origin !== BASE) return null;
  const path = parsed.pathname + parsed.search + parsed.hash;
  // `/.//evil.test` is harmless as typed, but its normal form is `//evil.test`.
  return SITE_RELATIVE.test(path) ? path : null;
}

function parse(url: string, base?: string): URL | null {
  try {
    return new URL(url, base);
  } catch {
    return null;
  }
}

/** What the nodes say without their formatting, for titles, notifications and logs. */
export function plainText(nodes: readonly MarkdownNode[]): string {
  return nodes.map(textOf).join("");
}

function textOf(node: MarkdownNode): string {
  switch (node.type) {
    case "text":
    case "code":
      return node.value;
    case "break":
      return "\n";
    default:
      return plainText(node.children);
  }
}
