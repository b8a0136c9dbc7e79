/**
 * - `bar`: across the page, at its top or bottom; moves the page, never covers it
 * - `card`: in a corner, 360 px
 * - `inline`: where the element stands
 */
export const LOOKS = ["bar", "card", "inline"] as const;
export type Look = (typeof LOOKS)[number];

/** `auto`: the system's, or what `data-theme` (or a class `light`/`dark`) says around it. */
export type Theme = "auto" | "light" | "dark";
