import { AppError, isAppError } from "@/core/errors";
import type { Logger } from "@/lib/logger";
import type {
  SessionCounts,
  SessionOpened,
  SessionOpening,
  SessionStore,
  StoredSession,
  WorkerInfo,
  WorkerTraffic,
} from "@/lib/ports/session-store";
import { type Session, type SessionState, SessionTable, sessionKey } from "../memory/session-table";
import type { RedisConnection } from "./redis-connection";
import { RedisRoster, type RosterEntry } from "./redis-roster";
import { toList, toMs, toNumber, toText, toUs } from "./reply";
import { type SessionScripts, sessionScripts } from "./session-lua";
import { toStoredSession } from "./session-record";

export interface RedisSessionStoreOptions {
  connection: RedisConnection;
  workerId: string;
  nodeId: string;
  version: string;
  /** Seconds that a session outlives its last connection. */
  ttlS: number;
  logger: Logger;
  /** What other workers are told of this one; null = nothing. Default: nothing. */
  traffic?: () => WorkerTraffic | null;
  /** Between two heartbeats, ms; default 2,000. */
  beatMs?: number;
  /** A worker that has not beaten for so long is dead, ms; default 12,000. */
  deadAfterMs?: number;
  /** Sessions whose state waits for Redis at most, but for the open ones; default 100,000. */
  maxWaiting?: number;
}

/** Inactive sessions that a worker remembers by itself, to have them written and for outages. */
const MAX_INACTIVE_HERE = 20_000;
/** Sessions that one script forgets: some milliseconds of Redis's time. */
const FORGET_CHUNK = 500;
/** Rows of one page at most. */
const MAX_PAGE = 200;

type Page = { limit: number; cursor: string | null };
type Listed = { sessions: StoredSession[]; next: string | null };

/**
 * Sessions of all workers, in Redis. This worker's own are in a table here, which is the truth
 * about them: Redis is told of it by a roster, and while it is away every question is answered
 * from the table, at once, for this worker only.
 */
export class RedisSessionStore implements SessionStore {
  readonly #options: RedisSessionStoreOptions;
  readonly #scripts: SessionScripts;
  readonly #table: SessionTable;
  readonly #roster: RedisRoster;
  /** When Redis first had the present content of an open session, µs by its clock. */
  readonly #takenAt = new Map<string, number>();

  constructor(options: RedisSessionStoreOptions) {
    const { workerId, nodeId, ttlS } = options;
    const ttlMs = ttlS * 1000;
    this.#options = options;
    this.#scripts = sessionScripts(ttlMs);
    this.#table = new SessionTable({ workerId, nodeId, ttlMs, maxInactive: MAX_INACTIVE_HERE });
    this.#roster = new RedisRoster({
      ...options,
      name: "sessions",
      scripts: this.#scripts,
      lostForMs: ttlMs,
      describe: (key) => this.#describe(key),
      isOpen: (key) => this.#table.isActive(key),
      openKeys: () => this.#table.activeKeys(),
      onWritten: (key, answers, nowUs) => this.#noteWritten(key, answers, nowUs),
    });
  }

  get healthy(): boolean {
    return this.#roster.healthy;
  }

  start(): Promise<void> {
    return this.#roster.start();
  }

  async opened(opening: SessionOpening): Promise<SessionOpened> {
    const { session } = opening;
    const key = sessionKey(session.workspaceId, session.id);
    const here = this.#table.open(opening, this.#roster.client.now());
    this.#takenAt.delete(key);
    const answers = await this.#roster.touch(key);
    if (!answers) return here;
    const [first, previous = -1] = answers;
    return {
      firstSeenAt: Math.min(here.firstSeenAt, toMs(first)),
      previouslySeenAt: previous < 0 ? null : toMs(previous),
    };
  }

  async closed(sessionId: string, connectionId: string): Promise<void> {
    const key = this.#table.close(sessionId, connectionId, this.#roster.client.now());
    if (key !== null) await this.#roster.touch(key);
  }

  async changed(session: Session): Promise<void> {
    const key = this.#table.change(session, this.#roster.client.now());
    if (key === null) return;
    this.#takenAt.delete(key);
    await this.#roster.touch(key);
  }

  async counts(workspaceId: string | null): Promise<SessionCounts> {
    const here = () => this.#countHere(workspaceId);
    return this.#ask(async () => {
      const reply = await this.#roster.client.ask(this.#scripts.counts, [workspaceId ?? ""]);
      const [, , recipients = 0, active = 0, inactive = 0, connections = 0, lost] =
        reply.map(toNumber);
      const allSessions = active + inactive;
      const incomplete = lost === 1;
      return {
        recipients,
        activeSessions: active,
        allSessions,
        connections,
        clusterWide: true,
        incomplete,
      };
    }, here);
  }

  async workers(): Promise<WorkerInfo[]> {
    return this.#ask(
      () => this.#roster.client.workers(),
      () => [this.#describeWorker()],
    );
  }

  async find(workspaceId: string, sessionId: string): Promise<StoredSession | null> {
    return this.#ask(
      async () => {
        const key = sessionKey(workspaceId, sessionId);
        const [, now, row] = await this.#roster.client.ask(this.#scripts.find, [key]);
        return toStoredSession(row, toMs(now));
      },
      () => this.#table.find(workspaceId, sessionId, this.#roster.client.now()),
    );
  }

  /**
   * Active ones first, each part newest first; at most 200 at once. Where Redis goes or returns
   * between two pages, the second begins elsewhere: some are missing or come again.
   */
  async list(workspaceId: string, state: SessionState, page: Page): Promise<Listed> {
    const limit = Math.min(Math.max(page.limit, 1), MAX_PAGE);
    const cursor = parseCursor(page.cursor, state);
    const args = [workspaceId, cursor.part, cursor.highest, String(limit + 1)];
    return this.#ask(
      async () => {
        const both = state === "all" ? "1" : "0";
        const [, now, ...rows] = await this.#roster.client.ask(this.#scripts.list, [...args, both]);
        return toPage(rows, limit, toMs(now));
      },
      () => this.#table.list(workspaceId, state, { ...page, limit }, this.#roster.client.now()),
    );
  }

  async forget(workspaceId: string): Promise<void> {
    const open = this.#table.forget(workspaceId);
    for (const key of open) this.#takenAt.delete(key);
    await Promise.all(open.map((key) => this.#roster.touch(key)));
    let cursor = "0";
    let left = 0;
    do {
      const args = [workspaceId, cursor, FORGET_CHUNK];
      const [, , more, next] = await this.#roster.client.ask(this.#scripts.forget, args);
      cursor = toText(next);
      left = toNumber(more);
    } while (left > 0 || cursor !== "0");
  }

  close(): Promise<void> {
    return this.#roster.close();
  }

  /** Redis's answer, or this worker's own where Redis has none. */
  async #ask<T>(inRedis: () => Promise<T>, here: () => T): Promise<T> {
    if (!this.#roster.healthy) return here();
    try {
      return await inRedis();
    } catch (err) {
      if (!isAppError(err)) this.#options.logger.warn({ err }, "Redis refused a question");
      return here();
    }
  }

  #describe(key: string): RosterEntry | null {
    const entry = this.#table.get(key);
    if (!entry) return null;
    const data = JSON.stringify(entry.session);
    const { recipient } = entry.session;
    const takenAt = this.#takenAt.get(key) ?? 0;
    const values = [recipient, data, String(toUs(entry.firstSeenAt)), String(takenAt)];
    return { weight: entry.connections, content: data, values };
  }

  #noteWritten(key: string, [first]: readonly number[], nowUs: number): void {
    const entry = this.#table.get(key);
    if (!entry || entry.connections === 0) {
      this.#takenAt.delete(key);
      return;
    }
    if (first !== undefined) entry.firstSeenAt = Math.min(entry.firstSeenAt, toMs(first));
    if (!this.#takenAt.has(key)) this.#takenAt.set(key, nowUs);
  }

  #countHere(workspaceId: string | null): SessionCounts {
    const figures = this.#table.counts(workspaceId, this.#roster.client.now());
    return { ...figures, clusterWide: false, incomplete: false };
  }

  #describeWorker(): WorkerInfo {
    const { workerId, nodeId, version } = this.#options;
    const now = this.#roster.client.now();
    const { connections } = this.#table.counts(null, now);
    return {
      workerId,
      nodeId,
      version,
      startedAt: this.#roster.startedAt ?? now,
      lastBeatAt: now,
      connections,
      traffic: this.#options.traffic?.() ?? null,
    };
  }
}

function toPage(rows: readonly unknown[], limit: number, now: number): Listed {
  const shown = rows.slice(0, limit).map(toList);
  const sessions = shown.flatMap(([, , row]) => toStoredSession(row, now) ?? []);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { sessions, next: hasMore ? `${toText(last[0])}:${toText(last[1])}` : null };
}

/** The highest score that the page may begin with, as ZREVRANGEBYSCORE takes it. */
function parseCursor(
  cursor: string | null,
  state: SessionState,
): { part: string; highest: string } {
  if (cursor === null)
    return { part: state === "inactive" ? "inactive" : "active", highest: "+inf" };
  const match = /^(active|inactive):(\d{1,17})$/.exec(cursor);
  const [, part, score] = match ?? [];
  if (!part || (state !== "all" && state !== part)) {
    throw new AppError("invalid", "This cursor is not one of ours.", { field: "cursor" });
  }
  return { part, highest: `(${score}` };
}
