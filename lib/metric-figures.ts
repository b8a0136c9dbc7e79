/**
 * What is read when metrics are scraped, from memory. Names, units and meanings are what
 * deploy/grafana and docs/operations.md go by.
 */

/** Of a worker that has sockets. Counters since the start, unless said otherwise. */
export interface SocketFigures {
  /** Now. */
  activeConnections(): number;
  /** `LIMIT_CONNECTIONS_PER_WORKER`; 0 = off. */
  connectionsLimit(): number;
  /** Listeners of session streams, now. */
  streamConnections(): number;
  framesIn(): number;
  framesOut(): number;
  bannersOut(): number;
  slowCloses(): number;
  /** Bytes that recipients have not taken yet, now. */
  unsentBytes(): number;
  /** Entries of what is kept for open sockets, by what it is: all 0 when none is open. */
  kept(): Record<string, number>;
}

/** Of every worker. */
export interface WorkerFigures {
  feedPosition(): number;
  /** Positions that the database was ahead at the last look. */
  feedLag(): number;
  /** Seconds since the feed was last known to be in step. */
  feedAgeS(): number;
  feedGaps(): number;
  feedLoads(): number;
  feedApplied(): number;
  /** Times that the database went back in time. */
  feedRestores(): number;
  /** Live and scheduled, of all workspaces. */
  liveBroadcasts(): number;
  acknowledged(): number;
  acknowledgementsWaiting(): number;
  receiptsWaiting(): number;
  receiptsLost(): number;
  brokerHealthy(): boolean;
  /** Times that messages stopped arriving. */
  brokerInterruptions(): number;
  sessionStoreHealthy(): boolean;
  presenceHealthy(): boolean;
  databaseHealthy(): boolean;
  /** The breaker lets nothing through: Redis is known to be away. Without Redis: never. */
  redisBreakerOpen(): boolean;
  degraded(): boolean;
  ready(): boolean;
  /** Workers that did not answer a publisher in time and are not waited for. */
  silentWorkers(): number;
  databaseConnections(): { open: number; idle: number; waiting: number };
  cluster(): {
    workers: number;
    connections: number;
    recipients: number;
    activeSessions: number;
    allSessions: number;
    /** These are of the whole cluster, not of this worker alone. */
    clusterWide: boolean;
  };
}

/** One metric that is read: its value, or one for each value of a label. */
export interface Reading<Figures> {
  name: string;
  help: string;
  kind: "gauge" | "counter";
  read: (figures: Figures) => number | boolean | Record<string, number>;
  /** Of a record's keys. */
  label?: string;
}

export const SOCKET_READINGS: readonly Reading<SocketFigures>[] = [
  gauge("app_active_connections", "Open recipient sockets.", (f) => f.activeConnections()),
  gauge("loudhailer_connections_limit", "As many sockets are let in; 0 = no limit.", (f) =>
    f.connectionsLimit(),
  ),
  counter("app_messages_sent", "Banner frames written.", (f) => f.bannersOut()),
  counter("app_messages_total", "Frames in and out.", (f) => f.framesIn() + f.framesOut()),
  {
    ...counter("loudhailer_frames_total", "Frames, by direction.", (f) => ({
      in: f.framesIn(),
      out: f.framesOut(),
    })),
    label: "direction",
  },
  gauge("loudhailer_stream_connections", "Open sockets of session streams.", (f) =>
    f.streamConnections(),
  ),
  counter("loudhailer_slow_closes_total", "Readers dropped as too slow.", (f) => f.slowCloses()),
  gauge("loudhailer_unsent_bytes", "Bytes that recipients have not taken yet.", (f) =>
    f.unsentBytes(),
  ),
  {
    ...gauge("loudhailer_kept_for_sockets", "Entries kept for open sockets; without any, 0.", (f) =>
      f.kept(),
    ),
    label: "what",
  },
];

export const WORKER_READINGS: readonly Reading<WorkerFigures>[] = [
  gauge("loudhailer_feed_position", "Position of the last change.", (f) => f.feedPosition()),
  gauge("loudhailer_feed_lag", "Positions behind the database at the last look.", (f) =>
    f.feedLag(),
  ),
  gauge("loudhailer_feed_age_seconds", "Since the feed was last known to be in step.", (f) =>
    f.feedAgeS(),
  ),
  counter("loudhailer_feed_gaps_total", "Changes found to be missed.", (f) => f.feedGaps()),
  counter("loudhailer_feed_loads_total", "Loads of the whole live set.", (f) => f.feedLoads()),
  counter("loudhailer_feed_changes_total", "Changes applied from messages.", (f) =>
    f.feedApplied(),
  ),
  counter("loudhailer_feed_restores_total", "Databases that went back in time.", (f) =>
    f.feedRestores(),
  ),
  gauge("loudhailer_live_broadcasts", "Live and scheduled, of all workspaces.", (f) =>
    f.liveBroadcasts(),
  ),
  counter("loudhailer_acknowledgements_total", "Dismissals made durable here.", (f) =>
    f.acknowledged(),
  ),
  gauge("loudhailer_acknowledgements_waiting", "Dismissals waiting for the database.", (f) =>
    f.acknowledgementsWaiting(),
  ),
  gauge("loudhailer_receipts_waiting", "Receipts in the queue.", (f) => f.receiptsWaiting()),
  counter("loudhailer_receipts_lost_total", "Receipts that found the queue full.", (f) =>
    f.receiptsLost(),
  ),
  gauge("loudhailer_broker_healthy", "1 = messages arrive.", (f) => f.brokerHealthy()),
  counter("loudhailer_broker_interruptions_total", "Times that messages stopped arriving.", (f) =>
    f.brokerInterruptions(),
  ),
  gauge("loudhailer_session_store_healthy", "1 = the session store answers.", (f) =>
    f.sessionStoreHealthy(),
  ),
  gauge("loudhailer_presence_healthy", "1 = the presence store answers.", (f) =>
    f.presenceHealthy(),
  ),
  gauge("loudhailer_database_healthy", "1 = the database answers.", (f) => f.databaseHealthy()),
  gauge("loudhailer_redis_breaker_open", "1 = Redis is known to be away.", (f) =>
    f.redisBreakerOpen(),
  ),
  gauge("loudhailer_degraded", "1 = publishing answers mode degraded.", (f) => f.degraded()),
  gauge("loudhailer_ready", "1 = /ready answers 200.", (f) => f.ready()),
  gauge("loudhailer_silent_workers", "Workers that did not answer in time.", (f) =>
    f.silentWorkers(),
  ),
  {
    ...gauge("loudhailer_database_connections", "Of this worker's pool, by state.", (f) =>
      f.databaseConnections(),
    ),
    label: "state",
  },
  gauge("loudhailer_cluster_workers", "Workers that are up.", (f) => f.cluster().workers),
  gauge("loudhailer_cluster_connections", "Open sockets of all workers.", (f) => {
    return f.cluster().connections;
  }),
  gauge("loudhailer_cluster_recipients", "Distinct recipients connected.", (f) => {
    return f.cluster().recipients;
  }),
  {
    ...gauge("loudhailer_cluster_sessions", "Sessions, by state; active ones are in all.", (f) => ({
      active: f.cluster().activeSessions,
      all: f.cluster().allSessions,
    })),
    label: "state",
  },
  gauge("loudhailer_counts_cluster_wide", "0 = the cluster's figures are this worker's.", (f) => {
    return f.cluster().clusterWide;
  }),
];

function gauge<F>(name: string, help: string, read: Reading<F>["read"]): Reading<F> {
  return { name, help, kind: "gauge", read };
}

function counter<F>(name: string, help: string, read: Reading<F>["read"]): Reading<F> {
  return { name, help, kind: "counter", read };
}
