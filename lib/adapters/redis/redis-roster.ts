import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AppError, isAppError } from "@/core/errors";
import { getOrMake } from "@/lib/collections";
import type { Logger } from "@/lib/logger";
import type { WorkerInfo } from "@/lib/ports/session-store";
import { hash32, Ledger } from "./ledger";
import { hereKey, type RedisConnection } from "./redis-connection";
import type { RedisScript } from "./redis-script";
import { toList, toMs, toNumber, toText, toUs } from "./reply";
import type { RosterScripts } from "./roster-lua";

export const BEAT_MS = 2_500;
export const DEAD_AFTER_MS = 15_000;
/** Entries of one script: some milliseconds of Redis's time. */
const CHUNK = 100;
/** `touch` waits no longer for Redis: below the 500 ms that the ports promise. */
const TOUCH_WAIT_MS = 450;
/** Chunks that one beat may sweep; more are left to the next, and to the other workers. */
const MAX_SWEEPS = 1_000;
/** Entries waiting to be written before closed ones are left to sweeping. */
const MAX_DIRTY = 100_000;
/** What `close` spends on writing, and then on sweeping. */
const CLOSE_WAIT_MS = 1_000;

/** What this worker has of an entry now. */
export interface RosterEntry {
  /** 0 = closed here. */
  weight: number;
  /** What the hash covers besides the weight. */
  content: string;
  /** What the scripts of this kind are given. */
  value: string;
}

export interface RosterOptions {
  connection: RedisConnection;
  logger: Logger;
  /** Apart from all other rosters of this prefix. */
  name: string;
  workerId: string;
  nodeId: string;
  version: string;
  scripts: RosterScripts;
  /** Between two heartbeats, ms; default 2,500. */
  beatMs?: number;
  /** A worker that has not beaten for so long is dead, ms; default 15,000. */
  deadAfterMs?: number;
  /** How long a loss of data is remembered, ms. */
  lostForMs: number;
  /** The truth about an entry; null = closed, and nothing is known of it any more. */
  describe: (key: string) => RosterEntry | null;
  isOpen: (key: string) => boolean;
  openKeys: () => Iterable<string>;
  /** Redis has this state of the entry. @param nowUs its clock then */
  onWritten?: (key: string, answers: readonly number[], nowUs: number) => void;
}

type Waiter = (answers: readonly number[] | null) => void;

/** An entry on its way to Redis, with those who wait for this state of it. */
interface Writing {
  key: string;
  weight: number;
  hash: number;
  value: string;
  waiters: Waiter[];
}

/**
 * What the workers of a cluster have open, told to Redis by each for itself.
 *
 * The owner's memory is the truth; here is only which entries Redis does not have in their
 * present state (`touch`). They are written as states, not as changes, in chunks, one script at
 * a time; what fails is written again later. A worker's entries live as long as its heartbeat.
 * The beat compares a count and a digest, and where Redis lost something, or another worker
 * buried this one for dead, everything is written again under a new incarnation and the old
 * one is swept: so nothing that is rewritten can be confused with what was there before.
 */
export class RedisRoster {
  readonly #options: RosterOptions & { beatMs: number; deadAfterMs: number };
  readonly #base: string;
  readonly #ledger = new Ledger();
  readonly #dirty = new Set<string>();
  /** Written, but without an answer: Redis may have them or not. */
  readonly #uncertain = new Set<string>();
  readonly #waiters = new Map<string, Waiter[]>();
  /** Null = not registered, or buried. */
  #incarnation: string | null = null;
  /** Kept until it is registered: its first try may have succeeded unheard. */
  #nextIncarnation = newIncarnation();
  #retiring: string[] = [];
  #mark = "";
  #startedAt = Date.now();
  #clock: { redisMs: number; at: number } | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopWatching: () => void = () => undefined;
  #pumping: Promise<void> | null = null;
  #scheduled = false;
  #beatIsDue = false;
  #sweepsLeft = 0;
  #dirtyLimit = MAX_DIRTY;
  #failed = false;
  #phase: "new" | "running" | "closed" = "new";
  #closing: Promise<void> | null = null;

  constructor(options: RosterOptions) {
    this.#options = {
      ...options,
      beatMs: options.beatMs ?? BEAT_MS,
      deadAfterMs: options.deadAfterMs ?? DEAD_AFTER_MS,
    };
    this.#base = hereKey(options.connection.prefix, `${options.name}:`);
  }

  /** Redis has been told, and answers. */
  get healthy(): boolean {
    return this.#options.connection.available && this.#incarnation !== null && !this.#failed;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  /** Redis's clock, ms; this machine's own until Redis has answered once. */
  now(): number {
    if (!this.#clock) return Date.now();
    return Math.round(this.#clock.redisMs + performance.now() - this.#clock.at);
  }

  /**
   * Registers this worker; where Redis is away, as soon as it is back.
   * @throws AppError `conflict` when another process beats under this worker id
   */
  async start(): Promise<void> {
    const { connection, beatMs } = this.#options;
    this.#startedAt = this.now();
    if (connection.available) await this.#claim().catch(rethrowConflict);
    this.#phase = "running";
    this.#timer = setInterval(() => this.#wake(), beatMs).unref();
    this.#stopWatching = connection.onAvailability(() => this.#wake());
    this.#wake();
  }

  /**
   * The entry's state changed. Resolves with what the scripts answered for it once Redis has
   * the state, with null where that takes longer than 450 ms or Redis is away.
   */
  touch(key: string): Promise<readonly number[] | null> {
    if (this.#phase === "closed") return Promise.resolve(null);
    this.#dirty.add(key);
    if (this.#dirty.size > this.#dirtyLimit) this.#dropClosed();
    if (!this.#options.connection.available || this.#phase === "new") return Promise.resolve(null);
    this.#schedule();
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(null), TOUCH_WAIT_MS);
      getOrMake(this.#waiters, key, () => []).push((answers) => {
        clearTimeout(timer);
        resolve(answers);
      });
    });
  }

  /** A question of the owner's: one round trip. @throws AppError `unavailable` */
  async ask(script: RedisScript, args: readonly string[]): Promise<unknown[]> {
    const reply = toList(await this.#options.connection.script(script, this.#base, args));
    this.#setClock(reply[1]);
    return reply;
  }

  /** Workers whose heart beats. @throws AppError `unavailable` */
  async workers(): Promise<WorkerInfo[]> {
    const { scripts, deadAfterMs } = this.#options;
    const [, , ...values] = await this.ask(scripts.workers, [String(toUs(deadAfterMs))]);
    const workers: WorkerInfo[] = [];
    for (let i = 0; i + 5 < values.length; i += 6) {
      workers.push({
        workerId: toText(values[i]),
        nodeId: toText(values[i + 1]),
        version: toText(values[i + 2]),
        startedAt: toNumber(values[i + 3]),
        connections: toNumber(values[i + 4]),
        lastBeatAt: toMs(values[i + 5]),
      });
    }
    return workers;
  }

  /** Leaves: what is still open here is removed at once, or by others where Redis is away. */
  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    const { scripts } = this.#options;
    clearInterval(this.#timer);
    this.#stopWatching();
    this.#phase = "closed";
    await this.#pumping;
    this.#answerAll();
    if (this.#incarnation === null) return;
    const leaving = [...this.#retiring, this.#incarnation];
    const writeUntil = performance.now() + CLOSE_WAIT_MS;
    try {
      while (performance.now() < writeUntil && (await this.#writeChunk()));
      for (const incarnation of leaving) await this.ask(scripts.retire, [incarnation]);
      const sweepUntil = performance.now() + CLOSE_WAIT_MS;
      this.#sweepsLeft = MAX_SWEEPS;
      while (performance.now() < sweepUntil && (await this.#sweepChunk()));
    } catch (err) {
      this.#options.logger.debug({ err }, "left without telling Redis");
    }
    this.#incarnation = null;
  }

  /** Something that is not an entry asks for work: time, or Redis's return. */
  #wake(): void {
    this.#beatIsDue = true;
    this.#pump();
  }

  /** What is touched in the same turn of the event loop goes in the same script. */
  #schedule(): void {
    if (this.#scheduled || this.#pumping) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping || this.#phase !== "running") return;
    this.#pumping = this.#work().finally(() => {
      this.#pumping = null;
      // Touched after the last look.
      const isServed = this.#options.connection.available && !this.#failed;
      if (isServed && this.#dirty.size > 0) this.#schedule();
    });
  }

  /** One script at a time, so that what Redis has is known after each. */
  async #work(): Promise<void> {
    try {
      while (this.#phase === "running" && this.#options.connection.available) {
        const worked = await this.#step();
        this.#failed = false;
        if (!worked) return;
      }
    } catch (err) {
      this.#noteFailure(err);
    }
    this.#answerAll();
  }

  async #step(): Promise<boolean> {
    if (this.#incarnation === null) {
      await this.#register("beside");
      return true;
    }
    if (this.#beatIsDue) {
      await this.#beat();
      return true;
    }
    const wrote = await this.#writeChunk();
    const swept = await this.#sweepChunk();
    return wrote || swept || (await this.#retireOne());
  }

  /** Takes the worker id, from a process that is dead if need be. Refuses to share it. */
  async #claim(): Promise<void> {
    const { beatMs, workerId } = this.#options;
    const silentFor = 2 * beatMs + beatMs / 4;
    const waitUntil = performance.now() + silentFor;
    let held = await this.#register("claim");
    const first = held;
    while (held && first && held.silentMs < silentFor && performance.now() < waitUntil) {
      await delay(beatMs / 8);
      held = await this.#register("claim");
      if (held && (held.holder !== first.holder || held.beat > first.beat)) {
        throw new AppError("conflict", `Another process is worker ${workerId} (WORKER_ID).`, {
          field: "WORKER_ID",
        });
      }
    }
    if (held) await this.#register("take");
  }

  /** Null when registered; else who holds the worker id. */
  async #register(
    mode: "claim" | "take" | "beside",
  ): Promise<{ holder: string; beat: number; silentMs: number } | null> {
    const { scripts, workerId, nodeId, version, deadAfterMs, lostForMs } = this.#options;
    const incarnation = this.#nextIncarnation;
    const [outcome, now, ...rest] = await this.ask(scripts.register, [
      incarnation,
      mode,
      this.#retiring.at(-1) ?? "",
      this.#mark,
      newIncarnation(),
      workerId,
      nodeId,
      version,
      String(this.#startedAt),
      String(toUs(deadAfterMs)),
      String(lostForMs),
    ]);
    if (outcome === "held") {
      const beat = toNumber(rest[1]);
      return { holder: toText(rest[0]), beat, silentMs: toMs(toNumber(now) - beat) };
    }
    this.#mark = toText(rest[0]);
    this.#incarnation = incarnation;
    this.#nextIncarnation = newIncarnation();
    this.#ledger.clear();
    this.#uncertain.clear();
    for (const key of this.#options.openKeys()) this.#dirty.add(key);
    return null;
  }

  async #beat(): Promise<void> {
    const { scripts, workerId, deadAfterMs, logger } = this.#options;
    if (this.#incarnation === null) return;
    this.#beatIsDue = false;
    const known = this.#uncertain.size === 0;
    const [outcome, , untidy] = await this.ask(scripts.beat, [
      this.#incarnation,
      workerId,
      known ? String(this.#ledger.count) : "",
      known ? String(this.#ledger.digest) : "",
      String(toUs(deadAfterMs)),
    ]);
    if (untidy === 1) this.#sweepsLeft = MAX_SWEEPS;
    if (outcome === "ok") return;
    logger.info({ roster: this.#options.name, outcome }, "writing this worker's entries again");
    this.#startOver();
  }

  /** Returns whether there was anything to write. */
  async #writeChunk(): Promise<boolean> {
    if (this.#incarnation === null || this.#dirty.size === 0) return false;
    const chunk = this.#takeChunk();
    const args = [this.#incarnation];
    for (const { key, weight, hash, value } of chunk) {
      args.push(key, String(weight), String(hash), value);
    }
    try {
      this.#noteWritten(chunk, await this.ask(this.#options.scripts.write, args));
    } catch (error) {
      for (const { key, waiters } of chunk) {
        this.#dirty.add(key);
        this.#uncertain.add(key);
        answer(waiters, null);
      }
      throw error;
    }
    return true;
  }

  #takeChunk(): Writing[] {
    const chunk: Writing[] = [];
    for (const key of this.#dirty) {
      if (chunk.length === CHUNK) break;
      this.#dirty.delete(key);
      const entry = this.#options.describe(key);
      const weight = entry?.weight ?? 0;
      const hash = entry && weight > 0 ? hash32(`${key} ${weight} ${entry.content}`) : 0;
      // Redis has the content of what it has: closing need not repeat it.
      const value = weight > 0 || !this.#ledger.has(key) ? (entry?.value ?? "") : "";
      chunk.push({ key, weight, hash, value, waiters: this.#waiters.get(key) ?? [] });
      this.#waiters.delete(key);
    }
    return chunk;
  }

  #noteWritten(chunk: readonly Writing[], [outcome, now, ...answers]: unknown[]): void {
    if (outcome !== "ok") {
      for (const { key, waiters } of chunk) {
        this.#dirty.add(key);
        if (waiters.length > 0) this.#waiters.set(key, waiters);
      }
      this.#startOver();
      return;
    }
    const each = answers.length / chunk.length;
    for (const [index, { key, weight, hash, waiters }] of chunk.entries()) {
      const own = answers.slice(index * each, (index + 1) * each).map(toNumber);
      this.#ledger.write(key, weight, hash);
      this.#uncertain.delete(key);
      this.#options.onWritten?.(key, own, toNumber(now));
      answer(waiters, own);
    }
  }

  async #sweepChunk(): Promise<boolean> {
    if (this.#sweepsLeft === 0) return false;
    this.#sweepsLeft -= 1;
    const [, , more] = await this.ask(this.#options.scripts.sweep, [String(CHUNK)]);
    if (more !== 1) this.#sweepsLeft = 0;
    return true;
  }

  /** Once everything is written again, what was there before goes. */
  async #retireOne(): Promise<boolean> {
    const incarnation = this.#retiring[0];
    if (incarnation === undefined) return false;
    await this.ask(this.#options.scripts.retire, [incarnation]);
    this.#retiring.shift();
    this.#sweepsLeft = MAX_SWEEPS;
    return true;
  }

  /** Registers anew with the next step and writes everything again. */
  #startOver(): void {
    if (this.#incarnation === null) return;
    this.#retiring.push(this.#incarnation);
    this.#incarnation = null;
  }

  /**
   * An outage in which very many came and went. What is closed and was never written is
   * forgotten; what is closed and was written goes with the old incarnation.
   */
  #dropClosed(): void {
    for (const key of this.#dirty) if (!this.#options.isOpen(key)) this.#dirty.delete(key);
    this.#dirtyLimit = Math.max(MAX_DIRTY, 2 * this.#dirty.size);
    this.#startOver();
  }

  /** Nobody waits for what will not be written now. */
  #answerAll(): void {
    for (const waiters of this.#waiters.values()) answer(waiters, null);
    this.#waiters.clear();
  }

  #noteFailure(err: unknown): void {
    const isNews = !this.#failed;
    this.#failed = true;
    if (isAppError(err) && err.code === "unavailable") return;
    if (isNews) this.#options.logger.error({ err, roster: this.#options.name }, "Redis refused");
  }

  #setClock(nowUs: unknown): void {
    this.#clock = { redisMs: toMs(nowUs), at: performance.now() };
  }
}

function answer(waiters: readonly Waiter[], answers: readonly number[] | null): void {
  for (const waiter of waiters) waiter(answers);
}

function newIncarnation(): string {
  return randomBytes(12).toString("base64url");
}

function rethrowConflict(error: unknown): void {
  if (isAppError(error) && error.code === "conflict") throw error;
}
