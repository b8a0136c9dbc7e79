import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "pg";
import { call, idOf, mustCall } from "@/tests/support/api";
import { SocketClient } from "@/tests/support/socket-client";
import { eventually } from "./eventually";
import { type Stage, turn } from "./stage";

/** Schedules run side by side; each has broadcasts and recipients of its own. */
const LANES = 8;
const STEPS = 8;
/** Between two steps, which do not wait for each other. */
const LONGEST_GAP_MS = 12;
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

/** One recipient's device, connected or not, always to the same replica. */
class Device {
  socket: SocketClient | null = null;
  constructor(
    readonly user: string,
    readonly url: string,
  ) {}

  async connect(): Promise<void> {
    if (this.socket) return;
    this.socket = await SocketClient.connect(this.url, { userId: this.user });
  }

  leave(): void {
    this.socket?.terminate();
    this.socket = null;
  }

  /** What its frames say that must not be, whatever happened. */
  get wrong(): string | null {
    const announced = new Set<string>();
    const positions = new Map<string, number>();
    for (const frame of this.socket?.frames ?? []) {
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
}

/** One schedule: its recipients, its broadcasts, its chances. */
class Schedule {
  readonly #random: () => number;
  readonly #devices: Device[];
  readonly #ids: string[] = [];
  readonly #users: string[];
  readonly #going: Promise<unknown>[] = [];

  constructor(
    readonly stage: Stage,
    readonly database: Pool,
    readonly seed: number,
  ) {
    this.#random = randomFrom(seed);
    this.#users = [`a${seed}`, `b${seed}`];
    const [a = "", b = ""] = this.#users;
    // Two devices of one recipient and one of another, on three replicas.
    this.#devices = [a, a, b].map((user, n) => new Device(user, turn(stage, n + seed).replica.url));
  }

  async run(): Promise<void> {
    for (let n = 0; n < STEPS; n += 1) {
      this.#going.push(this.#step());
      await sleep(this.#random() * LONGEST_GAP_MS);
    }
    await Promise.all(this.#going);
    await Promise.all(this.#devices.map((device) => device.connect()));
    try {
      await eventually(
        `seed ${this.seed}: the system to agree with the model`,
        SETTLED_WITHIN_MS,
        () => this.#disagreement(),
      );
    } finally {
      for (const device of this.#devices) device.leave();
      await Promise.all(this.#ids.map((id) => this.#clear(id)));
    }
  }

  #step(): Promise<unknown> {
    const device = this.#pick(this.#devices);
    const id = this.#pick(this.#ids);
    const chance = this.#random();
    if (chance < 0.25 || !device) return this.#publish();
    if (chance < 0.45) return device.connect().catch(() => device.leave());
    if (chance < 0.55) return Promise.resolve(device.leave());
    if (!id) return this.#publish();
    if (chance < 0.7) return this.#edit(id);
    if (chance < 0.8) return this.#clear(id);
    device.socket?.send({ type: "acknowledge_broadcast", broadcast_id: id });
    return Promise.resolve();
  }

  async #publish(): Promise<void> {
    const answer = await mustCall(this.#anywhere(), "POST", "/api/creator/broadcast", {
      cookie: this.stage.cookie,
      body: { message: "Racing", replace: false, audience: { include: this.#users } },
    });
    this.#ids.push(idOf(answer));
  }

  /** Who edits what another has edited meanwhile is refused, and that is all. */
  #edit(id: string): Promise<unknown> {
    const show = this.#random() < 0.5 ? "again" : "silent";
    return call(this.#anywhere(), "PATCH", `/api/v1/broadcasts/${id}`, {
      cookie: this.stage.cookie,
      body: { message: `Edited ${this.#random()}`, show },
      headers: { "if-match": `"${1 + Math.floor(this.#random() * 2)}"` },
    });
  }

  #clear(id: string): Promise<unknown> {
    return call(this.#anywhere(), "POST", "/api/creator/broadcast/clear", {
      cookie: this.stage.cookie,
      body: { broadcast_id: id },
    });
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
      if (shown.join() !== wanted.join()) return `${device.user} has ${shown}, not ${wanted}`;
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

interface Row {
  id: string;
  revision: number;
  /** Of those asked for, who has dismissed it; one null where nobody has. */
  recipients: (string | null)[];
}

/** `id@revision` of what a client that follows the frames has, sorted. */
function shownBy({ socket }: Device): string[] {
  const revisions = new Map<string, number>();
  for (const frame of socket?.frames ?? []) {
    if ("broadcast" in frame) revisions.set(frame.broadcast.id, frame.broadcast.revision);
  }
  return (socket?.shown ?? []).map((id) => `${id}@${revisions.get(id)}`).sort();
}

/**
 * Publishing, editing, clearing, connecting and dismissing race, in so many schedules of chance;
 * each must end with what the model says.
 * @param first seed; the others follow
 * @throws naming the seed where model and system disagree
 */
export async function race(stage: Stage, first: number, schedules: number): Promise<void> {
  // Asked many times a second: not by a connection of its own each time.
  const database = new Pool({ connectionString: stage.postgres.url, max: LANES });
  let next = first;
  const lane = async () => {
    while (next < first + schedules) {
      const seed = next;
      next += 1;
      await new Schedule(stage, database, seed).run();
    }
  };
  try {
    await Promise.all(Array.from({ length: LANES }, lane));
  } finally {
    await database.end();
  }
}
