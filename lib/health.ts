import type { Feed } from "./feed";
import type { Logger } from "./logger";
import type { MessageBroker } from "./ports/message-broker";
import type { SessionCounts, SessionStore, WorkerInfo } from "./ports/session-store";

/** [§ 8] `/health` answers from figures at most this old. */
const REFRESH_MS = 5_000;

const NOBODY: SessionCounts = {
  recipients: 0,
  activeSessions: 0,
  allSessions: 0,
  connections: 0,
  clusterWide: false,
  incomplete: false,
};

export type Trouble = "database" | "broker" | "sessions";

interface HealthOptions {
  feed: Feed;
  broker: MessageBroker;
  sessions: SessionStore;
  logger: Logger;
}

/** What this worker knows of its own state and of the cluster's, without asking anybody. */
export class Health {
  readonly #options: HealthOptions;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | null = null;
  counts: SessionCounts = NOBODY;
  workers: WorkerInfo[] = [];
  draining = false;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** What does not work now; empty when all is well. */
  get troubles(): Trouble[] {
    const { feed, broker, sessions } = this.#options;
    const troubles: Trouble[] = [];
    if (!feed.databaseHealthy) troubles.push("database");
    if (!broker.healthy) troubles.push("broker");
    if (!sessions.healthy) troubles.push("sessions");
    return troubles;
  }

  get ready(): boolean {
    return this.#options.feed.ready && !this.draining;
  }

  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    const { sessions, logger } = this.#options;
    try {
      [this.counts, this.workers] = await Promise.all([sessions.counts(null), sessions.workers()]);
    } catch (err) {
      logger.debug({ err }, "the cluster's figures are old");
    }
  }
}
