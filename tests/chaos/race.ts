import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { expect } from "vitest";
import { EMPTY_STATE, reduce, visibleBanners } from "@/client/store";
import { LIMITS } from "@/core/limits";
import { type Answer, call, idOf, mustCall } from "@/tests/support/api";
import { SocketClient } from "@/tests/support/socket-client";
import { eventually } from "./eventually";
import { LONG, type Stage, turn } from "./stage";

/** Schedules run side by side; each has broadcasts and recipients of its own. */
const LANES = 8;
/** Of one schedule: together the lanes stay below what a workspace may have live. */
const MOST_PUBLISHED = Math.floor(LIMITS.liveBroadcasts / LANES);
const STEPS = 12;
/** Between two steps, which do not wait for each other; about as long as a call takes. */
const LONGEST_GAP_MS = 30;
/** The short form may run where the database is too slow for its callers at times: 503. */
const REPEATS = LONG ? 0 : 20;
/** Of an edit: over already, or edited by another. */
const REFUSALS = LONG ? [409, 412] : [409, 412, 503];
/** [PUB6], [ACK2] What a lost message may cost. */
const SETTLED_WITHIN_MS = 6_000;

/** The same numbers for the same seed (mulberry32); from 0 to below 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Action = "published" | "connected" | "left" | "edited" | "cleared" | "dismissed";

/** What the schedules came to. */
export interface Tally {
  /** How often each was done, and not refused. */
  done: Record<Action, number>;
  /** Until model and system agreed, each time, ms. */
  settled: number[];
}

/** One recipient's device, connected or not, always to the same replica. */
class Device {
  socket: SocketClient | null = null;
  #connecting: Promise<void> | null = null;
  #wrong: string | null = null;
  constructor(
    readonly user: string,
    readonly url: string,
  ) {}

  connect(): Promise<void> {
    if (this.socket) return Promise.resolve();
    this.#connecting ??= this.#open().finally(() => {
      this.#connecting = null;
    });
    return this.#connecting;
  }

  leave(): void {
    this.#wrong = this.wrong;
    this.socket?.terminate();
    this.socket = null;
  }

  /** What the frames said that must not be, whatever happened. */
  get wrong(): string | null {
    return this.#wrong ?? mistakeOf(this.socket);
  }

  async #open(): Promise<void> {
    this.socket = await SocketClient.connect(this.url, { userId: this.user });
  }
}

function mistakeOf(socket: SocketClient | null): string | null {
  const announced = new Set<string>();
  const positions = new Map<string, number>();
  for (const frame of socket?.frames ?? []) {
    if (!("broadcast" in frame)) continue;
    const { id, revision, seq } = frame.broadcast;
    if (seq < (positions.get(id) ?? 0)) return `${id} went back to ${seq}`;
    positions.set(id, seq);
    if (frame.type !== "new_broadcast") continue;
    if (announced.has(`${id}@${revision}`)) return `${id}@${revision} came twice`;
    announced.add(`${id}@${revision}`);
  }
  return null;
}

/** One schedule: its recipients, its broadcasts, its chances. */
class Schedule {
  readonly #random: () => number;
  readonly #devices: Device[];
  readonly #ids: string[] = [];
  readonly #users: string[];
  readonly #going: Promise<void>[] = [];
  #publishes = 0;

  constructor(
    readonly stage: Stage,
    readonly database: Pool,
    readonly seed: number,
    readonly tally: Tally,
  ) {
    this.#random = randomFrom(seed);
    this.#users = [`a${seed}`, `b${seed}`];
    const [a = "", b = ""] = this.#users;
    // Two devices of one recipient and one of another, on three replicas.
    this.#devices = [a, a, b].map((user, n) => new Device(user, turn(stage, n + seed).replica.url));
  }

  async run(): Promise<void> {
    // Without anything to edit, clear and dismiss from the start, and somebody who does, most steps
    // would come too early.
    await Promise.all([this.#publish(), this.#devices[0]?.connect()]);
    for (let n = 0; n < STEPS; n += 1) {
      const going = this.#step();
      // Heard below, or too late: several may fail at once.
      going.catch(() => undefined);
      this.#going.push(going);
      await sleep(this.#random() * LONGEST_GAP_MS);
    }
    await Promise.all(this.#going);
    await Promise.all(this.#devices.map((device) => device.connect()));
    await this.#agree("the system to agree with the model");
    await Promise.all(this.#ids.map((id) => this.#clear(id)));
    await this.#agree("nothing to be left");
    for (const device of this.#devices) device.leave();
  }

  async #agree(what: string): Promise<void> {
    const startedAt = performance.now();
    await eventually(what, SETTLED_WITHIN_MS, () => this.#disagreement());
    this.tally.settled.push(performance.now() - startedAt);
  }

  async #step(): Promise<void> {
    const device = this.#pick(this.#devices);
    const id = this.#pick(this.#ids);
    const chance = this.#random();
    if (!device || !id) throw new Error("There is no device, or nothing was published.");
    if (chance < 0.2) return this.#publish();
    if (chance < 0.4) return this.#connect(device);
    if (chance < 0.5) return this.#leave(device);
    if (chance < 0.65) return this.#edit(id);
    if (chance < 0.75) return this.#clearEarly(id);
    this.#dismiss(device, id);
  }

  async #publish(): Promise<void> {
    if (this.#publishes === MOST_PUBLISHED) return;
    this.#publishes += 1;
    const answer = await this.#post("/api/creator/broadcast", {
      message: `${this.seed}`,
      replace: false,
      audience: { include: this.#users },
    });
    this.#ids.push(idOf(answer));
    this.tally.done.published += 1;
  }

  async #connect(device: Device): Promise<void> {
    await device.connect();
    this.tally.done.connected += 1;
  }

  #leave(device: Device): void {
    if (device.socket) this.tally.done.left += 1;
    device.leave();
  }

  /** Who edits what another has edited or cleared meanwhile is refused, and that is all. */
  async #edit(id: string): Promise<void> {
    const show = this.#random() < 0.5 ? "again" : "silent";
    const { status, text } = await call(this.#anywhere(), "PATCH", `/api/v1/broadcasts/${id}`, {
      cookie: this.stage.cookie,
      body: { message: `${this.seed} edited ${this.#random()}`, show },
      headers: { "if-match": `"${1 + Math.floor(this.#random() * 2)}"` },
    });
    if (status === 200) this.tally.done.edited += 1;
    else if (!REFUSALS.includes(status)) throw new Error(`An edit was answered ${text}`);
  }

  async #clear(id: string): Promise<void> {
    await this.#post("/api/creator/broadcast/clear", { broadcast_id: id });
  }

  /** Must succeed; repeated with the same key, it is done once. */
  async #post(path: string, body: unknown): Promise<Answer> {
    const url = this.#anywhere();
    const options = {
      cookie: this.stage.cookie,
      body,
      headers: { "idempotency-key": randomUUID() },
    };
    for (let left = REPEATS; left > 0; left -= 1) {
      const answer = await call(url, "POST", path, options);
      if (answer.status === 200) return answer;
      if (answer.status !== 503) break;
      await sleep(500);
    }
    return mustCall(url, "POST", path, options);
  }

  async #clearEarly(id: string): Promise<void> {
    await this.#clear(id);
    this.tally.done.cleared += 1;
  }

  #dismiss({ socket }: Device, id: string): void {
    if (!socket) return;
    socket.send({ type: "acknowledge_broadcast", broadcast_id: id });
    this.tally.done.dismissed += 1;
  }

  /** The model: what is live by the database, less what the recipient has dismissed by it. */
  async #disagreement(): Promise<string | null> {
    const { rows } = await this.database.query<Row>(MODEL, [
      this.#ids,
      this.#users.map((u) => `user:${u}`),
    ]);
    for (const device of this.#devices) {
      const wanted = rows
        .filter(({ recipients }) => !recipients.includes(`user:${device.user}`))
        .map(({ id, revision }) => `${id}@${revision}`)
        .sort();
      const shown = shownBy(device);
      if (shown.join() !== wanted.join()) {
        return `${device.user} has ${shown}, not ${wanted}. Came: ${device.socket?.texts.join("\n")}`;
      }
      if (device.wrong) return device.wrong;
    }
    return null;
  }

  #anywhere(): string {
    return turn(this.stage, Math.floor(this.#random() * 3)).replica.url;
  }

  #pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.#random() * list.length)];
  }
}

/** Of what is live: who has dismissed it, in a revision that counts. */
const MODEL = `SELECT b.id, b.revision, array_agg(a.recipient) AS recipients
FROM broadcast b LEFT JOIN acknowledgement a ON a.broadcast_id = b.id
  AND a.recipient = ANY($2) AND a.revision >= b.show_from_revision
WHERE b.id = ANY($1::uuid[]) AND b.cleared_at IS NULL GROUP BY b.id`;

const LIVE_BY_SEED = `SELECT split_part(message, ' ', 1) AS seed, count(*)::int AS live
FROM broadcast WHERE cleared_at IS NULL GROUP BY 1 ORDER BY 1`;

interface Row {
  id: string;
  revision: number;
  /** Of those asked for, who has dismissed it; one null where nobody has. */
  recipients: (string | null)[];
}

/**
 * `id@revision` of what the product's client shows that was told so, sorted. A dismissal that is
 * confirmed late does not take away what has been shown again since.
 */
function shownBy({ socket }: Device): string[] {
  let state = EMPTY_STATE;
  const dismissed: Record<string, number> = {};
  for (const frame of socket?.frames ?? []) {
    state = reduce(state, frame);
    if (frame.type !== "broadcast_acknowledged") continue;
    const { broadcast_id: id, revision } = frame;
    dismissed[id] = Math.max(dismissed[id] ?? 0, revision);
  }
  return visibleBanners(state, { dismissed, snoozed: {} }, Date.now(), "/")
    .map(({ id, revision }) => `${id}@${revision}`)
    .sort();
}

/**
 * Publishing, editing, clearing, connecting and dismissing race, in so many schedules of chance;
 * each must end with what the model says, and nothing must be left.
 * @param first seed; the others follow
 * @throws naming the seed where model and system disagree, and what is live
 */
export async function race(stage: Stage, first: number, schedules: number): Promise<Tally> {
  // Asked many times a second: not by a connection of its own each time.
  const database = new Pool({ connectionString: stage.postgres.url, max: LANES });
  const done = { published: 0, connected: 0, left: 0, edited: 0, cleared: 0, dismissed: 0 };
  const tally: Tally = { done, settled: [] };
  let next = first;
  const lane = async () => {
    while (next < first + schedules) {
      const seed = next;
      next += 1;
      await new Schedule(stage, database, seed, tally).run().catch(async (error) => {
        const { rows } = await database.query(LIVE_BY_SEED);
        const live = rows.map((row) => `${row.live} of ${row.seed}`).join(", ");
        throw new Error(`Seed ${seed}: ${error}. Live are: ${live}.`, { cause: error });
      });
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
    expect((await database.query(LIVE_BY_SEED)).rows).toEqual([]);
    return tally;
  } finally {
    await database.end();
  }
}
