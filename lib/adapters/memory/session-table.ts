import { AppError } from "@/core/errors";
import { getOrMake } from "@/lib/collections";
import type {
  SessionCounts,
  SessionOpened,
  SessionOpening,
  StoredSession,
} from "@/lib/ports/session-store";
import { RecentlySeen } from "./recently-seen";

export type SessionState = "active" | "inactive" | "all";
export type Session = SessionOpening["session"];
type SessionFigures = Omit<SessionCounts, "clusterWide" | "incomplete">;

/** Inactive sessions kept at most; the longest gone are forgotten first. */
const MAX_INACTIVE = 200_000;

interface SessionTableOptions {
  /** How long a session outlives its last connection, ms. */
  ttlMs: number;
  workerId: string;
  nodeId: string;
  maxInactive?: number;
}

interface TableEntry {
  /** A copy of what the caller gave; replaced, never changed. */
  session: Session;
  /** So many are open. */
  connections: number;
  firstSeenAt: number;
  lastSeenAt: number;
  /** Rises with every change between active and inactive: what lists are ordered by. */
  order: number;
  /** ms; null while a connection is open. */
  expiresAt: number | null;
}

interface Figures {
  /** Active sessions of each recipient that has any. */
  recipients: Map<string, number>;
  active: number;
  inactive: number;
  connections: number;
}

/** What a session is known by: ids are unique in a workspace only. */
export function sessionKey(workspaceId: string, sessionId: string): string {
  return `${workspaceId}/${sessionId}`;
}

/**
 * One process's sessions: the whole truth without Redis, this worker's part of it with. Pure
 * data; the clock (ms) comes in as an argument.
 */
export class SessionTable {
  readonly #options: Required<SessionTableOptions>;
  readonly #active = new Map<string, TableEntry>();
  /** In the order of leaving, which is the order of expiry. */
  readonly #inactive = new Map<string, TableEntry>();
  /** Session key by connection id. */
  readonly #keys = new Map<string, string>();
  readonly #figures = new Map<string, Figures>();
  readonly #seen = new RecentlySeen();
  #lastOrder = 0;
  /** No inactive one's time comes before, ms: to look for the first of a map may take long. */
  #nextExpiry = 0;

  constructor(options: SessionTableOptions) {
    this.#options = { maxInactive: MAX_INACTIVE, ...options };
  }

  open({ session, connectionId }: SessionOpening, now: number): SessionOpened {
    this.expire(now);
    const key = sessionKey(session.workspaceId, session.id);
    const before = this.#keys.get(connectionId);
    if (before !== undefined && before !== key) this.#leave(connectionId, now);
    const previouslySeenAt = this.#lastSeen(session, now);
    const known = this.#active.get(key);
    if (known) this.#describe(known, session, now);
    const entry = known ?? this.#activate(key, session, now);
    if (before !== key) {
      entry.connections += 1;
      this.#keys.set(connectionId, key);
      this.#figuresOf(session.workspaceId).connections += 1;
    }
    return { firstSeenAt: entry.firstSeenAt, previouslySeenAt };
  }

  /** The key of the session that lost the connection; null where it had none such. */
  close(sessionId: string, connectionId: string, now: number): string | null {
    this.expire(now);
    const key = this.#keys.get(connectionId);
    if (key === undefined || this.#active.get(key)?.session.id !== sessionId) return null;
    this.#leave(connectionId, now);
    return key;
  }

  /** The key of the session; null where it is not open here. */
  change(session: Session, now: number): string | null {
    const key = sessionKey(session.workspaceId, session.id);
    const entry = this.#active.get(key);
    if (!entry) return null;
    this.#describe(entry, session, now);
    return key;
  }

  /** Active, or inactive and not expired. */
  get(key: string): TableEntry | undefined {
    return this.#active.get(key) ?? this.#inactive.get(key);
  }

  isActive(key: string): boolean {
    return this.#active.has(key);
  }

  activeKeys(): IterableIterator<string> {
    return this.#active.keys();
  }

  counts(workspaceId: string | null, now: number): SessionFigures {
    this.expire(now);
    const all =
      workspaceId === null ? [...this.#figures.values()] : [this.#figures.get(workspaceId)];
    const counts = { recipients: 0, activeSessions: 0, allSessions: 0, connections: 0 };
    for (const figures of all) {
      if (!figures) continue;
      counts.recipients += figures.recipients.size;
      counts.activeSessions += figures.active;
      counts.allSessions += figures.active + figures.inactive;
      counts.connections += figures.connections;
    }
    return counts;
  }

  find(workspaceId: string, sessionId: string, now: number): StoredSession | null {
    this.expire(now);
    const entry = this.get(sessionKey(workspaceId, sessionId));
    return entry ? this.#stored(entry, now) : null;
  }

  /** Active ones first, each part newest first. */
  list(
    workspaceId: string,
    state: SessionState,
    page: { limit: number; cursor: string | null },
    now: number,
  ): { sessions: StoredSession[]; next: string | null } {
    this.expire(now);
    const after = parseCursor(page.cursor);
    const active =
      state === "inactive" || after.part === "inactive" ? [] : [...this.#active.values()];
    const inactive = state === "active" ? [] : [...this.#inactive.values()];
    const rest = [
      ...active.filter((entry) => entry.order < after.order).reverse(),
      ...inactive.filter((entry) => after.part === "active" || entry.order < after.order).reverse(),
    ].filter((entry) => entry.session.workspaceId === workspaceId);
    const shown = rest.slice(0, page.limit);
    return {
      sessions: shown.map((entry) => this.#stored(entry, now)),
      next: rest.length > shown.length ? toCursor(shown.at(-1)) : null,
    };
  }

  /**
   * Forgets a workspace, open connections too: their closing is news of nothing later.
   * @returns the keys of the sessions that were active
   */
  forget(workspaceId: string): string[] {
    const active: string[] = [];
    for (const [key, { session }] of this.#active) {
      if (session.workspaceId !== workspaceId) continue;
      this.#active.delete(key);
      active.push(key);
    }
    for (const [connectionId, key] of this.#keys) {
      if (!this.#active.has(key)) this.#keys.delete(connectionId);
    }
    for (const [key, { session }] of this.#inactive) {
      if (session.workspaceId === workspaceId) this.#inactive.delete(key);
    }
    this.#figures.delete(workspaceId);
    this.#seen.forget((recipient) => recipient.startsWith(`${workspaceId}/`));
    return active;
  }

  /** Forgets the inactive whose time has come. */
  expire(now: number): void {
    if (now < this.#nextExpiry && !this.#isFull) return;
    this.#nextExpiry = now + this.#options.ttlMs;
    for (const [key, entry] of this.#inactive) {
      const expiresAt = entry.expiresAt ?? 0;
      if (expiresAt > now && !this.#isFull) {
        this.#nextExpiry = expiresAt;
        return;
      }
      this.#inactive.delete(key);
      this.#figuresOf(entry.session.workspaceId).inactive -= 1;
      this.#dropEmpty(entry.session.workspaceId);
    }
  }

  get #isFull(): boolean {
    return this.#inactive.size > this.#options.maxInactive;
  }

  #activate(key: string, session: Session, now: number): TableEntry {
    const figures = this.#figuresOf(session.workspaceId);
    const returning = this.#inactive.get(key);
    if (returning) {
      this.#inactive.delete(key);
      figures.inactive -= 1;
    }
    this.#lastOrder += 1;
    const entry: TableEntry = {
      session: copyOf(session),
      connections: 0,
      firstSeenAt: returning?.firstSeenAt ?? now,
      lastSeenAt: now,
      order: this.#lastOrder,
      expiresAt: null,
    };
    this.#active.set(key, entry);
    figures.active += 1;
    this.#count(entry, 1);
    return entry;
  }

  #leave(connectionId: string, now: number): void {
    const key = this.#keys.get(connectionId);
    const entry = key === undefined ? undefined : this.#active.get(key);
    if (key === undefined || !entry) return;
    this.#keys.delete(connectionId);
    entry.connections -= 1;
    entry.lastSeenAt = now;
    this.#figuresOf(entry.session.workspaceId).connections -= 1;
    if (entry.connections === 0) this.#deactivate(key, entry, now);
  }

  #deactivate(key: string, entry: TableEntry, now: number): void {
    this.#lastOrder += 1;
    entry.order = this.#lastOrder;
    entry.expiresAt = now + this.#options.ttlMs;
    this.#active.delete(key);
    this.#inactive.set(key, entry);
    const figures = this.#figuresOf(entry.session.workspaceId);
    figures.active -= 1;
    figures.inactive += 1;
    this.#count(entry, -1);
    this.#seen.note(recipientKey(entry.session), now);
    this.expire(now);
  }

  /** Takes what the caller now says of the session, perhaps another recipient. */
  #describe(entry: TableEntry, session: Session, now: number): void {
    if (entry.session.recipient === session.recipient) {
      entry.session = copyOf(session);
      return;
    }
    this.#count(entry, -1);
    this.#seen.note(recipientKey(entry.session), now);
    entry.session = copyOf(session);
    this.#count(entry, 1);
  }

  #count({ session }: TableEntry, change: 1 | -1): void {
    const { recipients } = this.#figuresOf(session.workspaceId);
    const sessions = (recipients.get(session.recipient) ?? 0) + change;
    if (sessions > 0) recipients.set(session.recipient, sessions);
    else recipients.delete(session.recipient);
  }

  #lastSeen(session: Session, now: number): number | null {
    const isHere = this.#figures.get(session.workspaceId)?.recipients.has(session.recipient);
    return isHere ? now : this.#seen.of(recipientKey(session), now);
  }

  #figuresOf(workspaceId: string): Figures {
    return getOrMake(this.#figures, workspaceId, () => ({
      recipients: new Map(),
      active: 0,
      inactive: 0,
      connections: 0,
    }));
  }

  #dropEmpty(workspaceId: string): void {
    const figures = this.#figures.get(workspaceId);
    if (figures && figures.active + figures.inactive === 0) this.#figures.delete(workspaceId);
  }

  #stored(entry: TableEntry, now: number): StoredSession {
    return {
      ...copyOf(entry.session),
      firstSeenAt: entry.firstSeenAt,
      lastSeenAt: entry.expiresAt === null ? now : entry.lastSeenAt,
      workerId: this.#options.workerId,
      nodeId: this.#options.nodeId,
      connections: entry.connections,
    };
  }
}

/** Not `structuredClone`, which costs more than all the rest of opening a session. */
function copyOf(session: Session): Session {
  return { ...session, traits: { ...session.traits }, roles: [...session.roles] };
}

function recipientKey(session: Session): string {
  return `${session.workspaceId}/${session.recipient}`;
}

function toCursor(entry: TableEntry | undefined): string | null {
  if (!entry) return null;
  return `${entry.expiresAt === null ? "active" : "inactive"}:${entry.order}`;
}

function parseCursor(cursor: string | null): { part: "active" | "inactive"; order: number } {
  if (cursor === null) return { part: "active", order: Number.POSITIVE_INFINITY };
  const match = /^(active|inactive):(\d{1,17})$/.exec(cursor);
  if (!match) throw new AppError("invalid", "This cursor is not one of ours.", { field: "cursor" });
  return { part: match[1] === "active" ? "active" : "inactive", order: Number(match[2]) };
}
