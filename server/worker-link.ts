import cluster from "node:cluster";
import { z } from "zod";
import type { Metrics } from "@/lib/metrics";

/** What the workers of one machine and their primary say to each other. */

/** A worker takes connections. */
export const listening = z.object({
  type: z.literal("listening"),
  port: z.number(),
  setupUrl: z.string().nullable(),
});
export type Listening = z.infer<typeof listening>;

/** The primary asks for a worker's metrics; a worker asks for everybody's. */
export const question = z.object({ type: z.enum(["snapshot?", "metrics?"]), id: z.number() });
/** A worker's metrics, as prom-client hands them out. */
export const snapshot = z.object({
  type: z.literal("snapshot"),
  id: z.number(),
  metrics: z.array(z.looseObject({ name: z.string() })),
});
/** Everybody's, in the text format. */
export const metricsText = z.object({
  type: z.literal("metrics"),
  id: z.number(),
  body: z.string(),
});

/** The primary gives up on a silent worker sooner. */
const ANSWER_TIMEOUT_MS = 5_000;

/** Where several workers share a port, a scrape reaches any one of them: it answers for all. */
export class MetricsLink {
  readonly #metrics: Metrics;
  readonly #waiting = new Map<number, (body: string) => void>();
  #lastId = 0;

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    if (cluster.isWorker) process.on("message", (message) => void this.#take(message));
  }

  async text(): Promise<{ body: string; type: string }> {
    const own = await this.#metrics.text();
    if (!cluster.isWorker) return own;
    return { ...own, body: (await this.#ask()) ?? own.body };
  }

  /** Null when the primary does not answer. */
  #ask(): Promise<string | null> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<string | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), ANSWER_TIMEOUT_MS);
      this.#waiting.set(id, (body) => {
        clearTimeout(timer);
        resolve(body);
      });
      process.send?.({ type: "metrics?", id });
    }).finally(() => this.#waiting.delete(id));
  }

  async #take(message: unknown): Promise<void> {
    const asked = question.safeParse(message);
    if (asked.success && asked.data.type === "snapshot?") {
      const metrics = await this.#metrics.snapshot();
      process.send?.({ type: "snapshot", id: asked.data.id, metrics });
    }
    const answer = metricsText.safeParse(message);
    if (answer.success) this.#waiting.get(answer.data.id)?.(answer.data.body);
  }
}
