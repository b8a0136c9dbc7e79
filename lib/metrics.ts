import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Seconds. */
const PASS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What is read at each scrape, from memory. */
export interface MetricsSource {
  activeConnections(): number;
  framesIn(): number;
  framesOut(): number;
  bannersOut(): number;
  slowCloses(): number;
  feedPosition(): number;
  feedGaps(): number;
  feedLoads(): number;
  brokerHealthy(): boolean;
  sessionStoreHealthy(): boolean;
  databaseHealthy(): boolean;
  receiptsWaiting(): number;
  receiptsLost(): number;
}

/**
 * This worker's Prometheus metrics. The three `app_` names are fixed (SPEC § 8); gauges read
 * what is there when they are scraped, so nothing is counted twice.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly fanOut: Histogram;
  readonly refusals: Counter<"reason">;
  /** What `read` was given; null in a process without sockets. */
  source: MetricsSource | null = null;

  constructor(workerId: string) {
    this.#registry.setDefaultLabels({ worker: workerId });
    collectDefaultMetrics({ register: this.#registry });
    this.fanOut = new Histogram({
      name: "loudhailer_fan_out_seconds",
      help: "Time of one pass over the connections that were behind.",
      buckets: PASS_BUCKETS,
      registers: [this.#registry],
    });
    this.refusals = new Counter({
      name: "loudhailer_connections_refused_total",
      help: "Connections that were not let in, by reason.",
      labelNames: ["reason"],
      registers: [this.#registry],
    });
  }

  read(source: MetricsSource): void {
    this.source = source;
    const yes = (value: boolean) => (value ? 1 : 0);
    this.#counter("app_messages_sent", "Banner frames written.", source.bannersOut);
    this.#counter("app_messages_total", "Frames in and out.", () => {
      return source.framesIn() + source.framesOut();
    });
    this.#counter(
      "loudhailer_slow_closes_total",
      "Readers dropped as too slow.",
      source.slowCloses,
    );
    this.#counter("loudhailer_feed_gaps_total", "Changes found to be missed.", source.feedGaps);
    this.#counter("loudhailer_feed_loads_total", "Loads of the whole live set.", source.feedLoads);
    this.#counter("loudhailer_receipts_lost_total", "Receipts dropped.", source.receiptsLost);
    this.#gauge("app_active_connections", "Open sockets.", source.activeConnections);
    this.#gauge("loudhailer_feed_position", "Position of the last change.", source.feedPosition);
    this.#gauge("loudhailer_receipts_waiting", "Receipts in the queue.", source.receiptsWaiting);
    this.#gauge("loudhailer_broker_healthy", "1 = messages arrive.", () =>
      yes(source.brokerHealthy()),
    );
    this.#gauge("loudhailer_session_store_healthy", "1 = counts are cluster-wide.", () =>
      yes(source.sessionStoreHealthy()),
    );
    this.#gauge("loudhailer_database_healthy", "1 = the database answers.", () =>
      yes(source.databaseHealthy()),
    );
  }

  /** The text format, and its content type. */
  async text(): Promise<{ body: string; type: string }> {
    return { body: await this.#registry.metrics(), type: this.#registry.contentType };
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    new Counter({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  }
}
