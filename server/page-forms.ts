import type { IncomingMessage } from "node:http";
import { AppError } from "@/core/errors";
import { isOwnOrigin, type OriginPolicy } from "@/lib/auth/origin";

const READS = new Set(["GET", "HEAD", "OPTIONS"]);
/** What Next names a server action by. */
const ACTION = /^[0-9a-f]{40,64}$/;

/**
 * [SEC3] What a page takes beside being read: its own forms, which its own script sends. Asked
 * before Next, to which a foreign form is an exception and not a refusal.
 * @returns null where it may be passed on
 */
export function pageRefusal(
  { method = "GET", headers }: Pick<IncomingMessage, "method" | "headers">,
  path: string,
  policy: OriginPolicy,
): AppError | null {
  if (READS.has(method) || path.startsWith("/api/")) return null;
  if (headers.origin !== undefined && !isOwnOrigin(headers.origin, headers, policy)) {
    return new AppError("foreign_origin", "Forms of other sites' pages are not taken.");
  }
  const isAction = method === "POST" && ACTION.test(String(headers["next-action"] ?? ""));
  if (isAction && headers.origin !== undefined) return null;
  return new AppError("bad_request", "This page takes nothing but its own forms.");
}
