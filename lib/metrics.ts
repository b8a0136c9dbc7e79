import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from "prom-client";
import { CLOSE } from "@/core/close-codes";
import {
  type Reading,
  SOCKET_READINGS,
  type SocketFigures,
  WORKER_READINGS,
  type WorkerFigures,
} from "./metric-figures";

/** Seconds. */
const PASS_BUCKETS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** [PUB2] asks for less than 1 s, [PUB6] for 5 s at worst. */
const CHANGE_AGE_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30];
const REQUEST_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Why a socket is not let in; kept short, because each is a time series. */
export const REFUSALS = [
  "full",
  "draining",
  "rate",
  "address",
  "user",
  "foreign_origin",
  "token_invalid",
  "unauthenticated",
  "forbidden",
  "not_found",
  "unavailable",
  "other",
] as const;

/** Those of them that more workers, or a database that answers, would let in. */
const FOR_WANT_OF_ROOM: ReadonlySet<string> = new Set<(typeof REFUSALS)[number]>([
  "full",
  "rate",
  "address",
  "unavailable",
]);

/** Nobody said why. */
const BROKEN_OFF = 1006;

/** What the close codes of SPEC § 11 leave out: closed by the peer, and by the network. */
const CLOSE_CODES = [1000, 1005, BROKEN_OFF, ...Object.values(CLOSE).map(({ code }) => code)];

/** Which part of the port a request is for. */
export const AREAS = ["api", "fixed", "auth", "embed", "pages"] as const;
export type Area = (typeof AREAS)[number];
const STATUS_CLASSES = ["2xx", "3xx", "4xx", "5xx"] as const;

export type MetricSnapshot = MetricObjectWithValues<MetricValue<string>>[];

interface WorkerLabels {
  workerId: string;
  nodeId: string;
  version: string;
  role: string;
}

/**
 * This worker's Prometheus metrics. The three `app_` names are fixed (SPEC § 8). What is counted
 * elsewhere is read when it is scraped, so nothing is counted twice; every counter is there from
 * the start with all of its labels, so that the first refusal is a rise and not a beginning.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #shared = { registers: [this.#registry] };
  readonly #fanOut = new Histogram({
    ...this.#shared,
    name: "loudhailer_fan_out_seconds",
    help: "Time of one pass over the connections that were behind.",
    buckets: PASS_BUCKETS,
  });
  readonly #changeAge = new Histogram({
    ...this.#shared,
    name: "loudhailer_change_age_seconds",
    help: "Age of a change, since its commit, when it reached this worker's feed.",
    buckets: CHANGE_AGE_BUCKETS,
  });
  readonly #refusals = new Counter({
    ...this.#shared,
    name: "loudhailer_connections_refused_total",
    help: "Connections that were not let in, by reason.",
    labelNames: ["reason"],
  });
  readonly #opened = new Counter({
    ...this.#shared,
    name: "loudhailer_connections_opened_total",
    help: "Recipient sockets that were let in.",
  });
  readonly #closed = new Counter({
    ...this.#shared,
    name: "loudhailer_connections_closed_total",
    help: "Recipient sockets that ended, by close code.",
    labelNames: ["code"],
  });
  readonly #requests = new Counter({
    ...this.#shared,
    name: "loudhailer_http_requests_total",
    help: "Requests answered, by area and class of status; probes are not counted.",
    labelNames: ["area", "status"],
  });
  readonly #requestTime = new Histogram({
    ...this.#shared,
    name: "loudhailer_http_request_seconds",
    help: "Time to answer a request, by area.",
    labelNames: ["area"],
    buckets: REQUEST_BUCKETS,
  });
  /** What `readSockets` was given; null in a process without sockets. */
  source: SocketFigures | null = null;
  /** Sockets that ended without a word, since the start. */
  brokenOff = 0;
  /** Sockets that there was no room for, since the start. */
  turnedAway = 0;

  constructor({ workerId, nodeId, version, role }: WorkerLabels) {
    this.#registry.setDefaultLabels({ worker: workerId });
    collectDefaultMetrics({ register: this.#registry });
    new Gauge({
      ...this.#shared,
      name: "loudhailer_info",
      help: "1; its labels say what runs here.",
      labelNames: ["node", "version", "role"],
    }).set({ node: nodeId, version, role }, 1);
    this.#startAtZero();
  }

  #startAtZero(): void {
    for (const reason of REFUSALS) this.#refusals.inc({ reason }, 0);
    for (const code of CLOSE_CODES) this.#closed.inc({ code }, 0);
    for (const area of AREAS) {
      this.#requestTime.zero({ area });
      for (const status of STATUS_CLASSES) this.#requests.inc({ area, status }, 0);
    }
  }

  /** A pass over the connections has ended. */
  notePass(ms: number): void {
    this.#fanOut.observe(ms / 1000);
  }

  /** A change has reached this worker's feed so long after its commit. */
  noteChange(ageMs: number): void {
    this.#changeAge.observe(Math.max(ageMs, 0) / 1000);
  }

  noteOpened(): void {
    this.#opened.inc();
  }

  /** @param code as the socket ended: 1006 where nothing was said */
  noteClosed(code: number): void {
    if (code === BROKEN_OFF) this.brokenOff += 1;
    this.#closed.inc({ code: CLOSE_CODES.includes(code) ? code : "other" });
  }

  /** @param reason a limit's name or an error code; what is not known is `other` */
  noteRefused(reason: string): void {
    if (FOR_WANT_OF_ROOM.has(reason)) this.turnedAway += 1;
    const known = REFUSALS.some((name) => name === reason);
    this.#refusals.inc({ reason: known ? reason : "other" });
  }

  noteRequest(area: Area, status: number, ms: number): void {
    this.#requests.inc({ area, status: `${Math.floor(status / 100)}xx` });
    this.#requestTime.observe({ area }, ms / 1000);
  }

  readSockets(figures: SocketFigures): void {
    this.source = figures;
    for (const reading of SOCKET_READINGS) this.#read(reading, figures);
  }

  readWorker(figures: WorkerFigures): void {
    for (const reading of WORKER_READINGS) this.#read(reading, figures);
  }

  /** The text format, and its content type. */
  async text(): Promise<{ body: string; type: string }> {
    return { body: await this.#registry.metrics(), type: this.#registry.contentType };
  }

  /** For whoever adds up the workers of one machine. */
  snapshot(): Promise<MetricSnapshot> {
    return this.#registry.getMetricsAsJSON();
  }

  #read<Figures>({ name, help, kind, label, read }: Reading<Figures>, figures: Figures): void {
    const values = () => {
      const value = read(figures);
      return typeof value === "object" ? Object.entries(value) : [["", Number(value)] as const];
    };
    const shared = { ...this.#shared, name, help, labelNames: label ? [label] : [] };
    const labelled = (key: string): Record<string, string> => (label ? { [label]: key } : {});
    if (kind === "gauge") {
      new Gauge({
        ...shared,
        collect() {
          for (const [key, value] of values()) this.set(labelled(key), value);
        },
      });
      return;
    }
    new Counter({
      ...shared,
      collect() {
        this.reset();
        for (const [key, value] of values()) this.inc(labelled(key), value);
      },
    });
  }
}
