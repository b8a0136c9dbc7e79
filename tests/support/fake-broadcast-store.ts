import { randomUUID } from "node:crypto";
import { workspaceSettings } from "@/core/api/settings";
import { type Broadcast, statusOf } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import type {
  FeedChange,
  FeedSnapshot,
  Position,
  WorkspaceInfo,
} from "@/lib/ports/broadcast-store";

/** What the feed reads of a store, over plain arrays, with a clock and faults to order. */
export class FakeFeedSource {
  epoch: string = randomUUID();
  seq = 0;
  changeId: string = randomUUID();
  rows = new Map<string, Broadcast>();
  away = false;
  /** As of a worker's store: a position that was seen committed. */
  reached: () => Position | null = () => null;
  #backup: { seq: number; changeId: string; rows: Map<string, Broadcast> } | null = null;
  /** Deleted workspaces are loaded no more. */
  workspaceIsGone = false;
  readonly calls = { loadFeed: 0, position: 0, fingerprint: 0, renewEpoch: 0 };
  readonly workspace: WorkspaceInfo = {
    id: "w1",
    slug: "default",
    name: "Default",
    settings: workspaceSettings.parse({}),
    tokenSecrets: [],
  };

  /** A clock of its own, that runs with this process's (fake) one. */
  get now(): number {
    return 1_000_000 + performance.now();
  }

  /** Commits rows and returns what the broker would carry. */
  commit(...broadcasts: Broadcast[]): FeedChange {
    const reached = this.reached();
    if (reached?.epoch === this.epoch && reached.seq > this.seq) this.epoch = randomUUID();
    return this.commitByNewcomer(...broadcasts);
  }

  /** The same by a worker that has seen nothing of what was before. */
  commitByNewcomer(...broadcasts: Broadcast[]): FeedChange {
    const from = this.seq;
    const written = broadcasts.map((broadcast) => {
      this.seq += 1;
      const row = { ...broadcast, seq: this.seq, changeId: randomUUID() };
      this.rows.set(row.id, row);
      return row;
    });
    const fromChangeId = this.changeId;
    this.changeId = randomUUID();
    const { epoch, seq: to, changeId } = this;
    return { epoch, from, fromChangeId, to, changeId, broadcasts: written, control: [] };
  }

  backUp(): void {
    this.#backup = { seq: this.seq, changeId: this.changeId, rows: new Map(this.rows) };
  }

  /** Puts back what was kept last, in the same epoch, as restoring a backup does. */
  restore(): void {
    if (!this.#backup) return;
    this.seq = this.#backup.seq;
    this.changeId = this.#backup.changeId;
    this.rows = new Map(this.#backup.rows);
  }

  async loadFeed(): Promise<FeedSnapshot> {
    this.calls.loadFeed += 1;
    this.#answer();
    return {
      ...this.#position(),
      broadcasts: this.#present(),
      workspaces: this.workspaceIsGone ? [] : [this.workspace],
    };
  }

  async position() {
    this.calls.position += 1;
    this.#answer();
    return this.#position();
  }

  async fingerprint() {
    this.calls.fingerprint += 1;
    this.#answer();
    return { ...this.#position(), rows: this.#present() };
  }

  async renewEpoch(from: string): Promise<void> {
    this.calls.renewEpoch += 1;
    this.#answer();
    if (this.epoch === from) this.epoch = randomUUID();
  }

  #position() {
    return { epoch: this.epoch, seq: this.seq, changeId: this.changeId, now: this.now };
  }

  #present(): Broadcast[] {
    return [...this.rows.values()].filter((row) =>
      ["live", "scheduled"].includes(statusOf(row, this.now)),
    );
  }

  #answer(): void {
    if (this.away) throw new AppError("unavailable", "The database does not answer.");
  }
}
