import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { guard } from "@/tests/support/processes";
import type { Crowd, CrowdOptions, Judgement, Sight } from "./crowd";
import type { Answer, Question } from "./crowd-process";
import { percentile } from "./stage";

/** What was published, and when the answer came, ms. */
export type Answered = ReadonlyMap<string, number>;

/**
 * Many recipients, in a process of their own: this one carries what the servers say to their
 * database and to Redis, and must not be what is slow.
 */
export class Swarm {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;

  private constructor(readonly size: number) {
    this.#process = fork(fileURLToPath(new URL("./crowd-process.ts", import.meta.url)), {
      execArgv: ["--import", "tsx"],
      serialization: "advanced",
    });
    guard(this.#process);
    this.#process.on("message", (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#process.once("exit", () => {
      for (const [id, tell] of this.#waiting) tell({ id, error: "The crowd has gone." });
    });
  }

  static async gather(options: CrowdOptions): Promise<Swarm> {
    const swarm = new Swarm(options.size);
    await swarm.#send("gather", [options]);
    return swarm;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }

  /** Asks the crowd; its own methods say what. */
  ask<M extends keyof Crowd>(
    method: M,
    ...args: Parameters<Crowd[M]>
  ): Promise<Awaited<ReturnType<Crowd[M]>>> {
    return this.#send(method, args) as Promise<Awaited<ReturnType<Crowd[M]>>>;
  }

  /** Resolves when every connection is open. */
  whenOpen(timeoutMs: number): Promise<void> {
    return this.ask("whenOpen", timeoutMs);
  }

  /** Resolves when everybody shows exactly these. */
  whenShowing(ids: readonly string[], timeoutMs: number): Promise<void> {
    return this.ask("whenShowing", ids, timeoutMs);
  }

  look(): Promise<Sight> {
    return this.ask("look");
  }

  judge(published: Answered): Promise<Judgement> {
    return this.ask("judge", published);
  }

  async #send(method: Question["method"], args: unknown[]): Promise<unknown> {
    const id = this.#asked++;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    this.#process.send({ id, method, args } satisfies Question);
    const { result, error } = await answered;
    if (error !== undefined) throw new Error(error);
    return result;
  }
}

/** For reports. */
export function spread(times: readonly number[]): Record<string, number> {
  return {
    "p50 ms": percentile(times, 0.5),
    "p99 ms": percentile(times, 0.99),
    "longest ms": percentile(times, 1),
  };
}
