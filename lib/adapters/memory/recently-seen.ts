import { LRUCache } from "lru-cache";

/** Recipients remembered at most; the longest unseen are forgotten first. */
const MAX_RECENTLY_SEEN = 50_000;
/** The longest an inbox looks back (`retentionDays`), so the longest that `missed` can ask for. */
export const SEEN_FOR_MS = 90 * 24 * 3600 * 1000;

/** When each recipient last had a connection. Bounded in number and in time. */
export class RecentlySeen {
  readonly #seenAt: LRUCache<string, number>;

  constructor(max: number = MAX_RECENTLY_SEEN) {
    this.#seenAt = new LRUCache({ max });
  }

  /** @param at ms */
  note(recipient: string, at: number): void {
    this.#seenAt.set(recipient, at);
  }

  forget(recipients: (recipient: string) => boolean): void {
    for (const recipient of this.#seenAt.keys()) {
      if (recipients(recipient)) this.#seenAt.delete(recipient);
    }
  }

  /** ms; null = never, or too long ago to know. */
  of(recipient: string, now: number): number | null {
    const at = this.#seenAt.peek(recipient);
    return at === undefined || now - at > SEEN_FOR_MS ? null : at;
  }
}
