import { z } from "zod";
import { ApiError, offline } from "./api-error";

/** RFC 9457, and the older shape of the fixed endpoints. */
const problem = z.object({
  title: z.string().optional(),
  detail: z.string().optional(),
  message: z.string().optional(),
  code: z.string().optional(),
  errors: z
    .array(z.object({ field: z.string().optional(), message: z.string() }))
    .optional()
    .catch(undefined),
});

export interface CallOptions {
  method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  body?: unknown;
  /** The revision that is being changed. */
  ifMatch?: number;
  /** Makes a repeated call one call ([PUB5]). */
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/**
 * Calls the REST API as the signed-in person and parses the answer.
 * @throws ApiError
 */
export async function call<T>(
  path: string,
  answer: z.ZodType<T>,
  { method = "GET", body, ifMatch, idempotencyKey, signal }: CallOptions = {},
): Promise<T> {
  const headers = new Headers({ accept: "application/json" });
  if (body !== undefined) headers.set("content-type", "application/json");
  if (ifMatch !== undefined) headers.set("if-match", `"${ifMatch}"`);
  if (idempotencyKey !== undefined) headers.set("idempotency-key", idempotencyKey);
  const response = await send(path, {
    method,
    headers,
    signal: signal ?? null,
    body: body === undefined ? null : JSON.stringify(body),
  });
  const json: unknown = await response.json().catch(() => null);
  if (!response.ok) throw refusalOf(response, json);
  const parsed = answer.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new ApiError(response.status, "unexpected", "The server answered something unexpected.");
}

/** For answers without a body that matters. */
export const nothing: z.ZodType<unknown> = z.unknown();

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw offline();
  }
}

function refusalOf(response: Response, json: unknown): ApiError {
  const parsed = problem.safeParse(json);
  const { title, detail, message, code, errors = [] } = parsed.success ? parsed.data : {};
  if (response.status === 401) {
    return new ApiError(401, "unauthenticated", "You are signed out. Sign in again to go on.");
  }
  return new ApiError(
    response.status,
    code ?? "unknown",
    detail ?? message ?? title ?? "The server refused without saying why.",
    errors.map(({ field, message: words }) => ({ field, message: words })),
  );
}
