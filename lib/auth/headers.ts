import type { IncomingHttpHeaders } from "node:http";

/** Node's headers, or anything that looks one up as `Headers` does. */
export type HeaderSource = IncomingHttpHeaders | { get(name: string): string | null };

/** A header's value, or null. `name` is lower case. */
export function header(headers: HeaderSource, name: string): string | null {
  if (hasGetter(headers)) return headers.get(name);
  const value = headers[name];
  return Array.isArray(value) ? value.join(", ") : (value ?? null);
}

function hasGetter(headers: HeaderSource): headers is { get(name: string): string | null } {
  return typeof headers.get === "function";
}

/** The value of one cookie, as sent; null when it is absent. */
export function cookie(headers: HeaderSource, name: string): string | null {
  for (const pair of (header(headers, "cookie") ?? "").split(";")) {
    const separator = pair.indexOf("=");
    if (separator > 0 && pair.slice(0, separator).trim() === name) {
      return pair.slice(separator + 1).trim();
    }
  }
  return null;
}

/**
 * What the n-th proxy from our side said: with `trustProxy` proxies in front, the values left of
 * theirs were written by whoever called, and count for nothing.
 */
export function forwarded(headers: HeaderSource, name: string, trustProxy: number): string | null {
  if (trustProxy === 0) return null;
  const values = (header(headers, name) ?? "").split(",").map((value) => value.trim());
  return values[Math.max(values.length - trustProxy, 0)] || null;
}
