import { z } from "zod";

/** ISO 8601 UTC. */
export const time = z.iso.datetime();

/** @param ms since 1970 */
export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : isoOf(ms);
}
