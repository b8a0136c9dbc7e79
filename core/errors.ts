/**
 * Errors that services throw. They are recognised by `code`, never by `instanceof`: the
 * server and Next's bundle each have their own copy of this class.
 */
export const ERROR_STATUS = {
  bad_json: 400,
  bad_request: 400,
  unauthenticated: 401,
  token_invalid: 401,
  forbidden: 403,
  foreign_origin: 403,
  not_found: 404,
  conflict: 409,
  not_dismissible: 409,
  idempotency_conflict: 409,
  revision_conflict: 412,
  too_large: 413,
  invalid: 422,
  revision_ahead: 422,
  limit_reached: 422,
  precondition_required: 428,
  too_many: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export class AppError extends Error {
  readonly code: ErrorCode;
  /** The field the error is about, as a path (`translations.fr.title`). */
  readonly field: string | undefined;
  /** When to try again, in seconds: `Retry-After`. */
  readonly retryAfterS: number | undefined;
  /** Further members of the problem document. */
  readonly details: Record<string, unknown> | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      field?: string;
      retryAfterS?: number;
      details?: Record<string, unknown>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.field = options.field;
    this.retryAfterS = options.retryAfterS;
    this.details = options.details;
  }
}

export function isAppError(error: unknown): error is AppError {
  return (
    error instanceof Error &&
    error.name === "AppError" &&
    "code" in error &&
    typeof error.code === "string" &&
    error.code in ERROR_STATUS
  );
}

/** What was to be stored is to blame: a later attempt ends alike, others go through without it. */
export function isOfTheData(error: unknown): boolean {
  return isAppError(error) && (error.code === "invalid" || error.code === "conflict");
}
