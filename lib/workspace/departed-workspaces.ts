import type { Feed } from "../feed";
import type { Housekeeper } from "../housekeeper";
import type { Logger } from "../logger";
import type { SessionStore } from "../ports/session-store";

/** Its sockets are closed first, here and on their way in: their sessions would come back. */
const FORGET_AFTER_MS = 2_000;
const TRY_AGAIN_AFTER_MS = 30_000;

interface DepartedWorkspacesOptions {
  feed: Pick<Feed, "onWorkspaceGone" | "workspaceById">;
  sessions: Pick<SessionStore, "forget">;
  housekeeper: Pick<Housekeeper, "look">;
  logger: Logger;
  /** ms; default 2,000. */
  forgetAfterMs?: number;
}

/**
 * Removes what a deleted workspace leaves behind: its sessions, and by the housekeeper its rows.
 * Every worker does so for itself: what one of them wrote late goes with its own turn.
 */
export class DepartedWorkspaces {
  readonly #options: DepartedWorkspacesOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #unsubscribe: () => void;

  constructor(options: DepartedWorkspacesOptions) {
    this.#options = options;
    this.#unsubscribe = options.feed.onWorkspaceGone((id) => {
      options.housekeeper.look();
      this.#forgetLater(id, options.forgetAfterMs ?? FORGET_AFTER_MS);
    });
  }

  close(): void {
    this.#unsubscribe();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #forgetLater(id: string, waitMs: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => void this.#forget(id), waitMs).unref());
  }

  async #forget(id: string): Promise<void> {
    const { feed, sessions, logger } = this.#options;
    // A backup that was restored meanwhile may have brought it back.
    if (feed.workspaceById(id)) {
      this.#timers.delete(id);
      return;
    }
    try {
      await sessions.forget(id);
      this.#timers.delete(id);
    } catch (err) {
      logger.debug({ err, workspace: id }, "a workspace's sessions will be forgotten later");
      if (this.#timers.has(id)) this.#forgetLater(id, TRY_AGAIN_AFTER_MS);
    }
  }
}
