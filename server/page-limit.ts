import type { Caller } from "@/lib/context";
import type { Quota, RateLimiter } from "@/lib/http/rate-limit";
import { networkOf } from "@/lib/network";

/** Routes that count their calls by themselves, what is not there among them, and files. */
const NOT_PAGES = ["/api/v1/", "/_next/static/"];
const FIXED_ROUTES = new Set([
  "/api/creator/broadcast",
  "/api/creator/broadcast/acknowledge",
  "/api/creator/broadcast/active",
  "/api/creator/broadcast/clear",
  "/api/creator/broadcast/limits",
  "/api/creator/broadcast/stats",
  "/api/websocket/stats",
]);
/** Made anew for whoever asks. */
const API_DOCUMENT = "/api/v1/openapi.json";

/**
 * [SEC5] What anybody may open is counted by address: signing in, the demo, the API's reference.
 * Dashboard people have a quota of their own, wide enough for pages that refresh themselves.
 * @param caller null = nobody known
 * @returns null where nothing is counted
 */
export function countPage(
  limiter: Pick<RateLimiter, "consume">,
  { path, caller, address }: { path: string; caller: Caller | null; address: string },
): Promise<Quota | null> | null {
  if (!isPage(path)) return null;
  if (caller?.kind === "member") return limiter.consume("shared_calls", `pages:${caller.actor.id}`);
  return limiter.consume("api_calls", `pages:${networkOf(address)}`);
}

function isPage(path: string): boolean {
  if (path === API_DOCUMENT) return true;
  return !FIXED_ROUTES.has(path) && !NOT_PAGES.some((prefix) => path.startsWith(prefix));
}
