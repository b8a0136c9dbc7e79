import type { Level } from "@/core/broadcast";

/** Every word of the banner that is not the broadcast's own. */
export type Labels = Record<Level | "region" | "dismiss" | "more" | "less", string>;

export const DEFAULT_LABELS: Labels = {
  region: "Announcements",
  dismiss: "Dismiss",
  /** `{n}`: how many. */
  more: "{n} more",
  less: "Show less",
  info: "Information",
  success: "Success",
  warning: "Warning",
  alert: "Alert",
};
