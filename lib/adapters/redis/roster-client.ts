import type { WorkerInfo, WorkerTraffic } from "@/lib/ports/session-store";
import { hereKey, type RedisConnection } from "./redis-connection";
import type { RedisScript } from "./redis-script";
import { toList, toMs, toNumber, toText, toUs } from "./reply";
import type { RosterScripts } from "./roster-lua";

/** Entries that one script sweeps: some milliseconds of Redis's time. */
const SWEEP_CHUNK = 100;

export interface RosterClientOptions {
  connection: RedisConnection;
  workerId: string;
  nodeId: string;
  version: string;
  /** Apart from all other rosters of this prefix. */
  name: string;
  scripts: RosterScripts;
  /** A worker that has not beaten for so long is dead, ms. */
  deadAfterMs: number;
  /** How long a loss of data is remembered, ms. */
  lostForMs: number;
}

/** An entry as it is to be: `weight` 0 = this worker has it no more. */
export interface RosterLine {
  key: string;
  weight: number;
  hash: number;
  values: readonly string[];
}

export interface Registration {
  incarnation: string;
  /** What to do where another process holds the worker id: say so, take it, or do without. */
  mode: "claim" | "take" | "beside";
  /** The incarnation that this process had before; empty = none. */
  previous: string;
  /** Of the data as this process knows them; empty = it does not. */
  mark: string;
  /** For data that have none. */
  newMark: string;
  /** ms by Redis's clock; null = now. */
  startedAt: number | null;
}

export type Registered =
  | { kind: "registered"; mark: string; now: number; isShared: boolean }
  /** @property silentMs since the holder's last beat */
  | { kind: "held"; holder: string; beat: number; silentMs: number };

/**
 * A roster's scripts as functions: what they are given and what they answer. Every call is one
 * round trip and throws AppError `unavailable` while Redis is away.
 */
export class RosterClient {
  readonly #options: RosterClientOptions;
  readonly #base: string;
  #clock: { redisMs: number; at: number } | null = null;

  constructor(options: RosterClientOptions) {
    this.#options = options;
    this.#base = hereKey(options.connection.prefix, `${options.name}:`);
  }

  /** Redis's clock, ms; this machine's own until Redis has answered once. */
  now(): number {
    if (!this.#clock) return Date.now();
    return Math.round(this.#clock.redisMs + performance.now() - this.#clock.at);
  }

  /** The second thing that every script answers is Redis's time. */
  async ask(script: RedisScript, args: readonly (string | number)[]): Promise<unknown[]> {
    const texts = args.map(String);
    const reply = toList(await this.#options.connection.script(script, this.#base, texts));
    this.#clock = { redisMs: toMs(reply[1]), at: performance.now() };
    return reply;
  }

  async register(registration: Registration): Promise<Registered> {
    const { scripts, workerId, nodeId, version, deadAfterMs, lostForMs } = this.#options;
    const { incarnation, mode, previous, mark, newMark, startedAt } = registration;
    const [outcome, now, first, second] = await this.ask(scripts.register, [
      incarnation,
      mode,
      previous,
      mark,
      newMark,
      workerId,
      nodeId,
      version,
      startedAt ?? 0,
      toUs(deadAfterMs),
      lostForMs,
    ]);
    if (outcome !== "held") {
      const isShared = second === 1;
      return { kind: "registered", mark: toText(first), now: toMs(now), isShared };
    }
    const silentMs = toMs(toNumber(now) - toNumber(second));
    return { kind: "held", holder: toText(first), beat: toNumber(second), silentMs };
  }

  /**
   * Says what the scripts answered for each entry, and Redis's time (µs); null = Redis does not
   * know the incarnation, and wrote nothing.
   */
  async write(
    incarnation: string,
    lines: readonly RosterLine[],
  ): Promise<{ nowUs: number; answers: number[][] } | null> {
    const args: (string | number)[] = [incarnation];
    for (const { key, weight, hash, values } of lines) args.push(key, weight, hash, ...values);
    const [outcome, now, ...all] = await this.ask(this.#options.scripts.write, args);
    if (outcome !== "ok") return null;
    const each = all.length / lines.length;
    const answers = lines.map((_, at) => all.slice(at * each, (at + 1) * each).map(toNumber));
    return { nowUs: toNumber(now), answers };
  }

  /**
   * @param sums of what Redis should have; null = not known now, so not compared
   * @param traffic null = this worker does not say
   */
  async beat(
    incarnation: string,
    sums: { count: number; digest: number } | null,
    traffic: WorkerTraffic | null,
  ): Promise<{ outcome: "ok" | "differs" | "unknown"; isUntidy: boolean }> {
    const { scripts, workerId, deadAfterMs } = this.#options;
    const [outcome, , untidy] = await this.ask(scripts.beat, [
      incarnation,
      workerId,
      sums?.count ?? "",
      sums?.digest ?? "",
      toUs(deadAfterMs),
      traffic ? `${traffic.sent}:${traffic.dropped}` : "",
    ]);
    const isUntidy = untidy === 1;
    if (outcome === "ok" || outcome === "differs") return { outcome, isUntidy };
    return { outcome: "unknown", isUntidy };
  }

  /** Its entries are to be swept. */
  async retire(incarnation: string): Promise<void> {
    await this.ask(this.#options.scripts.retire, [incarnation]);
  }

  /** Removes some of what is dead or has ended; says whether there is more. */
  async sweep(): Promise<boolean> {
    const [, , more] = await this.ask(this.#options.scripts.sweep, [SWEEP_CHUNK]);
    return more === 1;
  }

  /** Workers whose heart beats. */
  async workers(): Promise<WorkerInfo[]> {
    const { scripts, deadAfterMs } = this.#options;
    const [, , ...values] = await this.ask(scripts.workers, [toUs(deadAfterMs)]);
    const workers: WorkerInfo[] = [];
    for (let i = 0; i + 6 < values.length; i += 7) {
      workers.push({
        workerId: toText(values[i]),
        nodeId: toText(values[i + 1]),
        version: toText(values[i + 2]),
        startedAt: toNumber(values[i + 3]),
        connections: toNumber(values[i + 4]),
        traffic: toTraffic(toText(values[i + 5])),
        lastBeatAt: toMs(values[i + 6]),
      });
    }
    return workers;
  }
}

function toTraffic(text: string): WorkerTraffic | null {
  const match = /^(\d{1,16}):(\d{1,16})$/.exec(text);
  return match ? { sent: Number(match[1]), dropped: Number(match[2]) } : null;
}
