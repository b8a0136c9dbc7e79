import type { Audience } from "./audience";

export const LEVELS = ["info", "success", "warning", "alert"] as const;
export type Level = (typeof LEVELS)[number];

export const PRIORITIES = ["low", "normal", "high", "critical"] as const;
export type Priority = (typeof PRIORITIES)[number];

export const PLACEMENTS = ["top", "bottom", "inline"] as const;
export type Placement = (typeof PLACEMENTS)[number];

export const STATUSES = ["archived", "cleared", "ended", "live", "scheduled", "draft"] as const;
export type Status = (typeof STATUSES)[number];

export interface Action {
  label: string;
  url: string;
}

/** What one locale says instead of the default; an absent field falls back. */
export interface Translation {
  title?: string | null;
  message?: string;
  actionLabel?: string;
}

/**
 * A broadcast as the feed, the stores and the broker hold it. Plain JSON.
 * Times are milliseconds since 1970 by the database's clock; `null` = not (yet).
 */
export interface Broadcast {
  id: string;
  workspaceId: string;
  /** Position of the last change. */
  seq: number;
  /** Random at each change: tells two histories apart that share positions. */
  changeId: string;
  revision: number;
  /** A dismissal counts when its revision is at least this ([BC5]). */
  showFromRevision: number;
  level: Level;
  title: string | null;
  message: string;
  action: Action | null;
  dismissible: boolean;
  priority: Priority;
  placement: Placement;
  audience: Audience | null;
  /** Page rules ([AUD3]); `null` = every page. */
  paths: string[] | null;
  /** By BCP 47 locale. */
  translations: Record<string, Translation> | null;
  replace: boolean;
  startsAt: number | null;
  endsAt: number | null;
  publishedAt: number | null;
  wentLiveAt: number | null;
  clearedAt: number | null;
  clearedReason: "cleared" | "replaced" | null;
  archivedAt: number | null;
  createdById: string | null;
  createdByName: string;
  createdAt: number;
  updatedAt: number;
}

/** [BC2] First that applies; a pure function of row and time. */
export function statusOf(broadcast: Broadcast, now: number): Status {
  if (broadcast.archivedAt !== null) return "archived";
  if (broadcast.clearedAt !== null) return "cleared";
  if (broadcast.publishedAt === null) return "draft";
  if (broadcast.endsAt !== null && broadcast.endsAt <= now) return "ended";
  if (liveFrom(broadcast) <= now) return "live";
  return "scheduled";
}

/**
 * What the feed has and `liveOrScheduled` reads. Also what ended before anybody wrote down that
 * it went live, where it replaces others: all that could were away, and what it replaced must not
 * come back ([BC6]).
 */
export function isLiveOrScheduled(broadcast: Broadcast, now: number): boolean {
  const status = statusOf(broadcast, now);
  if (status === "live" || status === "scheduled") return true;
  const { replace, wentLiveAt, startsAt, endsAt } = broadcast;
  const wasScheduled = startsAt !== null && endsAt !== null && endsAt > startsAt;
  return status === "ended" && replace && wentLiveAt === null && wasScheduled;
}

/** When a published broadcast becomes visible: its start, or its publication if that is later. */
export function liveFrom(broadcast: Pick<Broadcast, "publishedAt" | "startsAt">): number {
  if (broadcast.publishedAt === null) return Number.POSITIVE_INFINITY;
  return Math.max(broadcast.publishedAt, broadcast.startsAt ?? Number.NEGATIVE_INFINITY);
}

/** Shown on its author's own screens only ([BC9]): counts for no limit and no figure. */
export function isTest(broadcast: Pick<Broadcast, "audience">): boolean {
  return broadcast.audience?.only !== undefined;
}
