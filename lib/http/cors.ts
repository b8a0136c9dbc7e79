import { isAllowedOrigin, isOwnOrigin } from "../auth/origin";
import { runtime } from "../runtime-context";

const EXPOSED =
  "Date, ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, X-Request-Id";
const ALLOWED_HEADERS =
  "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Loudhailer-Session";
const PREFLIGHT_VALID_S = 600;

/**
 * What lets a page of an allowed origin read the answer ([SEC1]). Cookies are never part of it:
 * recipients call with tokens.
 */
export function corsHeaders(request: Request): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !mayRead(request, origin)) return { vary: "Origin" };
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
  };
}

/** Answers `OPTIONS`: browsers ask it before a cross-origin call with headers of its own. */
export function preflight(request: Request): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...corsHeaders(request),
      "access-control-allow-methods": "GET, POST, PATCH, DELETE",
      "access-control-allow-headers": ALLOWED_HEADERS,
      "access-control-max-age": String(PREFLIGHT_VALID_S),
    },
  });
}

function mayRead(request: Request, origin: string): boolean {
  const { env, feed } = runtime();
  const slug = new URL(request.url).searchParams.get("workspace") || "default";
  const workspace = feed.workspaceBySlug(slug);
  if (workspace === null || isOwnOrigin(origin, request.headers, env)) return false;
  return isAllowedOrigin(origin, request.headers, workspace.settings, env);
}
