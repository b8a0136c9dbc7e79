import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./connection";
import { type BookSource, type Entry, ViewBook } from "./views";

/**
 * So long it works before the event loop gets a turn, ms. Short at first, because whoever
 * published waits for an answer that takes some turns; then longer, because turns cost.
 */
const FIRST_SLICES_MS = 1;
const FIRST_SLICES = 16;
const SLICE_MS = 6;
/**
 * While others are being committed a pass waits for them: each of a burst that missed it would
 * cost every socket another write. One alone waits for nothing.
 */
const GATHER = {
  /** Nothing came for so long, ms: what is being committed hangs. */
  quietMs: 100,
  /** However many still come, ms. */
  mostMs: 400,
  stepMs: 5,
};
/** Connections between two looks at the clock. */
const LOOK_EVERY = 16;

interface PumpOptions {
  source: BookSource;
  connections: ReadonlySet<Connection>;
  /** Changes that are being committed now: more is about to come. Default: none. */
  underWay?: () => number;
  /** Tells a connection everything again: what it was shown is of a history that was left. */
  showAnew: (connection: Connection) => void;
  /** Banners written, by entry, once a pass. */
  onDelivered: (counts: ReadonlyMap<Entry, number>) => void;
  /** A pass has ended: how long it took, and what it wrote. */
  onPass?: (pass: { ms: number; connections: number; frames: number }) => void;
}

/**
 * Brings every connection to the feed's version: one pass over those that are behind, in slices.
 * A change that arrives during a pass is picked up by it, so a burst leaves in one write a
 * socket. Slow readers, order, catching up and "published, then cleared before you looked" need
 * no code of their own: each is only a difference between two sets.
 */
export class Pump {
  readonly #options: PumpOptions;
  #book: ViewBook;
  #running: Promise<void> | null = null;
  #again = false;

  constructor(options: PumpOptions) {
    this.#options = options;
    this.#book = new ViewBook(options.source);
  }

  /** The book of the feed's present version. */
  get book(): ViewBook {
    const { source } = this.#options;
    if (this.#book.version !== source.version) this.#book = new ViewBook(source, this.#book);
    return this.#book;
  }

  /** The feed or a connection's rights have changed. */
  wake(): void {
    this.#again = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when no connection is behind (as of now). */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  /** Brings one connection up to date at once. */
  update(connection: Connection): void {
    const delivered = new Map<Entry, number>();
    this.#step(connection, delivered);
    if (delivered.size > 0) this.#options.onDelivered(delivered);
  }

  async #run(): Promise<void> {
    // What woke us may be followed by more in the same turn: they share this pass.
    await nextTurn();
    while (this.#again) {
      await this.#gather();
      this.#again = false;
      await this.#pass();
    }
  }

  async #gather(): Promise<void> {
    const { underWay = () => 0, source } = this.#options;
    const startedAt = performance.now();
    let cameAt = startedAt;
    let { version } = source;
    while (underWay() > 0) {
      const now = performance.now();
      if (source.version !== version) {
        cameAt = now;
        version = source.version;
      }
      if (now - cameAt >= GATHER.quietMs || now - startedAt >= GATHER.mostMs) return;
      await sleep(GATHER.stepMs);
    }
  }

  async #pass(): Promise<void> {
    const { connections, onDelivered, onPass } = this.#options;
    const startedAt = performance.now();
    const delivered = new Map<Entry, number>();
    let looked = 0;
    let frames = 0;
    let slices = 1;
    let turnEndsAt = startedAt + FIRST_SLICES_MS;
    for (const connection of connections) {
      frames += this.#step(connection, delivered);
      looked += 1;
      if (looked % LOOK_EVERY === 0 && performance.now() >= turnEndsAt) {
        await nextTurn();
        slices += 1;
        const sliceMs = slices > FIRST_SLICES ? SLICE_MS : FIRST_SLICES_MS;
        turnEndsAt = performance.now() + sliceMs;
      }
    }
    if (delivered.size > 0) onDelivered(delivered);
    onPass?.({ ms: performance.now() - startedAt, connections: looked, frames });
  }

  /** Returns how many frames were written. */
  #step(connection: Connection, delivered: Map<Entry, number>): number {
    const { version } = this.#options.source;
    if (connection.version === version || connection.state !== "open") return 0;
    if (connection.held) return 0;
    const { group, recipient, viewer } = connection;
    if (!group || !recipient) return 0;
    if (connection.epoch !== this.#options.source.position.epoch) {
      this.#options.showAnew(connection);
      return 0;
    }
    const { shown, version: since } = connection;
    const { to, difference } = this.book.stepFrom(
      shown,
      since,
      group,
      viewer,
      recipient.exceptions,
    );
    connection.version = version;
    connection.shown = to;
    if (difference.bytes === null) return 0;
    connection.write(difference.bytes, difference.frames);
    for (const entry of difference.delivered) {
      delivered.set(entry, (delivered.get(entry) ?? 0) + 1);
    }
    return difference.frames;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
