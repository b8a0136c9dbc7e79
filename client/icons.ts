import { LEVELS, type Level } from "@/core/broadcast";

/** SVG path data for a 24 × 24 box, drawn as strokes. */
export const ICON_PATHS: Record<Level | "dismiss", string> = {
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 11v5M12 8v0",
  success: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8 12l3 3 5-6",
  warning: "M12 4 3 20h18ZM12 10v4M12 17v0",
  alert: "M8 3h8l5 5v8l-5 5H8l-5-5V8ZM12 8v4M12 16v0",
  dismiss: "M7 7l10 10M17 7 7 17",
};

/** A level that this version does not know looks like information. */
export function levelOf(level: string): Level {
  return LEVELS.find((known) => known === level) ?? "info";
}
