import { randomUUID } from "node:crypto";
import { AppError } from "@/core/errors";
import type { Caller } from "../context";
import { networkOf } from "../network";
import { runtime } from "../runtime-context";
import { ADDRESS_HEADER } from "./address";
import { corsHeaders } from "./cors";
import { credentialOf } from "./idempotency";
import { rawInput } from "./input";
import { type ErrorStyle, errorResponse, toPublicError } from "./problem";
import type { LimitKind, Quota } from "./rate-limit";
import type { Route } from "./route";

/** What Next calls for a method of a `route.ts`. */
export type HttpHandler = (
  request: Request,
  context: { params: Promise<unknown> },
) => Promise<Response>;

/**
 * The HTTP handler of a declared route. It alone knows about HTTP: who calls, limits, parsing,
 * errors, headers. Order: caller, permission, limits, body, fields; so what costs least and
 * reveals least comes first.
 */
export function serve(route: Route): HttpHandler {
  const { path } = route.declaration;
  const style: ErrorStyle = path.startsWith("/api/v1/") ? "problem" : "fixed";
  return async (request, context) => {
    const requestId = randomUUID();
    const headers = new Headers({ "x-request-id": requestId });
    try {
      const response = await answer(route, request, await context.params, headers);
      return withHeaders(response, headers, request);
    } catch (thrown) {
      const { error, isUnexpected } = toPublicError(thrown);
      if (isUnexpected) {
        const { method } = request;
        runtime().logger.error({ err: thrown, requestId, method, path }, "a request failed");
      }
      return withHeaders(errorResponse(error, style, requestId), headers, request);
    }
  };
}

async function answer(
  route: Route,
  request: Request,
  params: unknown,
  headers: Headers,
): Promise<Response> {
  const { authenticator, env } = runtime();
  const address = request.headers.get(ADDRESS_HEADER) ?? "unknown";
  const caller = await authenticator.resolve({
    headers: request.headers,
    url: new URL(request.url),
    address,
    method: request.method,
  });
  await spend("api_calls", payerOf(caller, address), headers);
  // Whoever may be a new visitor with each call would have a quota for each.
  if (isVisitor(caller)) await spend("shared_calls", `address:${networkOf(address)}`, headers);
  route.admit(caller);
  if (route.declaration.publishes) await spend("publishes", caller.workspace.id, headers);
  return route.answer({
    request,
    caller,
    raw: await rawInput(request, params, env.limits.bodyBytes),
  });
}

/** Whose calls are counted: the credential's; without one, the address's. */
function payerOf(caller: Caller, address: string): string {
  switch (caller.kind) {
    case "member":
    case "key":
      return credentialOf(caller.actor);
    case "recipient":
      return `${caller.workspace.id}:${caller.viewer.recipient}`;
    case "nobody":
      return `address:${networkOf(address)}`;
  }
}

function isVisitor(caller: Caller): boolean {
  return caller.kind === "recipient" && caller.viewer.kind === "anonymous";
}

/** @throws AppError `too_many` */
async function spend(kind: LimitKind, key: string, headers: Headers): Promise<void> {
  const quota = await runtime().rateLimiter.consume(kind, key);
  if (quota === null) return;
  noteTightest(quota, headers);
  if (quota.allowed) return;
  throw new AppError(
    "too_many",
    `Too many ${kind === "publishes" ? "broadcasts were published" : "calls"}: at most ${quota.limit} a minute. Try again in ${quota.resetS} s.`,
    { retryAfterS: quota.resetS },
  );
}

/** Where two limits apply, the headers tell of the one that has less left. */
function noteTightest(quota: Quota, headers: Headers): void {
  const noted = headers.get("ratelimit-remaining");
  if (noted !== null && Number(noted) < quota.remaining) return;
  headers.set("ratelimit-limit", String(quota.limit));
  headers.set("ratelimit-remaining", String(quota.remaining));
  headers.set("ratelimit-reset", String(quota.resetS));
}

function withHeaders(response: Response, headers: Headers, request: Request): Response {
  for (const [name, value] of headers) response.headers.set(name, value);
  for (const [name, value] of Object.entries(corsHeaders(request))) {
    if (name === "vary") response.headers.append(name, value);
    else response.headers.set(name, value);
  }
  if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
  return response;
}
