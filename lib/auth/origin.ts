import type { WorkspaceSettings } from "@/core/api/settings";
import { originAllowed } from "@/core/origin";
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
  const known = policy.publicUrl ? new URL(policy.publicUrl) : null;
  if (known && policy.mode === "production") return known.origin;
  const host = requestHost(headers, policy);
  if (known && known.host === hostOf(host, known.protocol)) return known.origin;
  const scheme = forwarded(headers, "x-forwarded-proto", policy.trustProxy) ?? "http";
  return parseOrigin(`${scheme}://${host}`)?.origin ?? known?.origin ?? "http://localhost";
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

/** Whether pages of this origin may connect and call: own, listed, or any on a local trial. */
export function isAllowedOrigin(
  origin: string,
  headers: HeaderSource,
  settings: Pick<WorkspaceSettings, "allowedOrigins">,
  policy: OriginPolicy,
): boolean {
  if (isOwnOrigin(origin, headers, policy)) return true;
  if (originAllowed(origin, settings.allowedOrigins, [])) return true;
  return settings.allowedOrigins.length === 0 && policy.mode === "local";
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
