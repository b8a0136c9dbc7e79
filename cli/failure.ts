/** Exit codes; documented in the help and in docs/operations.md. */
export const EXIT = { failed: 1, usage: 2, unreachable: 3, refused: 4 } as const;

/** Ends the command with a sentence on standard error. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.failed,
  ) {
    super(message);
    this.name = "CliError";
  }
}

/** What went wrong, in one line for a person: the network's own code where there is one. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (cause instanceof Error) return reasonOf(cause);
  return error.message || ("code" in error ? String(error.code) : error.name);
}
