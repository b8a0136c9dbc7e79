import { hasUnrecordedStarts, recordStarts } from "./broadcasts/record-starts";
import type { Feed } from "./feed";
import type { Logger } from "./logger";

/** Workers write at different moments, so that mostly one finds something to write. */
const SPREAD_MS = 500;
const RETRY_MS = 5_000;

/**
 * Notices that time has started a broadcast and has it written down, once in the cluster: what
 * went live, what it replaced. Screens do not wait for this.
 */
export class StartRecorder {
  readonly #feed: Feed;
  readonly #logger: Logger;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #unsubscribe: () => void;

  constructor(feed: Feed, logger: Logger) {
    this.#feed = feed;
    this.#logger = logger;
    this.#unsubscribe = feed.onVersion(() => this.#look(Math.random() * SPREAD_MS));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #look(waitMs: number): void {
    if (this.#timer || this.#closed || this.#unrecorded().length === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#running = this.#record();
    }, waitMs);
  }

  #unrecorded() {
    const now = this.#feed.now();
    return [...this.#feed.workspaces()].filter(({ id }) =>
      hasUnrecordedStarts(this.#feed.broadcastsOf(id), now),
    );
  }

  async #record(): Promise<void> {
    try {
      for (const workspace of this.#unrecorded()) await recordStarts(workspace);
    } catch (err) {
      this.#logger.debug({ err }, "a start will be recorded later");
      this.#look(RETRY_MS);
    }
  }
}
