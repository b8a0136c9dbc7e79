import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import { guard } from "@/tests/support/processes";
import { nativeProgram } from "./native";

/** How frames are told apart; see native/load.c. */
export type ClientKind = "plain" | "socketio" | "loudhailer";

/** Whatever a command does, it has done it by then, ms. */
const ANSWER_WITHIN_MS = 120_000;

const ready = z.object({ ns: z.number(), refused: z.number(), lost: z.number() });
const moment = z.object({ ns: z.number() });
const totals = z.object({
  ready: z.number(),
  frames: z.number(),
  bytes: z.number(),
  acked: z.number(),
  actives: z.number(),
  refused: z.number(),
  lost: z.number(),
  cpu_s: z.number(),
});
const marks = z.object({ marks: z.array(z.tuple([z.number(), z.number()])) });

/** Very many WebSocket clients in one process of its own. Times are `now()`, ms. */
export class LoadClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, (line: unknown) => void>();
  #failed: ((error: Error) => void)[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error("The load client has no output.");
    createInterface(child.stdout).on("line", (line) => this.#take(line));
    child.once("exit", () => this.#fail(new Error("The load client ended.")));
  }

  static async start(port: number, path: string, kind: ClientKind): Promise<LoadClient> {
    const program = await nativeProgram("load");
    const child = spawn(program, ["127.0.0.1", String(port), path, kind], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    guard(child);
    return new LoadClient(child);
  }

  /** @param tokens a file of subprotocols, one a line; absent = anonymous */
  async add(count: number, tokens = "-"): Promise<void> {
    await this.#ask(`add ${count} ${tokens}`, "added");
  }

  /**
   * Connects all of them, so many at a time, and obeys when told to come back later.
   * @param bySession with the session tokens of the last time
   */
  async open(atATime: number, bySession = false) {
    const { ns, ...rest } = ready.parse(
      await this.#ask(`open ${atATime} ${bySession ? 1 : 0}`, "ready"),
    );
    return { ms: ns / 1e6, ...rest };
  }

  /** Cuts all of them off, as a network does. */
  async drop(): Promise<void> {
    await this.#ask("drop", "dropped");
  }

  async reset(): Promise<void> {
    await this.#ask("reset", "reset");
  }

  /** Resolves when so many banners have come since `reset`. */
  async reached(frames: number): Promise<number> {
    return moment.parse(await this.#ask(`expect ${frames}`, "reached")).ns / 1e6;
  }

  /** All send the same; resolves when each of so many has been told of its acknowledgement. */
  async acknowledge(text: string, expected: number): Promise<number> {
    this.#tell(`expectacks ${expected}`);
    const done = this.#when("acknowledged");
    await this.#ask(`send ${text}`, "sent");
    return moment.parse(await done).ns / 1e6;
  }

  /** Lazy clients leave what comes unread, and the processor to the server. */
  async lazy(on: boolean): Promise<void> {
    await this.#ask(`lazy ${on ? 1 : 0}`, "lazy");
  }

  /** Of lazy clients: when the last ones to join have so many banners waiting each. */
  async watchLast(clients: number, frames: number): Promise<number> {
    return moment.parse(await this.#ask(`watch ${clients} ${frames}`, "watched")).ns / 1e6;
  }

  /** How many clients had the message of each number, and when the last one had it. */
  async marks(from: number, to: number): Promise<{ count: number; at: number }[]> {
    const found = marks.parse(await this.#ask(`marks ${from} ${to}`, "marks")).marks;
    return found.map(([count, ns]) => ({ count, at: ns / 1e6 }));
  }

  async totals() {
    const { cpu_s: cpuS, ...rest } = totals.parse(await this.#ask("totals", "totals"));
    return { ...rest, cpuS };
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin?.end();
    await ended;
  }

  #ask(command: string, event: string): Promise<unknown> {
    const answer = this.#when(event);
    this.#tell(command);
    return answer;
  }

  #tell(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  #when(event: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => this.#fail(new Error(`The load client did not say "${event}" in time.`)),
        ANSWER_WITHIN_MS,
      );
      this.#failed.push((error) => {
        clearTimeout(timer);
        reject(error);
      });
      this.#waiting.set(event, (line) => {
        clearTimeout(timer);
        resolve(line);
      });
    });
  }

  #take(line: string): void {
    const parsed = z.looseObject({ event: z.string() }).parse(JSON.parse(line));
    if (parsed.event === "failed") this.#fail(new Error(`The load client: ${line}`));
    const resolve = this.#waiting.get(parsed.event);
    this.#waiting.delete(parsed.event);
    resolve?.(parsed);
  }

  #fail(error: Error): void {
    for (const reject of this.#failed.splice(0)) reject(error);
  }
}

/** The clock that the load client's times are of, ms. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
