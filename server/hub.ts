import type { Viewer } from "@/core/audience";
import { matches } from "@/core/audience";
import { liveFrom } from "@/core/broadcast";
import { CLOSE } from "@/core/close-codes";
import { AppError } from "@/core/errors";
import { LIMITS } from "@/core/limits";
import { PING_INTERVAL_MS } from "@/core/protocol";
import { isHidden } from "@/core/visibility";
import type { Acknowledgements } from "@/lib/acknowledgements";
import type { Authenticator } from "@/lib/auth/authenticator";
import { Batcher } from "@/lib/batcher";
import type { Reach, ReachCounter } from "@/lib/delivery";
import type { Feed } from "@/lib/feed";
import type { Logger } from "@/lib/logger";
import type { Acknowledgement, ReceiptStore, RecipientException } from "@/lib/ports/receipt-store";
import type { SessionOpened, SessionStore } from "@/lib/ports/session-store";
import type { ReceiptQueue } from "@/lib/receipt-queue";
import type { MissedBroadcasts } from "@/lib/sessions/missed";
import { ConnectedFrames } from "./connected";
import { Connection, type ConnectionInit, type Identity, type Traffic } from "./connection";
import { encodeTexts } from "./frame";
import { Heartbeat } from "./heartbeat";
import { LoopTurns } from "./loop-turns";
import { Patience } from "./patience";
import { Pump } from "./pump";
import { forgetExceptions, noteException, type Recipient, Registry } from "./registry";
import type { Entry } from "./views";

/** Connecting recipients whose acknowledgements are read by one query; longer in a crowd. */
const LOAD_WINDOW_MS = 5;
const MAX_LOAD_WINDOW_MS = 100;
const MAX_LOAD = 1_000;
/** Connections that are told everything in one turn of the event loop: a millisecond or two. */
const SHOWN_PER_TURN = 16;
const MAX_LOADS_WAITING = 50_000;
/** Clients that claim a position this feed does not have make it look, this often at most. */
const AHEAD_CHECK_INTERVAL_MS = 100;
/** [DEG5] A database that takes longer is not waited for: a client gets in without its answer. */
const LOAD_PATIENCE_MS = 2_000;

export interface HubOptions {
  feed: Feed;
  sessions: Pick<SessionStore, "opened" | "closed" | "changed">;
  receipts: Pick<ReceiptStore, "exceptionsOf">;
  receiptQueue: Pick<ReceiptQueue, "addDelivered">;
  acknowledgements: Pick<Acknowledgements, "onAcknowledged">;
  authenticator: Pick<Authenticator, "isRevoked" | "recheck" | "issueSession">;
  /** Counts what went live while a recipient was away. */
  missed: Pick<MissedBroadcasts, "count" | "countNow">;
  logger: Logger;
  workerId: string;
  /** Default 30 s. */
  pingIntervalMs?: number;
  /** Changes that are being committed now; default: none. */
  underWay?: () => number;
  onPass?: (pass: { ms: number; connections: number; frames: number }) => void;
}

/** A connection that is being let in. */
interface Joining {
  readonly connection: Connection;
  readonly then: (error: unknown) => void;
  /** So many answers are still to come; infinitely many where one of them failed. */
  waitsFor: number;
  previouslySeenAt: number | null;
}

/** More of one recipient than can be live at once ([BC11]): some are of the past. */
const MAX_EXCEPTIONS = 2 * LIMITS.liveBroadcasts;

/** Broadcasts remembered as dismissed by somebody, before those that are gone are forgotten. */
const MAX_EXCEPTED = 1_000;

/**
 * The recipients' connections of this worker: lets them in, keeps what they are shown in step
 * with the feed (the pump), and takes banners off when they are acknowledged anywhere.
 */
export class Hub implements ReachCounter {
  readonly traffic: Traffic = { framesIn: 0, framesOut: 0, bannersOut: 0, dropped: 0, turnover: 0 };
  readonly registry = new Registry();
  readonly pump: Pump;
  readonly #options: HubOptions;
  readonly #pingIntervalMs: number;
  readonly #heartbeat: Heartbeat;
  readonly #loads: Batcher<Recipient, null>;
  readonly #unsubscribes: (() => void)[];
  /** Open connections of a workspace, as of a turnover. */
  readonly #census = new Map<string, { turnover: number; reach: Reach }>();
  /** Broadcasts that somebody here dismissed or put off: their reach is counted one by one. */
  readonly #excepted = new Set<string>();
  readonly #turns = new LoopTurns({ perTurn: SHOWN_PER_TURN });
  readonly #patience = new Patience(LOAD_PATIENCE_MS);
  readonly #connectedFrames: ConnectedFrames;
  #aheadCheckedAt = Number.NEGATIVE_INFINITY;
  #aheadCheck: Promise<void> | null = null;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#pingIntervalMs = options.pingIntervalMs ?? PING_INTERVAL_MS;
    const { feed, acknowledgements } = options;
    this.#connectedFrames = new ConnectedFrames(options.workerId, this.#pingIntervalMs);
    this.pump = new Pump({
      source: feed,
      connections: this.registry.connections,
      underWay: options.underWay,
      showAnew: (connection) => void this.#beginEpoch(connection),
      onDelivered: (counts) => {
        for (const [entry, count] of counts) this.#noteDelivered(entry, count);
      },
      onPass: options.onPass,
    });
    this.#heartbeat = new Heartbeat({
      connections: this.registry.connections,
      now: () => feed.now(),
      pingIntervalMs: this.#pingIntervalMs,
    });
    this.#loads = new Batcher({
      run: (recipients) => this.#loadExceptions(recipients),
      windowMs: LOAD_WINDOW_MS,
      maxWindowMs: MAX_LOAD_WINDOW_MS,
      maxItems: MAX_LOAD,
      maxWaiting: MAX_LOADS_WAITING,
      onFull: () => new AppError("unavailable", "Too many are connecting.", { retryAfterS: 5 }),
    });
    this.#unsubscribes = [
      feed.onVersion(() => this.pump.wake()),
      feed.onControl(() => this.#closeRevoked()),
      feed.onWorkspaceGone((id) => this.#census.delete(id)),
      feed.onDatabaseHealth((healthy) => {
        if (healthy) this.#correctUnknown();
      }),
      acknowledgements.onAcknowledged((batch) => this.#takeAcknowledged(batch)),
    ];
  }

  start(): void {
    this.#heartbeat.start();
  }

  /** Connections go elsewhere; see drain.ts for how they are told. */
  close(): void {
    this.#heartbeat.close();
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe();
  }

  /** First, so that nothing that happens while it is let in is missed; shown nothing before `join`. */
  register(init: ConnectionInit): Connection {
    const connection = new Connection(init);
    this.registry.add(connection);
    return connection;
  }

  /**
   * Lets a registered connection in: what it dismissed is looked up, then it is told everything at
   * once. Without a promise where nobody has to be asked: very many come together ([DEG8]).
   *
   * @param claimedSeq the position the client says it has seen: it is never shown an older state
   * @param then called once: the connection has been told everything, or has ended meanwhile; or
   * it could not be let in, and has left
   */
  join(connection: Connection, claimedSeq: number | null, then: (error: unknown) => void): void {
    const joining = { connection, then, waitsFor: 1, previouslySeenAt: null };
    try {
      this.#askAbout(joining, claimedSeq);
      this.#answered(joining);
    } catch (error) {
      this.#fail(joining, error);
    }
  }

  /** Side by side: when its recipient was here last, and what it dismissed. */
  #askAbout(joining: Joining, claimedSeq: number | null): void {
    const { connection } = joining;
    const session = this.#sessionOf(connection);
    const opened = this.#options.sessions.opened({ connectionId: connection.id, session });
    const note = ({ previouslySeenAt }: SessionOpened) => {
      joining.previouslySeenAt = previouslySeenAt;
    };
    if (opened instanceof Promise) this.#waitFor(joining, opened.then(note));
    else note(opened);
    // What is read of a recipient is about the feed's broadcasts: they must be there first.
    if (this.#isAhead(claimedSeq)) {
      const caughtUp = this.#catchUp().then(() => this.#ensureExceptions(connection));
      this.#waitFor(joining, caughtUp);
    } else if (connection.recipient?.exceptionsKnown === false) {
      joining.waitsFor += 1;
      this.#whenKnown(connection.recipient, () => this.#answered(joining));
    }
  }

  #waitFor(joining: Joining, answer: Promise<unknown>): void {
    joining.waitsFor += 1;
    answer.then(
      () => this.#answered(joining),
      (error) => this.#fail(joining, error),
    );
  }

  #answered(joining: Joining): void {
    joining.waitsFor -= 1;
    if (joining.waitsFor > 0) return;
    const { connection, previouslySeenAt } = joining;
    const missed = this.#options.authenticator.isRevoked(connection.identity)
      ? this.#recheck(connection).then(() => this.#missed(connection, previouslySeenAt))
      : this.#missed(connection, previouslySeenAt);
    const go = (count: number) => this.#turns.run(() => this.#letIn(joining, count));
    if (typeof missed === "number") go(missed);
    else missed.then(go, (error) => this.#fail(joining, error));
  }

  #letIn(joining: Joining, missed: number): void {
    const { connection, then } = joining;
    try {
      if (connection.open()) {
        this.#heartbeat.begin(connection);
        this.#show(connection, missed);
        // What changed between the last look and now is the pump's.
        if (connection.version !== this.#options.feed.version) this.pump.wake();
      }
    } catch (error) {
      this.#fail(joining, error);
      return;
    }
    then(null);
  }

  /** Nothing that it still waits for brings it back. */
  #fail(joining: Joining, error: unknown): void {
    if (joining.waitsFor === Number.POSITIVE_INFINITY) return;
    joining.waitsFor = Number.POSITIVE_INFINITY;
    this.leave(joining.connection);
    joining.then(error);
  }

  leave(connection: Connection): void {
    if (!this.registry.connections.has(connection)) return;
    connection.end();
    this.registry.remove(connection);
    this.#options.sessions.closed(connection.sessionId, connection.id).catch((err) => {
      this.#options.logger.debug({ err }, "a closed session will be told later");
    });
  }

  /**
   * The connection is somebody else's from now on, or has new rights: all is evaluated anew. Held
   * back meanwhile, so that nobody is shown what they have dismissed.
   */
  async identify(connection: Connection, identity: Identity, viewer: Viewer): Promise<void> {
    if (!this.registry.connections.has(connection)) return;
    connection.held = true;
    connection.identity = identity;
    this.registry.move(connection, viewer);
    // The fresh token runs out at another time; somebody else may now count as two recipients.
    connection.lookAt = 0;
    this.traffic.turnover += 1;
    try {
      await this.#options.sessions.changed(this.#sessionOf(connection));
      await this.#ensureExceptions(connection);
    } finally {
      this.#showAnew(connection);
    }
  }

  eligible(workspaceId: string, broadcastId: string): Reach {
    const broadcast = this.#options.feed.find(workspaceId, broadcastId);
    if (!broadcast) return { connections: 0, recipients: 0 };
    if (broadcast.audience === null && !this.#excepted.has(broadcastId)) {
      return this.#everybody(workspaceId);
    }
    return this.#count(
      workspaceId,
      (recipient, viewer) =>
        !isHidden(broadcast, recipient.exceptions?.get(broadcastId)) &&
        matches(broadcast.audience, viewer, broadcastId),
    );
  }

  showing(workspaceId: string, broadcastIds: readonly string[]): Reach {
    return this.#count(workspaceId, (_recipient, _viewer, connection) =>
      broadcastIds.some((id) => connection.shown.find(id) !== undefined),
    );
  }

  /** Whom an audience would reach here. */
  matching(workspaceId: string, audience: unknown, broadcastId: string): Reach {
    return this.#count(workspaceId, (_recipient, viewer) => matches(audience, viewer, broadcastId));
  }

  /** Counted once for as long as nobody comes, goes or becomes somebody else. */
  #everybody(workspaceId: string): Reach {
    const known = this.#census.get(workspaceId);
    if (known?.turnover === this.traffic.turnover) return known.reach;
    const reach = this.#count(workspaceId, () => true);
    this.#census.set(workspaceId, { turnover: this.traffic.turnover, reach });
    return reach;
  }

  #noteException(recipient: Recipient, news: RecipientException): boolean {
    this.#excepted.add(news.broadcastId);
    if (this.#excepted.size > MAX_EXCEPTED) this.#forgetExcepted();
    return noteException(recipient, news);
  }

  #forgetExcepted(): void {
    for (const id of this.#excepted) {
      const isLive = [...this.registry.workspaceIds()].some((workspaceId) =>
        this.#options.feed.find(workspaceId, id),
      );
      if (!isLive) this.#excepted.delete(id);
    }
  }

  #count(
    workspaceId: string,
    counts: (recipient: Recipient, viewer: Viewer, connection: Connection) => boolean,
  ): Reach {
    let connections = 0;
    let recipients = 0;
    for (const recipient of this.registry.recipients(workspaceId)) {
      let here = 0;
      for (const connection of recipient.connections) {
        if (connection.state === "open" && counts(recipient, connection.viewer, connection)) {
          here += 1;
        }
      }
      connections += here;
      if (here > 0) recipients += 1;
    }
    return { connections, recipients };
  }

  /** Ends holding it back. */
  #showAnew(connection: Connection): void {
    connection.held = false;
    if (connection.state === "open") this.#show(connection, 0);
  }

  /**
   * The database went back in time: what returned with it may be dismissed since long ago, and
   * positions count from another beginning. Read anew, then told anew.
   */
  async #beginEpoch(connection: Connection): Promise<void> {
    connection.held = true;
    if (connection.recipient) forgetExceptions(connection.recipient);
    await this.#ensureExceptions(connection);
    this.#showAnew(connection);
  }

  /** `connected`, then all of what it should have, in one write. */
  #show(connection: Connection, missed: number): void {
    const { authenticator, feed } = this.#options;
    const { group, recipient, viewer, workspaceId, identity, sessionId } = connection;
    if (!group || !recipient) return;
    const shown = this.pump.book.setFor(group, viewer, recipient.exceptions);
    const common = { shown, workspace: feed.workspaceById(workspaceId), position: feed.position };
    const connected = this.#connectedFrames.jsonFor(common, {
      connection,
      now: feed.now(),
      // A program that watches with its key has nothing to take up again.
      sessionToken: identity.kind === "key" ? "" : authenticator.issueSession(identity, sessionId),
      missed,
      acknowledgementsKnown: recipient.exceptionsKnown,
    });
    connection.toldUnknown = !recipient.exceptionsKnown;
    connection.shown = shown;
    connection.version = feed.version;
    connection.epoch = feed.position.epoch;
    connection.write(encodeTexts([connected], shown.activeFrames), 1 + shown.entries.length);
    for (const entry of shown.entries) this.#noteDelivered(entry, 1);
  }

  /** The `active_broadcast` frames again. */
  showAgain(connection: Connection): void {
    if (connection.held) return;
    this.pump.update(connection);
    const { activeFrames, entries } = connection.shown;
    if (entries.length > 0) connection.write(activeFrames, entries.length);
  }

  #missed(connection: Connection, since: number | null): number | Promise<number> {
    if (since === null) return 0;
    const { workspaceId, viewer } = connection;
    const known = this.#options.missed.countNow(workspaceId, viewer, since);
    return known ?? this.#countMissed(connection, since);
  }

  async #countMissed(connection: Connection, since: number): Promise<number> {
    const { feed, missed } = this.#options;
    try {
      const counted = missed.count(connection.workspaceId, connection.viewer, since);
      return await this.#inTime(counted);
    } catch {
      // [DEG5] The database is away: what is live is known, what has ended is not.
      return feed
        .visibleTo(connection.workspaceId, connection.viewer, [])
        .filter((broadcast) => liveFrom(broadcast) > since).length;
    }
  }

  async #ensureExceptions({ recipient }: Connection): Promise<void> {
    if (!recipient || recipient.exceptionsKnown) return;
    await new Promise<void>((resolve) => this.#whenKnown(recipient, resolve));
  }

  /** Calls back when it is known what they dismissed, or when that is not to be had in time. */
  #whenKnown(recipient: Recipient, then: () => void): void {
    // [DEG5] The client applies its own dismissals until this is corrected.
    const known = this.#options.feed.databaseHealthy ? this.#patience.wait(then) : null;
    this.#loads.push(
      recipient,
      () => known?.(),
      (err) => {
        this.#options.logger.debug({ err }, "acknowledgements are not known now");
        known?.();
      },
    );
    if (known === null) then();
  }

  /** Late or in time: whoever was let in without them is corrected. */
  #noteLoaded(recipient: Recipient, found: readonly RecipientException[]): void {
    for (const exception of found) this.#noteException(recipient, exception);
    recipient.exceptionsKnown = true;
    for (const connection of recipient.connections) {
      if (connection.toldUnknown && !connection.held) this.#showAnew(connection);
    }
  }

  /** @throws where the database is known to be away, or the answer takes too long */
  #inTime<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waitMs = this.#options.feed.databaseHealthy ? LOAD_PATIENCE_MS : 0;
      const timer = setTimeout(() => reject(new Error(`no answer in ${waitMs} ms`)), waitMs);
      answer.then(
        (value) => {
          clearTimeout(timer);
          resolve(value);
        },
        (error) => {
          clearTimeout(timer);
          reject(error);
        },
      );
    });
  }

  async #loadExceptions(recipients: readonly Recipient[]): Promise<readonly null[]> {
    const { feed, receipts } = this.#options;
    const workspaceIds = new Set(recipients.map((recipient) => recipient.workspaceId));
    const broadcastIds = [...workspaceIds].flatMap((id) =>
      feed.broadcastsOf(id).map((broadcast) => broadcast.id),
    );
    const ids = [...new Set(recipients.map(({ id }) => id))];
    const found = broadcastIds.length === 0 ? null : await receipts.exceptionsOf(ids, broadcastIds);
    for (const recipient of recipients) {
      this.#noteLoaded(recipient, found?.get(recipient.id) ?? []);
    }
    return recipients.map(() => null);
  }

  /** The database is back: recipients whose acknowledgements were unknown are corrected. */
  #correctUnknown(): void {
    for (const connection of this.registry.connections) {
      if (connection.toldUnknown) void this.#ensureExceptions(connection);
    }
  }

  #isAhead(claimedSeq: number | null): boolean {
    return claimedSeq !== null && claimedSeq > this.#options.feed.position.seq;
  }

  /** Many that come ahead of the feed share one look; it waits for the interval to be over. */
  async #catchUp(): Promise<void> {
    this.#aheadCheck ??= this.#checkAhead().finally(() => {
      this.#aheadCheck = null;
    });
    await this.#inTime(this.#aheadCheck).catch(() => undefined);
  }

  async #checkAhead(): Promise<void> {
    const waitMs = this.#aheadCheckedAt + AHEAD_CHECK_INTERVAL_MS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    this.#aheadCheckedAt = performance.now();
    await this.#options.feed.check();
  }

  #takeAcknowledged(batch: readonly Acknowledgement[]): void {
    for (const { broadcastId, recipient: recipientId, revision } of batch) {
      // Broadcast ids are unique, so another workspace's recipient of that name loses nothing.
      for (const workspaceId of this.registry.workspaceIds()) {
        const recipient = this.registry.recipient(workspaceId, recipientId);
        if (recipient) this.#takeOff(recipient, broadcastId, revision);
      }
    }
  }

  #takeOff(recipient: Recipient, broadcastId: string, revision: number): void {
    const news = { broadcastId, acknowledgedRevision: revision, snoozedUntil: null };
    if (!this.#noteException(recipient, news)) return;
    this.#forgetDeparted(recipient);
    for (const connection of recipient.connections) {
      if (connection.state !== "open") continue;
      const entry = connection.shown.find(broadcastId);
      if (entry && revision >= entry.showFromRevision) {
        connection.shown = connection.shown.without(broadcastId);
        // Not what a version of the feed says it is shown: looked at as a whole next time.
        connection.version = -1;
      }
      connection.send({ type: "broadcast_acknowledged", broadcast_id: broadcastId, revision });
    }
  }

  /** Exceptions to broadcasts that are long gone do not pile up on a connection open for weeks. */
  #forgetDeparted({ exceptions, workspaceId }: Recipient): void {
    if (!exceptions || exceptions.size <= MAX_EXCEPTIONS) return;
    for (const id of exceptions.keys()) {
      if (!this.#options.feed.find(workspaceId, id)) exceptions.delete(id);
    }
  }

  /** A snooze is personal: the recipient's connections are brought up to date at once. */
  noteSnoozed(recipient: Recipient, broadcastId: string, snoozedUntil: number): void {
    this.#noteException(recipient, { broadcastId, acknowledgedRevision: 0, snoozedUntil });
    for (const connection of recipient.connections) {
      connection.version = -1;
      this.pump.update(connection);
    }
  }

  /** [SEC3] Whoever may have lost a right is looked at again; who lost it is closed. */
  #closeRevoked(): void {
    const { authenticator } = this.#options;
    for (const connection of this.registry.connections) {
      if (authenticator.isRevoked(connection.identity)) void this.#recheck(connection);
    }
  }

  async #recheck(connection: Connection): Promise<void> {
    try {
      const standing = await this.#options.authenticator.recheck(connection.identity);
      if (standing === "gone") connection.close(CLOSE.unknown);
      if (standing === "ended") connection.close(CLOSE.tokenInvalid);
      // It comes back as what it is now.
      if (standing === "changed") connection.close(CLOSE.restarting);
    } catch (err) {
      this.#options.logger.warn({ err }, "a connection's rights could not be looked up");
      connection.close(CLOSE.tryLater);
    }
  }

  #sessionOf(connection: Connection) {
    const { viewer, workspaceId, sessionId, client } = connection;
    return {
      id: sessionId,
      workspaceId,
      recipient: viewer.recipient,
      label: viewer.name ?? (viewer.kind === "anonymous" ? null : viewer.subject),
      traits: viewer.traits,
      roles: viewer.roles,
      locale: viewer.locale,
      client,
    };
  }

  #noteDelivered(entry: Entry, count: number): void {
    this.traffic.bannersOut += count;
    this.#options.receiptQueue.addDelivered(entry.id, entry.showFromRevision, count);
  }
}
