import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { AppError, isAppError } from "@/core/errors";
import { getOrMake } from "@/lib/collections";
import type { Logger } from "@/lib/logger";
import type { WorkerTraffic } from "@/lib/ports/session-store";
import { hash32, Ledger } from "./ledger";
import {
  type Registered,
  type Registration,
  RosterClient,
  type RosterClientOptions,
  type RosterLine,
} from "./roster-client";

export const BEAT_MS = 2_000;
/** Leaves eight of [STR2]'s 20 s for the beat that finds out and for sweeping 50,000 entries. */
export const DEAD_AFTER_MS = 12_000;
/** Entries of one script: some milliseconds of Redis's time. */
const WRITE_CHUNK = 100;
/** `touch` waits no longer for Redis: below the 500 ms that the ports promise. */
const TOUCH_WAIT_MS = 450;
/** Chunks that one beat may sweep; more are left to the next, and to the other workers. */
const MAX_SWEEPS = 1_000;
const MAX_WAITING = 100_000;
/** What `close` spends on writing, and then on sweeping. */
const CLOSE_WAIT_MS = 1_000;

/** What this worker has of an entry now. */
export interface RosterEntry {
  /** 0 = closed here. */
  weight: number;
  /** What the hash covers besides the weight. */
  content: string;
  /** What the scripts of this kind are given; always as many. */
  values: readonly string[];
}

export interface RosterOptions extends Omit<RosterClientOptions, "deadAfterMs"> {
  logger: Logger;
  /** Between two heartbeats, ms; default 2,000. */
  beatMs?: number;
  /** A worker that has not beaten for so long is dead, ms; default 12,000. */
  deadAfterMs?: number;
  /** Entries that wait to be written before closed ones are left to sweeping; default 100,000. */
  maxWaiting?: number;
  /** What beats tell of this worker; null = nothing. */
  traffic?: () => WorkerTraffic | null;
  /** The truth about an entry; null = closed, and nothing is known of it any more. */
  describe: (key: string) => RosterEntry | null;
  isOpen: (key: string) => boolean;
  openKeys: () => Iterable<string>;
  /** Redis has this state of the entry. @param nowUs its clock then */
  onWritten?: (key: string, answers: readonly number[], nowUs: number) => void;
}

type Answers = readonly number[] | null;
type Waiter = (answers: Answers) => void;

/** An entry on its way to Redis, with those who wait for this state of it. */
interface Writing extends RosterLine {
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
  /** For the owner's own questions. */
  readonly client: RosterClient;
  readonly #options: RosterOptions & { beatMs: number };
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
  #startedAt: number | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopWatching: () => void = () => undefined;
  #pumping: Promise<void> | null = null;
  #isScheduled = false;
  #beatIsDue = false;
  #sweepsLeft = 0;
  #maxDirty: number;
  #hasFailed = false;
  #phase: "new" | "running" | "closed" = "new";
  #closing: Promise<void> | null = null;

  constructor(options: RosterOptions) {
    const deadAfterMs = options.deadAfterMs ?? DEAD_AFTER_MS;
    this.#options = { ...options, beatMs: options.beatMs ?? BEAT_MS };
    this.#maxDirty = options.maxWaiting ?? MAX_WAITING;
    this.client = new RosterClient({ ...options, deadAfterMs });
  }

  /** Redis has been told, and answers. */
  get healthy(): boolean {
    return this.#options.connection.available && this.#incarnation !== null && !this.#hasFailed;
  }

  /** When this worker was first registered, ms by Redis's clock; null = never yet. */
  get startedAt(): number | null {
    return this.#startedAt;
  }

  /**
   * Registers this worker; where Redis is away, as soon as it is back.
   * @throws AppError `conflict` when another process beats under this worker id
   */
  async start(): Promise<void> {
    const { connection, beatMs } = this.#options;
    await connection.decided;
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
  touch(key: string): Promise<Answers> {
    if (this.#phase === "closed") return Promise.resolve(null);
    this.#dirty.add(key);
    if (this.#dirty.size > this.#maxDirty) this.#dropClosed();
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

  /** Leaves: what is still open here is removed at once, or by others where Redis is away. */
  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopWatching();
    this.#phase = "closed";
    await this.#pumping;
    this.#answerAll();
    if (this.#incarnation === null) return;
    const leaving = [...this.#retiring, this.#incarnation];
    try {
      await repeat(CLOSE_WAIT_MS, () => this.#writeChunk());
      for (const incarnation of leaving) await this.client.retire(incarnation);
      await repeat(CLOSE_WAIT_MS, () => this.client.sweep());
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
    if (this.#isScheduled || this.#pumping) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pumping || this.#phase !== "running") return;
    this.#pumping = this.#work().finally(() => {
      this.#pumping = null;
      // Touched after the last look.
      const isServed = this.#options.connection.available && !this.#hasFailed;
      if (isServed && this.#dirty.size > 0) this.#schedule();
    });
  }

  /** One script at a time, so that what Redis has is known after each. */
  async #work(): Promise<void> {
    try {
      while (this.#phase === "running" && this.#options.connection.available) {
        const hasWorked = await this.#step();
        this.#hasFailed = false;
        if (!hasWorked) return;
      }
    } catch (err) {
      this.#noteFailure(err);
    }
    this.#answerAll();
  }

  async #step(): Promise<boolean> {
    if (this.#incarnation === null) return this.#rejoin();
    if (this.#beatIsDue) return this.#beat(this.#incarnation);
    const wrote = await this.#writeChunk();
    const swept = await this.#sweepChunk();
    return wrote || swept || (await this.#retireOne());
  }

  /** Takes the worker id, from a process that is dead if need be. Refuses to share it. */
  async #claim(): Promise<void> {
    const { beatMs, workerId } = this.#options;
    // Two beats and some: a process that lives has beaten once meanwhile.
    const silenceMs = 2 * beatMs + beatMs / 4;
    const waitUntil = performance.now() + silenceMs;
    const first = await this.#register("claim");
    let now = first;
    while (now.kind === "held" && now.silentMs < silenceMs && performance.now() < waitUntil) {
      await delay(beatMs / 8);
      now = await this.#register("claim");
      if (!hasBeaten(first, now)) continue;
      const message = `Another process that runs is worker ${workerId}.`;
      throw new AppError("conflict", message, { field: "WORKER_ID" });
    }
    if (now.kind === "held") await this.#register("take");
  }

  async #rejoin(): Promise<boolean> {
    const registered = await this.#register("beside");
    if (registered.kind === "registered" && registered.isShared) {
      const { logger, workerId } = this.#options;
      logger.error({ workerId }, "another process that runs has this WORKER_ID too");
    }
    return true;
  }

  async #register(mode: Registration["mode"]): Promise<Registered> {
    const incarnation = this.#nextIncarnation;
    const registered = await this.client.register({
      incarnation,
      mode,
      previous: this.#retiring.at(-1) ?? "",
      mark: this.#mark,
      newMark: newIncarnation(),
      startedAt: this.#startedAt,
    });
    if (registered.kind === "held") return registered;
    this.#mark = registered.mark;
    this.#startedAt ??= registered.now;
    this.#incarnation = incarnation;
    this.#nextIncarnation = newIncarnation();
    this.#ledger.clear();
    this.#uncertain.clear();
    for (const key of this.#options.openKeys()) this.#dirty.add(key);
    return registered;
  }

  async #beat(incarnation: string): Promise<boolean> {
    const { logger, name, traffic } = this.#options;
    this.#beatIsDue = false;
    const sums = this.#uncertain.size === 0 ? this.#ledger : null;
    const { outcome, isUntidy } = await this.client.beat(incarnation, sums, traffic?.() ?? null);
    if (isUntidy) this.#sweepsLeft = MAX_SWEEPS;
    if (outcome === "ok") return true;
    logger.info({ roster: name, outcome }, "writing this worker's entries again");
    this.#startOver();
    return true;
  }

  /** Returns whether there was anything to write. */
  async #writeChunk(): Promise<boolean> {
    if (this.#incarnation === null || this.#dirty.size === 0) return false;
    const chunk = this.#takeChunk();
    try {
      const written = await this.client.write(this.#incarnation, chunk);
      if (written) this.#noteWritten(chunk, written.answers, written.nowUs);
      else this.#putBack(chunk);
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
      if (chunk.length === WRITE_CHUNK) break;
      this.#dirty.delete(key);
      const entry = this.#options.describe(key);
      const weight = entry?.weight ?? 0;
      const hash = entry && weight > 0 ? hash32(`${key} ${weight} ${entry.content}`) : 0;
      // Redis has the content of what it has: closing need not repeat it.
      const isTold = entry !== null && (weight > 0 || !this.#ledger.has(key));
      const values = isTold ? entry.values : this.#options.scripts.noValues;
      chunk.push({ key, weight, hash, values, waiters: this.#waiters.get(key) ?? [] });
      this.#waiters.delete(key);
    }
    return chunk;
  }

  #noteWritten(chunk: readonly Writing[], answers: readonly number[][], nowUs: number): void {
    for (const [index, { key, weight, hash, waiters }] of chunk.entries()) {
      const own = answers[index] ?? [];
      this.#ledger.write(key, weight, hash);
      this.#uncertain.delete(key);
      this.#options.onWritten?.(key, own, nowUs);
      answer(waiters, own);
    }
  }

  /** Redis does not know this incarnation: the same again under the next. */
  #putBack(chunk: readonly Writing[]): void {
    for (const { key, waiters } of chunk) {
      this.#dirty.add(key);
      getOrMake(this.#waiters, key, () => []).push(...waiters);
    }
    this.#startOver();
  }

  async #sweepChunk(): Promise<boolean> {
    if (this.#sweepsLeft === 0) return false;
    const hasMore = await this.client.sweep();
    this.#sweepsLeft = hasMore ? this.#sweepsLeft - 1 : 0;
    return true;
  }

  /** Once everything is written again, what was there before goes. */
  async #retireOne(): Promise<boolean> {
    const incarnation = this.#retiring[0];
    if (incarnation === undefined) return false;
    await this.client.retire(incarnation);
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
    this.#maxDirty = Math.max(this.#maxDirty, 2 * this.#dirty.size);
    this.#startOver();
  }

  /** Nobody waits for what will not be written now. */
  #answerAll(): void {
    for (const waiters of this.#waiters.values()) answer(waiters, null);
    this.#waiters.clear();
  }

  #noteFailure(err: unknown): void {
    const isNews = !this.#hasFailed;
    this.#hasFailed = true;
    if (isAppError(err) && err.code === "unavailable") return;
    if (isNews) this.#options.logger.error({ err, roster: this.#options.name }, "Redis refused");
  }
}

/** The worker id's holder was heard of between the two answers. */
function hasBeaten(before: Registered, after: Registered): boolean {
  if (before.kind !== "held" || after.kind !== "held") return false;
  return after.holder !== before.holder || after.beat > before.beat;
}

function answer(waiters: readonly Waiter[], answers: Answers): void {
  for (const waiter of waiters) waiter(answers);
}

/** Until there is no more to do, or the time is up. */
async function repeat(timeMs: number, work: () => Promise<boolean>): Promise<void> {
  const until = performance.now() + timeMs;
  let hasMore = true;
  while (hasMore && performance.now() < until) hasMore = await work();
}

function newIncarnation(): string {
  return randomBytes(12).toString("base64url");
}

function rethrowConflict(error: unknown): void {
  if (isAppError(error) && error.code === "conflict") throw error;
}
