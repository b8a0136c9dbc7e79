import type { Trouble } from "@/core/protocol";
import { ConnectionHistory } from "./connection-history";
import type { Feed } from "./feed";
import { type LateCounters, Lately } from "./lately";
import type { Logger } from "./logger";
import type { Metrics } from "./metrics";
import type { MessageBroker } from "./ports/message-broker";
import type { SessionCounts, SessionStore, WorkerInfo } from "./ports/session-store";
import { WorkersWatch } from "./workers-watch";

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

interface HealthOptions {
  feed: Feed;
  broker: MessageBroker;
  sessions: SessionStore;
  metrics: Pick<Metrics, "source" | "brokenOff" | "turnedAway">;
  logger: Logger;
}

/** What this worker knows of its own state and of the cluster's, without asking anybody. */
export class Health {
  readonly #options: HealthOptions;
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | null = null;
  readonly #lately = new Lately();
  readonly #outages = { broker: 0, database: 0 };
  readonly #stopCounting: (() => void)[];
  /** Who of the others is late, died, or left. */
  readonly watch = new WorkersWatch();
  counts: SessionCounts = NOBODY;
  workers: WorkerInfo[] = [];
  draining = false;
  readonly history = new ConnectionHistory();

  constructor(options: HealthOptions) {
    this.#options = options;
    this.#stopCounting = [
      options.broker.onHealth((healthy) => {
        if (!healthy) this.#outages.broker += 1;
      }),
      options.feed.onDatabaseHealth((healthy) => {
        if (!healthy) this.#outages.database += 1;
      }),
    ];
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

  /** What went wrong and healed in the last ten minutes. */
  get lately(): LateCounters {
    return this.#lately.rises(this.#counters());
  }

  /** Messages from Redis stopped, since the start. */
  get brokerInterruptions(): number {
    return this.#outages.broker;
  }

  /** This machine's clock minus the database's, ms. */
  get clockAheadMs(): number {
    return Date.now() - this.#options.feed.now();
  }

  async start(): Promise<void> {
    await this.refresh();
    this.#timer = setInterval(() => void this.refresh(), REFRESH_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const stop of this.#stopCounting.splice(0)) stop();
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#read().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #read(): Promise<void> {
    const { sessions, feed, logger } = this.#options;
    try {
      const before = this.counts;
      [this.counts, this.workers] = await Promise.all([sessions.counts(null), sessions.workers()]);
      // What one worker knows alone, or Redis after a loss, says nothing of who is gone.
      const { clusterWide, incomplete } = this.counts;
      if (clusterWide && incomplete === before.incomplete) this.watch.take(this.workers);
      else this.watch.forget();
      this.history.note({ at: feed.now(), workers: this.workers });
    } catch (err) {
      logger.debug({ err }, "the cluster's figures are old");
    }
    this.#lately.sample(this.#counters(), performance.now());
  }

  #counters(): LateCounters {
    const { feed, metrics } = this.#options;
    return {
      brokerInterruptions: this.#outages.broker,
      databaseOutages: this.#outages.database,
      changesMissed: feed.counters.gaps,
      databaseRestores: feed.counters.restores,
      readersDropped: metrics.source?.slowCloses() ?? 0,
      socketsBrokenOff: metrics.brokenOff,
      socketsRefused: metrics.turnedAway,
      workersLost: this.watch.lost,
      workersLeft: this.watch.left,
    };
  }
}
