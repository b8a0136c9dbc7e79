export interface FieldProblem {
  field: string | undefined;
  message: string;
}

/** A call that was refused or did not get through; `message` is a sentence to show. */
export class ApiError extends Error {
  readonly status: number;
  /** `revision_conflict`, `invalid`, …; `offline` when there was no answer. */
  readonly code: string;
  readonly fields: FieldProblem[];

  constructor(status: number, code: string, message: string, fields: FieldProblem[] = []) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

/** There was no answer. */
export function offline(): ApiError {
  const message = "The server could not be reached. Check your connection and try again.";
  return new ApiError(0, "offline", message);
}

/** The sentence to show for whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof ApiError ? error.message : "Something went wrong. Try again.";
}
