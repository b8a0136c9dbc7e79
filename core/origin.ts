/**
 * Which pages may connect ([SEC1]). A pattern is an exact origin (`https://app.example.com`,
 * `http://localhost:5173`) or `https://*.example.com`: every subdomain at any depth, not
 * `example.com` itself. `*.example.com` is short for the latter.
 */
const ORIGIN = /^https?:\/\/[^\s/\\?#@*]+\/?$/i;
const WILDCARD = /^(https?:\/\/)?\*\.(?=[^\s/\\?#@*]+\.[^\s/\\?#@*])/i;
const ADDRESS = /^(\[|[\d.]+$)/;

/**
 * Scheme, host and port must all agree; the host in any case. `null` (sandboxed frames, files)
 * never is allowed.
 * @param own the dashboard's own origins: exact, never wildcards
 */
export function originAllowed(
  origin: string,
  patterns: readonly string[],
  own: readonly string[],
): boolean {
  const from = parseOrigin(origin);
  if (from === null) return false;
  return (
    own.some((exact) => parseOrigin(exact)?.origin === from.origin) ||
    patterns.some((pattern) => covers(pattern, from))
  );
}

/** The pattern in its normal form; null for what is not one. */
export function canonicalOriginPattern(pattern: string): string | null {
  const base = wildcardBase(pattern);
  if (base !== null) return `${base.protocol}//*.${base.host}`;
  return parseOrigin(pattern)?.origin ?? null;
}

function covers(pattern: string, from: URL): boolean {
  const base = wildcardBase(pattern);
  if (base === null) return parseOrigin(pattern)?.origin === from.origin;
  return (
    from.protocol === base.protocol &&
    from.port === base.port &&
    from.hostname.endsWith(`.${base.hostname}`)
  );
}

/** `https://*.example.com` → `https://example.com`; null when it is no wildcard. */
function wildcardBase(pattern: string): URL | null {
  if (!WILDCARD.test(pattern)) return null;
  const base = parseOrigin(
    pattern.replace(WILDCARD, (_, scheme: string | undefined) => scheme ?? "https://"),
  );
  return base === null || ADDRESS.test(base.hostname) ? null : base;
}

function parseOrigin(text: string): URL | null {
  if (!ORIGIN.test(text)) return null;
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
