/** Reads what Redis answered: it comes from outside, whoever wrote the script. */

export function toList(reply: unknown): unknown[] {
  if (Array.isArray(reply)) return reply;
  throw new Error("Redis answered with something that is not a list.");
}

export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

/** A count, or a time in microseconds; 0 for what is not a number. */
export function toNumber(value: unknown): number {
  const number = Number(value);
  return Number.isFinite(number) ? number : 0;
}

/** Redis counts microseconds, the ports milliseconds. */
export function toMs(microseconds: unknown): number {
  return Math.floor(toNumber(microseconds) / 1000);
}

export function toUs(ms: number): number {
  return Math.round(ms * 1000);
}
