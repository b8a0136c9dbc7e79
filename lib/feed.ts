import { LRUCache } from "lru-cache";
import type { Viewer } from "@/core/audience";
import { type Broadcast, isLiveOrScheduled, statusOf } from "@/core/broadcast";
import type { ClearReason } from "@/core/protocol";
import { nextBoundary, supersededBy, visible } from "@/core/visibility";
import { getOrMake } from "./collections";
import { Listeners } from "./listeners";
import type { Logger } from "./logger";
import type {
  BroadcastStore,
  ChangePosition,
  ControlEntry,
  FeedChange,
  FeedSnapshot,
  Position,
  WorkspaceInfo,
} from "./ports/broadcast-store";
import type { RecipientException } from "./ports/receipt-store";
import type { FeedReader } from "./runtime-context";

/** How often the feed looks for what no message told it, ms. Source: [PUB6], [DEG2]. */
export interface FeedIntervals {
  /** Compare the counter. */
  checkMs: number;
  /** The same while the broker is away. */
  degradedCheckMs: number;
  /** Compare every row's change id. */
  auditMs: number;
}

const INTERVALS: FeedIntervals = { checkMs: 5_000, degradedCheckMs: 1_000, auditMs: 30_000 };
/** Timers are capped: a clock that is corrected must not leave a start waiting ([BC8]). */
const LONGEST_TIMER_MS = 60_000;
/** How wrong the measured clock can be: half of the slowest answer. Rows cannot correct more. */
const LARGEST_CLOCK_ERROR_MS = 6_000;
/** Reasons are kept for so many rows that left the feed. */
const DEPARTED_KEPT = 1_000;

export type Applied = "applied" | "stale" | "doubt";

/** What the feed asks of the record. */
export type FeedSource = Pick<
  BroadcastStore,
  "loadFeed" | "position" | "fingerprint" | "renewEpoch"
>;

interface FeedOptions {
  store: FeedSource;
  logger: Logger;
  /** Tells whether messages can be expected to arrive. */
  brokerHealthy: () => boolean;
  intervals?: Partial<FeedIntervals>;
  /** A change has come in, so many ms after its commit; for metrics. */
  onChange?: (ageMs: number) => void;
}

/**
 * The live and scheduled broadcasts of every workspace, kept in step with the database.
 *
 * A change message that continues this feed's position is applied as one; an older one is
 * ignored; anything else means doubt, and doubt means loading the whole set again. There is no
 * log to replay and no gap to fill, so recovery cannot fail: it is one statement.
 *
 * `version` counts what happened here: changes of rows and passing of starts and ends. It is
 * this worker's own, and what drives the sockets.
 */
export class Feed implements FeedReader {
  readonly #options: FeedOptions;
  readonly #store: FeedSource;
  readonly #logger: Logger;
  readonly #brokerHealthy: () => boolean;
  readonly #intervals: FeedIntervals;
  readonly #versionListeners: Listeners<[]>;
  readonly #controlListeners: Listeners<[entries: readonly ControlEntry[] | "unknown"]>;
  readonly #healthListeners: Listeners<[healthy: boolean]>;
  readonly #goneListeners: Listeners<[workspaceId: string]>;

  #position: Position = { epoch: "", seq: 0 };
  /** Of the change that the position is of; null where that is not known. */
  #changeId: string | null = null;
  #version = 0;
  #ready = false;
  #databaseHealthy = true;
  #byWorkspace = new Map<string, Broadcast[]>();
  #workspacesBySlug = new Map<string, WorkspaceInfo>();
  #workspacesById = new Map<string, WorkspaceInfo>();
  readonly #departed = new LRUCache<string, ClearReason>({ max: DEPARTED_KEPT });

  /** Database time minus this process's monotonic clock, ms. */
  #clockOffset = Date.now() - performance.now();
  #loading: Promise<void> | null = null;
  #loadAgain = false;
  #suspecting: Promise<void> | null = null;
  #boundaryTimer: NodeJS.Timeout | undefined;
  #checkTimer: NodeJS.Timeout | undefined;
  #lastAudit = performance.now();
  #closed = false;

  /** Since the start: loads, gaps found, changes applied, databases that went back in time. */
  readonly counters = { loads: 0, gaps: 0, applied: 0, restores: 0 };
  /** Positions that the database was ahead at the last look. */
  lag = 0;
  #inStepAt = performance.now();

  constructor(options: FeedOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#logger = options.logger;
    this.#brokerHealthy = options.brokerHealthy;
    this.#intervals = { ...INTERVALS, ...options.intervals };
    const onError = (err: unknown) => this.#logger.error({ err }, "a listener of the feed failed");
    this.#versionListeners = new Listeners(onError);
    this.#controlListeners = new Listeners(onError);
    this.#healthListeners = new Listeners(onError);
    this.#goneListeners = new Listeners(onError);
  }

  get position(): Position {
    return this.#position;
  }

  get version(): number {
    return this.#version;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Since it was last known to be in step with the database, ms. */
  get ageMs(): number {
    return performance.now() - this.#inStepAt;
  }

  get databaseHealthy(): boolean {
    return this.#databaseHealthy;
  }

  now(): number {
    return performance.now() + this.#clockOffset;
  }

  workspaceBySlug(slug: string): WorkspaceInfo | null {
    return this.#workspacesBySlug.get(slug) ?? null;
  }

  workspaceById(id: string): WorkspaceInfo | null {
    return this.#workspacesById.get(id) ?? null;
  }

  workspaces(): Iterable<WorkspaceInfo> {
    return this.#workspacesById.values();
  }

  broadcastsOf(workspaceId: string): readonly Broadcast[] {
    return this.#byWorkspace.get(workspaceId) ?? [];
  }

  /**
   * What the database has of a workspace at this position, if this feed has reached it and not
   * gone on: a position is handed out once, to one change, so nothing has to be read for it.
   * Ended ones may be among them.
   */
  broadcastsAt(position: ChangePosition, workspaceId: string): readonly Broadcast[] | null {
    const isHere = this.#ready && isSame(position, this.#position);
    return isHere && position.changeId === this.#changeId ? this.broadcastsOf(workspaceId) : null;
  }

  find(workspaceId: string, id: string): Broadcast | null {
    return this.broadcastsOf(workspaceId).find((broadcast) => broadcast.id === id) ?? null;
  }

  visibleTo(
    workspaceId: string,
    viewer: Viewer,
    exceptions: readonly RecipientException[],
  ): Broadcast[] {
    const byBroadcast = new Map(exceptions.map((exception) => [exception.broadcastId, exception]));
    return visible(this.broadcastsOf(workspaceId), viewer, byBroadcast, this.now());
  }

  /** Why a broadcast that was shown is shown no more. */
  reasonFor(workspaceId: string, id: string): ClearReason {
    const present = this.find(workspaceId, id);
    if (present === null) return this.#departed.get(id) ?? "cleared";
    if (statusOf(present, this.now()) === "ended") return "ended";
    if (supersededBy(this.broadcastsOf(workspaceId), this.now()).has(id)) return "replaced";
    return "audience";
  }

  /** `version` advanced. */
  onVersion(listener: () => void): () => void {
    return this.#versionListeners.add(listener);
  }

  /**
   * Something other than a broadcast changed. `unknown`: entries were missed; whoever caches
   * credentials must look again.
   */
  onControl(listener: (entries: readonly ControlEntry[] | "unknown") => void): () => void {
    return this.#controlListeners.add(listener);
  }

  /** A workspace that was here is no more: it was deleted, or a backup is from before it. */
  onWorkspaceGone(listener: (workspaceId: string) => void): () => void {
    return this.#goneListeners.add(listener);
  }

  onDatabaseHealth(listener: (healthy: boolean) => void): () => void {
    return this.#healthListeners.add(listener);
  }

  /** Loads for the first time; rejects where the database does. */
  async start(): Promise<void> {
    await this.#load();
    this.#scheduleCheck();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#boundaryTimer);
    clearTimeout(this.#checkTimer);
    await this.#loading?.catch(() => undefined);
  }

  /**
   * Rows carry the database's time of their writing, which has passed: a clock that was measured
   * over a slow answer must not take for scheduled what has just gone live.
   */
  witness(rows: readonly Broadcast[]): void {
    for (const { updatedAt } of rows) {
      const behindMs = updatedAt - this.now();
      if (behindMs > 0 && behindMs <= LARGEST_CLOCK_ERROR_MS) this.#clockOffset += behindMs;
    }
  }

  /** What time did by itself leaves `updatedAt` alone, and is nobody's delay. */
  #noteAges(rows: readonly Broadcast[]): void {
    const { onChange } = this.#options;
    if (!onChange || !this.#ready) return;
    for (const { id, workspaceId, updatedAt } of rows) {
      if (this.find(workspaceId, id)?.updatedAt === updatedAt) continue;
      onChange(this.now() - updatedAt);
    }
  }

  /** Takes a committed change. On `doubt` a load is under way already. */
  apply(change: FeedChange): Applied {
    const { epoch, seq } = this.#position;
    if (change.epoch === epoch && change.to <= seq) {
      if (!this.#hasSeen(change.broadcasts)) this.#suspectOtherHistory();
      return "stale";
    }
    if (change.epoch !== epoch || change.from !== seq || this.#isElsewhere(change.fromChangeId)) {
      this.counters.gaps += 1;
      this.reload("a change did not continue the position");
      return "doubt";
    }
    this.#position = { epoch, seq: change.to };
    this.#changeId = change.changeId ?? null;
    this.witness(change.broadcasts);
    this.#noteAges(change.broadcasts);
    this.#replaceRows(change.broadcasts);
    this.counters.applied += 1;
    if (change.broadcasts.length > 0) this.#advance();
    if (change.control.length > 0) this.#noteControl(change.control);
    return "applied";
  }

  /** The position is of another change than this; where both are known. */
  #isElsewhere(changeId: string | undefined): boolean {
    return this.#changeId !== null && changeId !== undefined && changeId !== this.#changeId;
  }

  /** An older message says nothing new, unless it is of a history that this feed does not know. */
  #hasSeen(rows: readonly Broadcast[]): boolean {
    return rows.every((row) => {
      const known = this.find(row.workspaceId, row.id);
      if (known) return known.changeId === row.changeId;
      const status = statusOf(row, this.now());
      return status !== "live" && status !== "scheduled";
    });
  }

  /** [PUB6] A restored backup counts again from where it was: positions alone do not tell. */
  #suspectOtherHistory(): void {
    this.#lastAudit = Number.NEGATIVE_INFINITY;
    this.#suspecting ??= this.check().finally(() => {
      this.#suspecting = null;
    });
  }

  /** Resolves when the feed has reached `position`, or a load has been tried. */
  async catchUp(position: Position): Promise<void> {
    if (this.#reached(position)) return;
    await this.reload("a reader is ahead");
  }

  /** Loads everything again; calls during a load share one further load. */
  reload(reason: string): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#logger.debug({ reason, ...this.#position }, "reloading the feed");
    if (this.#loading) {
      this.#loadAgain = true;
      return this.#loading;
    }
    this.#loading = this.#loadUntilSettled().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Resolves when no load is under way any more. */
  async settled(): Promise<void> {
    await this.#loading;
  }

  /** Looks for changes that no message told, now. */
  async check(): Promise<void> {
    const before = this.#position;
    const changeId = this.#changeId;
    try {
      const askedAt = performance.now();
      const found = await this.#store.position();
      this.#noteTime(found.now, askedAt);
      this.#noteDatabase(true);
      this.#noteLag(found);
      if (isSame(found, this.#position)) this.#changeId ??= found.changeId;
      if (found.epoch === before.epoch && found.seq < before.seq) {
        // Older than what we have seen committed: the database was restored from a backup.
        await this.#leaveHistory("the database went back in time");
      } else if (isSame(found, before) && changeId !== null && found.changeId !== changeId) {
        await this.#leaveHistory("the position is of another change");
      } else if (!this.#reached(found)) {
        this.counters.gaps += 1;
        await this.reload("a change was missed");
      } else if (performance.now() - this.#lastAudit >= this.#intervals.auditMs) {
        await this.#audit();
      }
    } catch (error) {
      this.#noteDatabase(false, error);
    }
  }

  async #audit(): Promise<void> {
    this.#lastAudit = performance.now();
    const found = await this.#store.fingerprint();
    if (found.epoch !== this.#position.epoch || found.seq !== this.#position.seq) return;
    const theirs = new Map(found.rows.map((row) => [row.id, row.changeId]));
    const now = this.now();
    for (const broadcasts of this.#byWorkspace.values()) {
      for (const { id, changeId, endsAt } of broadcasts) {
        const theirChangeId = theirs.get(id);
        if (theirChangeId === undefined && endsAt !== null && endsAt <= now) continue;
        if (theirChangeId === undefined) return this.reload("a row is gone at the same position");
        if (theirChangeId !== changeId) return this.#leaveHistory("rows differ at one position");
        theirs.delete(id);
      }
    }
    if (theirs.size > 0) await this.#leaveHistory("rows are missing at the same position");
  }

  /** What clients have seen of the positions so far is of no use any more: they begin anew. */
  async #leaveHistory(reason: string): Promise<void> {
    await this.#store.renewEpoch(this.#position.epoch);
    await this.reload(reason);
  }

  async #loadUntilSettled(): Promise<void> {
    do {
      this.#loadAgain = false;
      try {
        await this.#load();
      } catch (error) {
        // The next check finds the difference and comes here again.
        this.#noteDatabase(false, error);
        return;
      }
    } while (this.#loadAgain && !this.#closed);
  }

  async #load(): Promise<void> {
    const askedAt = performance.now();
    const before = this.#position;
    const snapshot = await this.#store.loadFeed();
    this.#noteTime(snapshot.now, askedAt);
    this.#noteDatabase(true);
    this.counters.loads += 1;
    const sameEpoch = snapshot.epoch === this.#position.epoch;
    if (sameEpoch && snapshot.seq < this.#position.seq) {
      // A change that was applied while the statement ran is newer than its answer. Older than
      // what was committed before it, the database was restored from a backup.
      if (snapshot.epoch === before.epoch && snapshot.seq < before.seq) {
        await this.#store.renewEpoch(snapshot.epoch);
      }
      this.#loadAgain = true;
      return;
    }
    if (sameEpoch && this.#isOfAnotherHistory(snapshot)) {
      await this.#store.renewEpoch(snapshot.epoch);
      this.#loadAgain = true;
      return;
    }
    // Those it has already are no change, whatever the position says.
    const known = sameEpoch ? this.#position.seq : Number.POSITIVE_INFINITY;
    this.#noteAges(snapshot.broadcasts.filter((row) => row.seq > known));
    const missed = this.#ready && !(sameEpoch && snapshot.seq === this.#position.seq);
    if (this.#ready && !sameEpoch) this.counters.restores += 1;
    this.#takeSnapshot(snapshot);
    this.#noteLag(snapshot);
    this.#ready = true;
    this.#advance();
    if (missed) this.#controlListeners.call("unknown");
  }

  /**
   * A row only moves forward, and a position is handed out once: one that went back, or says
   * something else at the same position, or had left and is there again, came out of a backup,
   * however far the counter has come since.
   */
  #isOfAnotherHistory(snapshot: FeedSnapshot): boolean {
    if (isSame(snapshot, this.#position) && this.#isElsewhere(snapshot.changeId)) return true;
    return snapshot.broadcasts.some((row) => {
      const known = this.find(row.workspaceId, row.id);
      if (!known) return row.seq <= this.#position.seq && statusOf(row, this.now()) !== "ended";
      return known.seq > row.seq || (known.seq === row.seq && known.changeId !== row.changeId);
    });
  }

  #takeSnapshot(snapshot: FeedSnapshot): void {
    const before = this.#byWorkspace;
    const workspaceIds = [...this.#workspacesById.keys()];
    this.#position = { epoch: snapshot.epoch, seq: snapshot.seq };
    this.#changeId = snapshot.changeId;
    this.#workspacesBySlug = new Map(snapshot.workspaces.map((info) => [info.slug, info]));
    this.#workspacesById = new Map(snapshot.workspaces.map((info) => [info.id, info]));
    this.#byWorkspace = groupByWorkspace(snapshot.broadcasts);
    const present = new Set(snapshot.broadcasts.map((broadcast) => broadcast.id));
    for (const broadcasts of before.values()) {
      for (const broadcast of broadcasts) {
        if (!present.has(broadcast.id)) this.#noteDeparted(broadcast);
      }
    }
    for (const id of workspaceIds) {
      if (!this.#workspacesById.has(id)) this.#goneListeners.call(id);
    }
  }

  #replaceRows(rows: readonly Broadcast[]): void {
    const now = this.now();
    for (const row of rows) {
      const others = this.broadcastsOf(row.workspaceId).filter(({ id }) => id !== row.id);
      if (isLiveOrScheduled(row, now)) others.push(row);
      else this.#noteDeparted(row);
      this.#byWorkspace.set(row.workspaceId, others);
    }
  }

  #noteDeparted(broadcast: Broadcast): void {
    const status = statusOf(broadcast, this.now());
    const reason = status === "ended" ? "ended" : (broadcast.clearedReason ?? "cleared");
    this.#departed.set(broadcast.id, reason);
  }

  #noteControl(entries: readonly ControlEntry[]): void {
    const workspaceChanged = entries.some(
      (entry) => entry.kind === "workspace" || entry.kind === "secret",
    );
    this.#controlListeners.call(entries);
    // Settings and secrets are not in the message; the whole set is one statement. Whoever was
    // admitted by what is gone now can be told from the others only after it ([SEC3]).
    if (workspaceChanged) {
      void this.reload("a workspace changed").then(() => this.#controlListeners.call(entries));
    }
  }

  #advance(): void {
    this.#version += 1;
    this.#scheduleBoundary();
    this.#versionListeners.call();
  }

  #scheduleBoundary(): void {
    clearTimeout(this.#boundaryTimer);
    if (this.#closed) return;
    const now = this.now();
    let next = Number.POSITIVE_INFINITY;
    for (const broadcasts of this.#byWorkspace.values()) {
      next = Math.min(next, nextBoundary(broadcasts, now) ?? Number.POSITIVE_INFINITY);
    }
    if (next === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(Math.max(next - now, 0) + 1, LONGEST_TIMER_MS);
    this.#boundaryTimer = setTimeout(() => {
      if (this.now() >= next) this.#advance();
      else this.#scheduleBoundary();
    }, waitMs);
  }

  #scheduleCheck(): void {
    if (this.#closed) return;
    const healthy = this.#brokerHealthy() && this.#databaseHealthy;
    const waitMs = healthy ? this.#intervals.checkMs : this.#intervals.degradedCheckMs;
    this.#checkTimer = setTimeout(async () => {
      await this.check();
      this.#scheduleCheck();
    }, waitMs);
  }

  /** The broker's health changed: check at the other interval from now on. */
  reconsiderInterval(): void {
    clearTimeout(this.#checkTimer);
    void this.check().then(() => {
      clearTimeout(this.#checkTimer);
      this.#scheduleCheck();
    });
  }

  #reached(position: Position): boolean {
    return position.epoch === this.#position.epoch && position.seq <= this.#position.seq;
  }

  #noteLag(found: Position): void {
    const { epoch, seq } = this.#position;
    const isOther = found.epoch !== epoch;
    this.lag = isOther ? found.seq : Math.max(found.seq - seq, 0);
    if (this.lag === 0) this.#inStepAt = performance.now();
  }

  /**
   * The database read its clock between question and answer: an offset outside of that is wrong.
   * One inside stays, so that a slow answer does not spoil what a quick one has set.
   */
  #noteTime(databaseNow: number, askedAt: number): void {
    const lowest = databaseNow - performance.now();
    const highest = databaseNow - askedAt;
    this.#clockOffset = this.#ready
      ? Math.min(Math.max(this.#clockOffset, lowest), highest)
      : (lowest + highest) / 2;
  }

  #noteDatabase(healthy: boolean, error?: unknown): void {
    if (this.#databaseHealthy === healthy) return;
    this.#databaseHealthy = healthy;
    if (healthy) this.#logger.info("the database answers again");
    else this.#logger.error({ err: error }, "the database does not answer; serving from memory");
    this.#healthListeners.call(healthy);
  }
}

function isSame(a: Position, b: Position): boolean {
  return a.epoch === b.epoch && a.seq === b.seq;
}

function groupByWorkspace(broadcasts: readonly Broadcast[]): Map<string, Broadcast[]> {
  const groups = new Map<string, Broadcast[]>();
  for (const broadcast of broadcasts) {
    getOrMake(groups, broadcast.workspaceId, () => []).push(broadcast);
  }
  return groups;
}
