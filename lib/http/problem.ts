import type { z } from "zod";
import { type FixedError, type ProblemDetails, titleOf } from "@/core/api/errors";
import { AppError, ERROR_STATUS, isAppError } from "@/core/errors";

/** How a route's errors look: RFC 9457, or as the fixed endpoints always had them (SPEC § 8). */
export type ErrorStyle = "problem" | "fixed";

/** When a caller should come back that was told nothing more exact, s. */
const RETRY_AFTER_S = 5;

/** An unknown error's text is for the log, never for a caller. */
const HIDDEN = new AppError("internal", "Something went wrong on the server. It has been noted.");

/** What may be told of an error that was thrown; whether it is ours to look into. */
export function toPublicError(error: unknown): { error: AppError; isUnexpected: boolean } {
  if (!isAppError(error) || error.code === "internal") {
    return { error: HIDDEN, isUnexpected: true };
  }
  return { error, isUnexpected: false };
}

/** The one mapper of errors to HTTP. */
export function errorResponse(error: AppError, style: ErrorStyle, requestId: string): Response {
  const status = ERROR_STATUS[error.code];
  const headers = new Headers({
    "content-type": style === "problem" ? "application/problem+json" : "application/json",
  });
  if (status === 429 || status === 503) {
    headers.set("retry-after", String(error.retryAfterS ?? RETRY_AFTER_S));
  }
  const body = style === "problem" ? toProblem(error, requestId) : toFixed(error);
  return new Response(JSON.stringify(body), { status, headers });
}

function toProblem(error: AppError, requestId: string): ProblemDetails {
  const { code, message, field, details } = error;
  return {
    ...(field !== undefined && { errors: [{ field, message }] }),
    ...details,
    type: "about:blank",
    title: titleOf(code),
    status: ERROR_STATUS[code],
    detail: message,
    code,
    requestId,
  };
}

function toFixed({ code, message }: AppError): FixedError {
  return { status: "error", message, code };
}

/** A request that its schema refuses: the first fault in words, all of them as `errors`. */
export function toInvalid(error: z.ZodError): AppError {
  const errors = error.issues.map(({ path, message }) => ({
    // The first step says which part of the request: `body`, `query`, `params`.
    field: path.slice(1).join("."),
    message,
  }));
  const [first] = errors;
  return new AppError("invalid", first?.message ?? "The request is not valid", {
    ...(first?.field && { field: first.field }),
    details: { errors },
  });
}
