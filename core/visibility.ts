import { matches, type Viewer } from "./audience";
import { type Broadcast, LEVELS, liveFrom, PRIORITIES, statusOf } from "./broadcast";

/** What a recipient did that takes a banner off its screen. Times in ms. */
export interface Exception {
  /** Highest acknowledged revision; 0 = none. */
  readonly acknowledgedRevision: number;
  /** The client does the timing ([ACK5]); never hides on the server. */
  readonly snoozedUntil: number | null;
}

/** [BC7] `critical` first, then `alert`, then the newest; the id settles what is left. */
export function compareOnScreen(a: Broadcast, b: Broadcast): number {
  return (
    PRIORITIES.indexOf(b.priority) - PRIORITIES.indexOf(a.priority) ||
    LEVELS.indexOf(b.level) - LEVELS.indexOf(a.level) ||
    compareNumbers(liveFrom(b), liveFrom(a)) ||
    compareStrings(a.id, b.id)
  );
}

/**
 * The banners of one workspace at a moment, in screen order: live, and not replaced by one that
 * started later ([BC6]). The database is told by `supersededBy`; nobody waits for that.
 */
export function liveNow(broadcasts: readonly Broadcast[], now: number): Broadcast[] {
  const replacing = lastReplacing(broadcasts, now);
  return broadcasts
    .filter(
      (broadcast) =>
        statusOf(broadcast, now) === "live" &&
        (replacing === null || compareStarts(broadcast, replacing) >= 0),
    )
    .sort(compareOnScreen);
}

/**
 * Which live broadcasts have been replaced, by which: to be cleared in the database. Each by the
 * first replacing one that started after it.
 */
export function supersededBy(broadcasts: readonly Broadcast[], now: number): Map<string, string> {
  const replacing = broadcasts
    .filter((broadcast) => broadcast.replace && hasStarted(broadcast, now))
    .sort(compareStarts);
  const superseded = new Map<string, string>();
  if (replacing.length === 0) return superseded;
  for (const broadcast of broadcasts) {
    if (statusOf(broadcast, now) !== "live") continue;
    const by = replacing.find((other) => compareStarts(other, broadcast) > 0);
    if (by) superseded.set(broadcast.id, by.id);
  }
  return superseded;
}

/** Dismissed at a revision that still counts ([BC5]). What cannot be dismissed never is. */
export function isHidden(broadcast: Broadcast, exception: Exception | undefined): boolean {
  return (
    exception !== undefined &&
    broadcast.dismissible &&
    exception.acknowledgedRevision >= broadcast.showFromRevision
  );
}

/**
 * What a recipient should have on screen now, in screen order.
 * @param broadcasts of one workspace
 * @param exceptions by broadcast id
 */
export function visible(
  broadcasts: readonly Broadcast[],
  viewer: Viewer,
  exceptions: ReadonlyMap<string, Exception>,
  now: number,
): Broadcast[] {
  return liveNow(broadcasts, now).filter(
    (broadcast) =>
      !isHidden(broadcast, exceptions.get(broadcast.id)) &&
      matches(broadcast.audience, viewer, broadcast.id),
  );
}

/** The next moment (ms) at which time alone changes `liveNow`; null = never. */
export function nextBoundary(broadcasts: readonly Broadcast[], now: number): number | null {
  const replacing = lastReplacing(broadcasts, now);
  let next = Number.POSITIVE_INFINITY;
  for (const broadcast of broadcasts) {
    const status = statusOf(broadcast, now);
    const endsAt = broadcast.endsAt ?? Number.POSITIVE_INFINITY;
    if (status === "scheduled" && liveFrom(broadcast) < endsAt) {
      next = Math.min(next, liveFrom(broadcast));
    }
    if (status === "live" && (replacing === null || compareStarts(broadcast, replacing) >= 0)) {
      next = Math.min(next, endsAt);
    }
  }
  return Number.isFinite(next) ? next : null;
}

/** The replacing broadcast that started last: what started before it has been replaced. */
function lastReplacing(broadcasts: readonly Broadcast[], now: number): Broadcast | null {
  let last: Broadcast | null = null;
  for (const broadcast of broadcasts) {
    if (!broadcast.replace || !hasStarted(broadcast, now)) continue;
    if (last === null || compareStarts(broadcast, last) > 0) last = broadcast;
  }
  return last;
}

/**
 * It was live at some moment until now, so what it replaced stays replaced though it has ended
 * or been cleared since. Cancelled before its start it replaced nothing.
 */
function hasStarted(broadcast: Broadcast, now: number): boolean {
  const start = liveFrom(broadcast);
  return (
    start <= now &&
    (broadcast.endsAt === null || broadcast.endsAt > start) &&
    (broadcast.clearedAt === null || broadcast.clearedAt >= start) &&
    (broadcast.archivedAt === null || broadcast.archivedAt >= start)
  );
}

/**
 * By what an edit never changes: which of two that started together came second must not depend
 * on which was edited last, so not on `seq`.
 */
function compareStarts(a: Broadcast, b: Broadcast): number {
  return (
    compareNumbers(liveFrom(a), liveFrom(b)) ||
    compareNumbers(publishedAt(a), publishedAt(b)) ||
    compareNumbers(a.createdAt, b.createdAt) ||
    compareStrings(a.id, b.id)
  );
}

function publishedAt(broadcast: Broadcast): number {
  return broadcast.publishedAt ?? Number.POSITIVE_INFINITY;
}

/** Subtraction would make NaN of two infinities (drafts). */
function compareNumbers(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
