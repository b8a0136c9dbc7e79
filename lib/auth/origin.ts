import type { WorkspaceSettings } from "@/core/api/settings";
import { forwarded, type HeaderSource, header } from "./headers";

/** How an installation knows its own origin ([SEC1]). */
export interface OriginPolicy {
  /** Where browsers reach the dashboard; null = wherever the request says it was sent to. */
  publicUrl: string | null;
  mode: "local" | "production";
  /** How many proxies in front have their `X-Forwarded-*` believed. */
  trustProxy: number;
}

/** The dashboard's own origin, as this request sees it. */
export function ownOrigin(headers: HeaderSource, policy: OriginPolicy): string {
  if (policy.publicUrl && policy.mode === "production") return new URL(policy.publicUrl).origin;
  const host = requestHost(headers, policy);
  const scheme = forwarded(headers, "x-forwarded-proto", policy.trustProxy) ?? "http";
  const parsed = host ? parseOrigin(`${scheme}://${host}`) : null;
  return (
    parsed?.origin ?? (policy.publicUrl ? new URL(policy.publicUrl).origin : "http://localhost")
  );
}

/**
 * Whether a page of this origin is the dashboard. Local installations are reached under several
 * names (localhost, the LAN address), so there the host that was asked for counts too.
 */
export function isOwnOrigin(origin: string, headers: HeaderSource, policy: OriginPolicy): boolean {
  const parsed = parseOrigin(origin);
  if (!parsed) return false;
  if (policy.publicUrl && parsed.origin === new URL(policy.publicUrl).origin) return true;
  if (policy.mode === "production") return false;
  return parsed.host === hostOf(requestHost(headers, policy), parsed.protocol);
}

/** Listed: exactly, or as `https://*.example.com` (or `*.example.com`: any scheme), which does
 * not mean example.com itself. */
export function isListedOrigin(origin: string, allowed: readonly string[]): boolean {
  const parsed = parseOrigin(origin);
  return parsed !== null && allowed.some((pattern) => matches(parsed, pattern));
}

/** Whether pages of this origin may connect and call: own, listed, or any on a local trial. */
export function isAllowedOrigin(
  origin: string,
  headers: HeaderSource,
  settings: Pick<WorkspaceSettings, "allowedOrigins">,
  policy: OriginPolicy,
): boolean {
  if (isOwnOrigin(origin, headers, policy)) return true;
  if (settings.allowedOrigins.length > 0) return isListedOrigin(origin, settings.allowedOrigins);
  return policy.mode === "local";
}

function matches(origin: URL, pattern: string): boolean {
  const [scheme, host] = pattern.includes("://") ? pattern.split("://", 2) : [null, pattern];
  if (scheme !== null && `${scheme}:` !== origin.protocol) return false;
  if (!host?.startsWith("*.")) return hostOf(host ?? null, origin.protocol) === origin.host;
  const suffix = hostOf(host.slice(2), origin.protocol);
  return suffix !== null && origin.host.endsWith(`.${suffix}`);
}

/** Only what a browser sends: scheme and authority of a web page. `null` is nobody's origin. */
function parseOrigin(value: string): URL | null {
  if (!/^https?:\/\//i.test(value) || !URL.canParse(value)) return null;
  return new URL(value);
}

/** Host and port as URLs write them: lower case, without the scheme's default port. */
function hostOf(host: string | null, protocol: string): string | null {
  const url = `${protocol}//${host}`;
  return host && URL.canParse(url) ? new URL(url).host : null;
}

function requestHost(headers: HeaderSource, policy: OriginPolicy): string | null {
  return forwarded(headers, "x-forwarded-host", policy.trustProxy) ?? header(headers, "host");
}
