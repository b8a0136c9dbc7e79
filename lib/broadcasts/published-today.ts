import type { WorkspaceInfo } from "../ports/broadcast-store";
import { type Runtime, runtime } from "../runtime-context";
import { startOfDay } from "./start-of-day";

interface Counted {
  workspace: number;
  byAuthor: number;
}

interface Remembered {
  /** Position and day that the figures are of. */
  asOf: string;
  counted: Promise<Counted>;
}

/** People whose figures are remembered, per process. */
const MAX_REMEMBERED = 1_000;
const remembered = new WeakMap<Runtime, Map<string, Remembered>>();

/**
 * How many were published today, in the workspace and by this author. Nothing but a change moves
 * the figures, so they are counted once a position, however often they are asked for.
 */
export async function publishedToday(workspace: WorkspaceInfo, authorId: string): Promise<Counted> {
  const { broadcasts, feed } = runtime();
  const since = startOfDay(feed.now(), workspace.settings.timeZone);
  const { epoch, seq } = feed.position;
  const asOf = `${epoch} ${seq} ${since}`;
  const figures = figuresOf(runtime());
  const key = `${workspace.id} ${authorId}`;
  const known = figures.get(key);
  if (known?.asOf === asOf) return known.counted;
  if (figures.size >= MAX_REMEMBERED) figures.clear();
  const counted = broadcasts.countPublished(workspace.id, authorId, since);
  figures.set(key, { asOf, counted });
  counted.catch(() => figures.delete(key));
  return counted;
}

function figuresOf(process: Runtime): Map<string, Remembered> {
  const known = remembered.get(process) ?? new Map<string, Remembered>();
  remembered.set(process, known);
  return known;
}
