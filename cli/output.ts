/** What a command has to say. */
export interface Output {
  /** What a person reads. */
  text: string;
  /** What `--json` prints. */
  data: unknown;
}

/** Terminals obey control characters: what somebody else wrote must hold none. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
