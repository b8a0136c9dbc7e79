import cluster, { type Worker } from "node:cluster";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AggregatorRegistry } from "prom-client";
import type { Env } from "@/lib/env";
import type { Logger } from "@/lib/logger";
import { sayWhereItIs } from "./banner";
import { type Listening, listening, question, snapshot } from "./worker-link";

/** A worker's own deadline, and a little. */
const STOP_WITHIN_MS = 28_000;
const SNAPSHOT_WITHIN_MS = 2_000;
/** Between a worker's end and its successor; doubled while they keep ending. */
const RESTART_MS = 1_000;
const MAX_RESTART_MS = 30_000;
/** Up for so long: its end is no sequel of the one before. */
const STABLE_MS = 60_000;

/**
 * Several workers on one machine, sharing the port (`WORKERS`, `--workers`). The primary serves
 * nobody: it starts them, replaces one that ended by itself, and passes signals on. One that
 * refuses to start takes everything down, because the others have the same configuration.
 */
export class Workers {
  readonly #env: Env;
  readonly #logger: Logger;
  readonly #places: Worker[] = [];
  readonly #snapshots = new Map<number, (metrics: object[]) => void>();
  #lastId = 0;
  #listening = 0;
  #stopping = false;

  constructor(env: Env, logger: Logger) {
    this.#env = env;
    this.#logger = logger;
  }

  start(): void {
    // Not whatever started this: `npm start` would look for a build in each of them.
    cluster.setupPrimary({
      exec: fileURLToPath(import.meta.url),
      execArgv: ["--enable-source-maps"],
    });
    for (let place = 0; place < this.#env.workers; place += 1) this.#fork(place, RESTART_MS);
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => this.stop(0));
    process.on("disconnect", () => this.stop(0));
  }

  /** Lets every worker end in its own order, then ends with `code`, or 1 where one did not. */
  async stop(code: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    const ends = this.#places.filter(isRunning).map(async (worker) => {
      worker.process.kill("SIGTERM");
      await once(worker, "exit");
      return worker.process.exitCode === 0;
    });
    const inOrder = (await Promise.all(ends)).every(Boolean);
    process.exit(inOrder ? code : 1);
  }

  #fork(place: number, restartMs: number): void {
    const { workerId } = this.#env;
    const worker = cluster.fork(workerId === null ? {} : { WORKER_ID: `${workerId}-${place + 1}` });
    const startedAt = performance.now();
    let served = false;
    this.#places[place] = worker;
    worker.on("message", (message: unknown) => {
      const told = listening.safeParse(message);
      if (!told.success) return void this.#take(worker, message);
      served = true;
      this.#logger.info({ place: place + 1, pid: worker.process.pid }, "a worker is up");
      this.#noteListening(told.data);
    });
    worker.once("exit", (exitCode, signal) => {
      if (this.#stopping) return;
      const how = { place: place + 1, pid: worker.process.pid, exitCode, signal };
      this.#logger.error(how, "a worker ended by itself");
      if (!served) return void this.stop(1);
      const isStable = performance.now() - startedAt > STABLE_MS;
      void this.#replace(place, isStable ? RESTART_MS : restartMs);
    });
  }

  async #replace(place: number, waitMs: number): Promise<void> {
    await sleep(waitMs);
    if (!this.#stopping) this.#fork(place, Math.min(2 * waitMs, MAX_RESTART_MS));
  }

  /** Once, when all of them take connections. */
  #noteListening(told: Listening): void {
    this.#listening += 1;
    if (this.#listening !== this.#env.workers) return;
    const workerId = `${this.#env.workers} workers`;
    sayWhereItIs({ env: this.#env, port: told.port, setupPath: told.setupUrl, workerId });
    process.send?.(told);
  }

  async #take(worker: Worker, message: unknown): Promise<void> {
    const answer = snapshot.safeParse(message);
    if (answer.success) this.#snapshots.get(answer.data.id)?.(answer.data.metrics);
    const asked = question.safeParse(message);
    if (!asked.success || asked.data.type !== "metrics?") return;
    const body = await this.#metrics();
    if (worker.isConnected()) worker.send({ type: "metrics", id: asked.data.id, body });
  }

  /** Of all workers that answer in time. Their label keeps them apart: nothing is really added. */
  async #metrics(): Promise<string> {
    const snapshots = await Promise.all(this.#places.filter(isRunning).map((w) => this.#ask(w)));
    const all = snapshots
      .filter((metrics) => metrics !== null)
      .map((metrics) => metrics.map((metric) => ({ ...metric, aggregator: "sum" })));
    return AggregatorRegistry.aggregate(all).metrics();
  }

  #ask(worker: Worker): Promise<object[] | null> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<object[] | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), SNAPSHOT_WITHIN_MS);
      this.#snapshots.set(id, (metrics) => {
        clearTimeout(timer);
        resolve(metrics);
      });
      worker.send({ type: "snapshot?", id });
    }).finally(() => this.#snapshots.delete(id));
  }
}

function isRunning(worker: Worker): boolean {
  return worker.isConnected() && !worker.isDead();
}
