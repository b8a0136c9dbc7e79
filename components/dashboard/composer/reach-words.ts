import { formatDateTime, plural } from "../format";

/** What publishing will do, in one sentence. */
export function reachSentence({
  reach,
  startsAt,
  endsAt,
  targeted,
  timeZone,
}: {
  /** People connected now who match; null = not known. */
  reach: number | null;
  /** ms; null = at once. */
  startsAt: number | null;
  endsAt: number | null;
  targeted: boolean;
  timeZone: string;
}): string {
  const who = targeted ? "everyone who matches and comes" : "everyone who comes";
  const until = endsAt === null ? "" : ` until ${formatDateTime(endsAt, timeZone)}`;
  const back = `${who} back${until}`;
  if (startsAt !== null) {
    return `Starts ${formatDateTime(startsAt, timeZone)}. Seen by those connected then and ${back}.`;
  }
  if (reach === null) return `Seen by those connected now and ${back}.`;
  if (reach === 0) return `Nobody connected right now matches. Seen by ${back}.`;
  return `Seen by ${plural(reach, "connected person", "connected people")} now and ${back}.`;
}

/** What the button does: `Publish to 1,204 people`. */
export function publishLabel(reach: number | null, startsAt: number | null): string {
  if (startsAt !== null) return "Schedule";
  return reach ? `Publish to ${plural(reach, "person", "people")}` : "Publish";
}
