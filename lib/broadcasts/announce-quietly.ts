import type { FeedChange } from "../ports/broadcast-store";
import { runtime } from "../runtime-context";

/**
 * Tells the workers of a change that is on no screen, so that none of them takes its position
 * for a gap. Nobody waits: `announce` never throws, and there is nothing to count.
 */
export function announceQuietly(change: FeedChange): void {
  void runtime().delivery.announce(change, null);
}
