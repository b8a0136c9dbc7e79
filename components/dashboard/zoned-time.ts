/**
 * Wall-clock times of a named zone to instants and back, without a library: the offset is asked
 * of `Intl`. A wall time is what `<input type="datetime-local">` holds: `2026-11-21T22:00`.
 */

const WALL_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/;

/** Every IANA zone this runtime knows, `UTC` first. */
export function timeZones(): string[] {
  const known = Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC");
  return ["UTC", ...known];
}

/** The zone this device is set to. */
export function deviceTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Minutes that `zone`'s clocks are ahead of UTC at this instant. */
export function offsetMinutes(at: number, zone: string): number {
  return (Date.parse(`${wallTime(at, zone)}:00Z`) - Math.floor(at / 60_000) * 60_000) / 60_000;
}

/** The wall time of an instant, to the minute. */
export function wallTime(at: number, zone: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const value = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((part) => part.type === type)?.value ?? "";
  const year = value("year").padStart(4, "0");
  return `${year}-${value("month")}-${value("day")}T${value("hour")}:${value("minute")}`;
}

/**
 * The instant of a wall time, or null where it is not one. A time that a spring change skips is
 * taken with the offset before it; of one that an autumn change repeats, the first is meant.
 */
export function instantOf(wall: string, zone: string): number | null {
  if (!WALL_TIME.test(wall)) return null;
  const asUtc = Date.parse(`${wall.slice(0, 16)}:00Z`);
  if (Number.isNaN(asUtc)) return null;
  const before = offsetMinutes(asUtc - 24 * 3_600_000, zone);
  const after = offsetMinutes(asUtc + 24 * 3_600_000, zone);
  const candidates = [before, after].map((offset) => asUtc - offset * 60_000);
  const exact = candidates.filter((at) => wallTime(at, zone) === wall.slice(0, 16));
  return exact.length > 0 ? Math.min(...exact) : asUtc - before * 60_000;
}

/** `GMT+1`, `UTC`: how the zone is written beside a time. */
export function zoneLabel(at: number, zone: string): string {
  const offset = offsetMinutes(at, zone);
  if (offset === 0) return "UTC";
  const hours = Math.floor(Math.abs(offset) / 60);
  const minutes = Math.abs(offset) % 60;
  const sign = offset > 0 ? "+" : "−";
  return `UTC${sign}${hours}${minutes ? `:${String(minutes).padStart(2, "0")}` : ""}`;
}
