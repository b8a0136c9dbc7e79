import type { Level } from "@/core/broadcast";

/** SVG path data for a 24 × 24 box, drawn as strokes. */
export const ICON_PATHS: Record<Level | "dismiss", string> = {
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM12 11.2v5M12 7.9v.01",
  success: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8.2 12.3l2.6 2.6 5-5.4",
  warning:
    "M10.3 4 2.7 17.1A2 2 0 0 0 4.4 20h15.2a2 2 0 0 0 1.7-2.9L13.7 4a2 2 0 0 0-3.4 0ZM12 9.2v4.2M12 16.6v.01",
  alert: "M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3ZM12 7.8v4.7M12 15.9v.01",
  dismiss: "M6.5 6.5l11 11M17.5 6.5l-11 11",
};

/** A level that this version does not know looks like information. */
export function levelOf(level: string): Level {
  return level === "success" || level === "warning" || level === "alert" ? level : "info";
}
