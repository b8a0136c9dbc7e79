import { createHash } from "node:crypto";
import { AppError } from "@/core/errors";
import type { Actor, IdempotentRequest } from "../context";

const KEY = /^[\x21-\x7e]{1,255}$/;

/** Who an actor's keys belong to: `user:<id>`, `key:<id>`. */
export function credentialOf({ kind, id }: Actor): string {
  return `${kind}:${id}`;
}

/**
 * The request's `Idempotency-Key`, if it has one ([PUB5]). Two requests are the same when method,
 * path, workspace and body are; spaces between the body's tokens do not count.
 * @throws AppError `bad_request` for what is no key
 */
export function idempotencyOf(
  request: Request,
  actor: Actor,
  workspaceId: string,
  body: unknown,
): IdempotentRequest | undefined {
  const key = request.headers.get("idempotency-key");
  if (key === null) return undefined;
  if (!KEY.test(key)) {
    throw new AppError("bad_request", "An Idempotency-Key is 1 to 255 printable ASCII characters.");
  }
  const { pathname } = new URL(request.url);
  const said = [request.method, pathname, workspaceId, JSON.stringify(body)].join("\n");
  const requestHash = createHash("sha256").update(said).digest("hex");
  return { credential: credentialOf(actor), key, requestHash };
}
