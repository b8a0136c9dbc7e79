import { formatDateTime, plural } from "../format";
import type { Reach } from "./use-reach";

/** What publishing will do, in one sentence. */
export function reachSentence({
  reach,
  startsAt,
  endsAt,
  targeted,
  timeZone,
}: {
  /** Null = not known. */
  reach: Reach | null;
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
  if (reach.count === 0) return `Nobody connected right now matches. Seen by ${back}.`;
  return `Seen by ${reachWords(reach, "connected ")} now and ${back}.`;
}

/** What the button does: `Publish to 1,204 people`. */
export function publishLabel(reach: Reach | null, startsAt: number | null): string {
  if (startsAt !== null) return "Schedule";
  return reach && reach.count > 0 ? `Publish to ${reachWords(reach)}` : "Publish";
}

/** `1,204 people`, `12 connected sessions`. */
function reachWords({ count, of }: Reach, adjective = ""): string {
  const [one, many] = of === "people" ? ["person", "people"] : ["session", "sessions"];
  return plural(count, adjective + one, adjective + many);
}
