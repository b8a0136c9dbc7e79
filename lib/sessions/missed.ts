import { matches, type Viewer } from "@/core/audience";
import { type Broadcast, liveFrom } from "@/core/broadcast";
import type { History } from "../ports/history";
import type { FeedReader } from "../runtime-context";

const DAY_MS = 24 * 3600 * 1000;
/** Broadcasts of one workspace within retention that are looked at, newest first. */
const MAX_RECENT = 500;

interface Recent {
  epoch: string;
  seq: number;
  broadcasts: Promise<Broadcast[]>;
  /** The same, once they are there. */
  read: readonly Broadcast[] | null;
}

/**
 * How many broadcasts went live while a recipient was away ([PUB8]), those that have ended or
 * were cleared since included. One query a workspace and position, however many come back.
 */
export class MissedBroadcasts {
  readonly #history: Pick<History, "inbox">;
  readonly #feed: FeedReader;
  readonly #recent = new Map<string, Recent>();

  constructor(history: Pick<History, "inbox">, feed: FeedReader) {
    this.#history = history;
    this.#feed = feed;
  }

  /**
   * @param since when the recipient last had a connection, ms
   * @throws AppError `unavailable`
   */
  async count(workspaceId: string, viewer: Viewer, since: number): Promise<number> {
    const now = this.#feed.now();
    return countOf(await this.#recentOf(workspaceId), viewer, since, now);
  }

  /** The same at once, where what it needs has been read already; else null. */
  countNow(workspaceId: string, viewer: Viewer, since: number): number | null {
    const read = this.#known(workspaceId)?.read;
    return read ? countOf(read, viewer, since, this.#feed.now()) : null;
  }

  #known(workspaceId: string): Recent | null {
    const { epoch, seq } = this.#feed.position;
    const known = this.#recent.get(workspaceId);
    return known?.epoch === epoch && known.seq === seq ? known : null;
  }

  #recentOf(workspaceId: string): Promise<Broadcast[]> {
    const known = this.#known(workspaceId);
    if (known) return known.broadcasts;
    const { epoch, seq } = this.#feed.position;
    const recent: Recent = { epoch, seq, broadcasts: this.#read(workspaceId), read: null };
    this.#recent.set(workspaceId, recent);
    recent.broadcasts.then(
      (broadcasts) => {
        recent.read = broadcasts;
      },
      // A failure is not kept: the next one asks again.
      () => this.#recent.delete(workspaceId),
    );
    return recent.broadcasts;
  }

  async #read(workspaceId: string): Promise<Broadcast[]> {
    const days = this.#feed.workspaceById(workspaceId)?.settings.retentionDays ?? 0;
    const since = this.#feed.now() - days * DAY_MS;
    const entries = await this.#history.inbox(workspaceId, "", since, MAX_RECENT);
    return entries.map(({ broadcast }) => broadcast);
  }
}

function countOf(
  broadcasts: readonly Broadcast[],
  viewer: Viewer,
  since: number,
  now: number,
): number {
  return broadcasts.filter((broadcast) => {
    const startedAt = liveFrom(broadcast);
    return (
      startedAt > since && startedAt <= now && matches(broadcast.audience, viewer, broadcast.id)
    );
  }).length;
}
