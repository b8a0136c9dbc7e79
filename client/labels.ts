import type { Level } from "@/core/broadcast";

/** Every word of the banner that is not the broadcast's own. */
export type Labels = Record<
  Level | "region" | "bottom" | "dismiss" | "snooze" | "more" | "less",
  string
>;

export const DEFAULT_LABELS: Labels = {
  region: "Announcements",
  /** Of the region at the bottom: landmarks of one page have names of their own. */
  bottom: "Announcements at the bottom",
  dismiss: "Dismiss",
  snooze: "Remind me later",
  /** `{n}`: how many. */
  more: "{n} more",
  less: "Show less",
  info: "Information",
  success: "Success",
  warning: "Warning",
  alert: "Alert",
};
