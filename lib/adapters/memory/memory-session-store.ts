import type {
  SessionCounts,
  SessionOpened,
  SessionOpening,
  SessionStore,
  StoredSession,
  WorkerInfo,
  WorkerTraffic,
} from "@/lib/ports/session-store";
import { type Session, type SessionState, SessionTable } from "./session-table";

export interface MemorySessionStoreOptions {
  workerId: string;
  nodeId: string;
  version: string;
  /** Seconds that a session outlives its last connection. */
  ttlS: number;
  /** Frames and drops of this worker; null = it has none. Default: none. */
  traffic?: () => WorkerTraffic | null;
  /** ms since 1970; default `Date.now`. */
  now?: () => number;
}

/**
 * The sessions of an installation with one worker. Nothing outlives the process. It cannot be
 * away, so its figures are always cluster-wide and complete.
 */
export class MemorySessionStore implements SessionStore {
  readonly healthy = true;
  readonly #options: MemorySessionStoreOptions;
  readonly #now: () => number;
  #table: SessionTable;
  #startedAt: number;

  constructor(options: MemorySessionStoreOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#table = newTable(options);
    this.#startedAt = this.#now();
  }

  async start(): Promise<void> {
    this.#startedAt = this.#now();
  }

  opened(opening: SessionOpening): SessionOpened {
    return this.#table.open(opening, this.#now());
  }

  async closed(sessionId: string, connectionId: string): Promise<void> {
    this.#table.close(sessionId, connectionId, this.#now());
  }

  async changed(session: Session): Promise<void> {
    this.#table.change(session, this.#now());
  }

  async counts(workspaceId: string | null): Promise<SessionCounts> {
    const figures = this.#table.counts(workspaceId, this.#now());
    return { ...figures, clusterWide: true, incomplete: false };
  }

  async workers(): Promise<WorkerInfo[]> {
    const { workerId, nodeId, version } = this.#options;
    const { connections } = this.#table.counts(null, this.#now());
    const startedAt = this.#startedAt;
    const traffic = this.#options.traffic?.() ?? null;
    const lastBeatAt = this.#now();
    return [{ workerId, nodeId, version, startedAt, lastBeatAt, connections, traffic }];
  }

  async find(workspaceId: string, sessionId: string): Promise<StoredSession | null> {
    return this.#table.find(workspaceId, sessionId, this.#now());
  }

  async list(
    workspaceId: string,
    state: SessionState,
    page: { limit: number; cursor: string | null },
  ): Promise<{ sessions: StoredSession[]; next: string | null }> {
    return this.#table.list(workspaceId, state, page, this.#now());
  }

  async forget(workspaceId: string): Promise<void> {
    this.#table.forget(workspaceId);
  }

  async close(): Promise<void> {
    this.#table = newTable(this.#options);
  }
}

function newTable({ workerId, nodeId, ttlS }: MemorySessionStoreOptions): SessionTable {
  return new SessionTable({ workerId, nodeId, ttlMs: ttlS * 1000 });
}
