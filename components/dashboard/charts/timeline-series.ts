/** What the time line shows, from the back to the front. */
export const TIMELINE_SERIES = [
  { kind: "delivered", label: "Delivered", color: "var(--chart-4)" },
  { kind: "seen", label: "Seen", color: "var(--chart-2)" },
  { kind: "clicked", label: "Clicked", color: "var(--chart-1)" },
  { kind: "dismissed", label: "Dismissed", color: "var(--chart-3)" },
] as const;
