import { z } from "zod";
import { ERROR_STATUS, type ErrorCode } from "../errors";

const errorCode = z.string().meta({
  description: `What went wrong, for programs: ${Object.keys(ERROR_STATUS).join(", ")}. More may come.`,
});

/** A refused field, in the words that a form shows beside it. */
export const fieldProblem = z.object({
  /** Its path in the request: `translations.fr.title`; empty = the request as a whole. */
  field: z.string(),
  message: z.string(),
});

/** What `/api/v1` answers in place of a result: RFC 9457, `application/problem+json`. */
export const problemDetails = z.looseObject({
  type: z.literal("about:blank"),
  /** The HTTP status in words. */
  title: z.string(),
  status: z.int(),
  /** A sentence for people. */
  detail: z.string(),
  code: errorCode,
  /** Names this request in the server's log. */
  requestId: z.string(),
  errors: z.array(fieldProblem).optional(),
});
export type ProblemDetails = z.output<typeof problemDetails>;

/** What the fixed endpoints answer in place of a result (SPEC § 8). */
export const fixedError = z.object({
  status: z.literal("error"),
  message: z.string(),
  code: errorCode,
});
export type FixedError = z.output<typeof fixedError>;

/** Titles as RFC 9110 and 6585 have them. */
const TITLES: Record<(typeof ERROR_STATUS)[ErrorCode], string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  422: "Unprocessable Content",
  428: "Precondition Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export function titleOf(code: ErrorCode): string {
  return TITLES[ERROR_STATUS[code]];
}
