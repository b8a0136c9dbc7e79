/** What a command has to say. */
export interface Output {
  /** What a person reads. */
  text: string;
  /** What `--json` prints. */
  data: unknown;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Terminals obey control characters: what somebody else wrote must hold none. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}
