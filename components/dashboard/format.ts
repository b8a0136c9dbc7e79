/**
 * Numbers and times in words. One fixed locale, and the zone always given: the server and the
 * browser must write the same text. Times are ms since 1970.
 */
const LOCALE = "en-GB";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const counts = new Intl.NumberFormat("en-US");
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

export function formatCount(value: number): string {
  return counts.format(value);
}

/** `1 person`, `1,204 people`. */
export function plural(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Share of `whole` in whole per cent; 0 where there is no whole. */
export function percent(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.round((part / whole) * 100)) : 0;
}

/** `21 Nov 2026, 22:00 CET` in the given IANA zone. */
export function formatDateTime(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat(LOCALE, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZone,
    timeZoneName: "short",
  }).format(at);
}

/** `22:00` or, on another day than `now`, `22 Nov, 22:00`. */
export function formatShortTime(at: number, now: number, timeZone: string): string {
  const time: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", timeZone };
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", timeZone };
  const dayOf = new Intl.DateTimeFormat(LOCALE, { ...day, year: "numeric" });
  const sameDay = dayOf.format(at) === dayOf.format(now);
  return new Intl.DateTimeFormat(LOCALE, sameDay ? time : { ...day, ...time }).format(at);
}

/** How far a server's clock may be ahead of the browser's before it counts. */
const CLOCK_SLACK_MS = 15_000;

/** `in 3 hours`, `2 minutes ago`, `now`. */
export function formatRelative(at: number, now: number): string {
  const distance = at - now;
  const size = Math.abs(distance);
  // Two clocks differ a little: what the server has just written is not in the future.
  if (size < 45_000) return distance > CLOCK_SLACK_MS ? "in a moment" : "just now";
  if (size < HOUR) return relative.format(Math.round(distance / MINUTE), "minute");
  if (size < DAY) return relative.format(Math.round(distance / HOUR), "hour");
  if (size < 30 * DAY) return relative.format(Math.round(distance / DAY), "day");
  if (size < 365 * DAY) return relative.format(Math.round(distance / (30 * DAY)), "month");
  return relative.format(Math.round(distance / (365 * DAY)), "year");
}

/** `3 h 12 m`, `2 d 4 h`, `40 s`: the two largest units. */
export function formatDuration(ms: number): string {
  const left = Math.max(0, ms);
  if (left < MINUTE) return `${Math.ceil(left / 1000)} s`;
  if (left < HOUR) return `${Math.floor(left / MINUTE)} m`;
  if (left < DAY) return pair(left, HOUR, "h", MINUTE, "m");
  return pair(left, DAY, "d", HOUR, "h");
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string) {
  const rest = Math.floor((ms % large) / small);
  const head = `${Math.floor(ms / large)} ${largeUnit}`;
  return rest > 0 ? `${head} ${rest} ${smallUnit}` : head;
}
