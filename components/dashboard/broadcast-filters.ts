import type { Level, Status } from "@/core/broadcast";

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

/** The list's address, read. */
export interface ListQuery {
  tab: Tab;
  level?: Level | undefined;
  search: string;
  cursor?: string | undefined;
}

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
