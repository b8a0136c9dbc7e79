import { z } from "zod";
import { LEVELS, type Status } from "@/core/broadcast";

/** The list's tabs: what each shows, by status. */
export const TABS = {
  all: { label: "All", statuses: ["live", "scheduled", "draft", "ended", "cleared"] },
  live: { label: "Live", statuses: ["live"] },
  scheduled: { label: "Scheduled", statuses: ["scheduled"] },
  draft: { label: "Drafts", statuses: ["draft"] },
  past: { label: "Past", statuses: ["ended", "cleared"] },
  archived: { label: "Archived", statuses: ["archived"] },
} as const satisfies Record<string, { label: string; statuses: readonly Status[] }>;

export type Tab = keyof typeof TABS;
export const TAB_NAMES = ["all", "live", "scheduled", "draft", "past", "archived"] as const;

const one = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (Array.isArray(value) ? value[0] : value), schema);

/** The list's address: anything it does not know counts as absent. */
export const listQuery = z.object({
  tab: one(z.enum(TAB_NAMES)).catch("all"),
  level: one(z.enum(LEVELS).optional()).catch(undefined),
  search: one(z.string().trim().max(200)).catch(""),
  cursor: one(z.string().max(500).optional()).catch(undefined),
});
export type ListQuery = z.output<typeof listQuery>;

/** The address of the list with this changed; a changed filter starts at the first page. */
export function listHref(query: ListQuery, change: Partial<ListQuery>): string {
  const { tab, level, search, cursor } = { ...query, cursor: undefined, ...change };
  const parameters = new URLSearchParams();
  if (tab !== "all") parameters.set("tab", tab);
  if (level) parameters.set("level", level);
  if (search) parameters.set("search", search);
  if (cursor) parameters.set("cursor", cursor);
  const text = parameters.toString();
  return text ? `/broadcasts?${text}` : "/broadcasts";
}
