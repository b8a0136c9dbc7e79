/** A day may have 25 hours where clocks are turned back. */
const LONGEST_DAY_MS = 26 * 3_600_000;

/**
 * When the day began that `now` is in, by the clocks of a time zone, ms. Where clocks skip
 * midnight, the first moment of the day.
 * @param timeZone IANA name
 */
export function startOfDay(now: number, timeZone: string): number {
  const dates = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  const today = dates.format(now);
  let before = Math.floor(now) - LONGEST_DAY_MS;
  let within = Math.floor(now);
  while (within - before > 1) {
    const middle = Math.floor((before + within) / 2);
    if (dates.format(middle) === today) within = middle;
    else before = middle;
  }
  return within;
}
