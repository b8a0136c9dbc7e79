import type { Placement, Priority } from "@/core/broadcast";

export const PLACEMENT_WORDS: Record<Placement, string> = {
  top: "Top of the page",
  bottom: "Bottom of the page",
  inline: "Where the page puts it",
};

export const PRIORITY_WORDS: Record<Priority, string> = {
  low: "Low",
  normal: "Normal",
  high: "High",
  critical: "Critical: always first",
};
