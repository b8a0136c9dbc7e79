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
    const broadcasts = await this.#recentOf(workspaceId);
    return broadcasts.filter((broadcast) => {
      const startedAt = liveFrom(broadcast);
      return (
        startedAt > since && startedAt <= now && matches(broadcast.audience, viewer, broadcast.id)
      );
    }).length;
  }

  #recentOf(workspaceId: string): Promise<Broadcast[]> {
    const { epoch, seq } = this.#feed.position;
    const known = this.#recent.get(workspaceId);
    if (known?.epoch === epoch && known.seq === seq) return known.broadcasts;
    const broadcasts = this.#read(workspaceId);
    this.#recent.set(workspaceId, { epoch, seq, broadcasts });
    // A failure is not kept: the next one asks again.
    broadcasts.catch(() => this.#recent.delete(workspaceId));
    return broadcasts;
  }

  async #read(workspaceId: string): Promise<Broadcast[]> {
    const days = this.#feed.workspaceById(workspaceId)?.settings.retentionDays ?? 0;
    const since = this.#feed.now() - days * DAY_MS;
    const entries = await this.#history.inbox(workspaceId, "", since, MAX_RECENT);
    return entries.map(({ broadcast }) => broadcast);
  }
}
