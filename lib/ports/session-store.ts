/** A recipient's stay, as stored. Times are ms since 1970 by the store's clock. */
export interface StoredSession {
  id: string;
  workspaceId: string;
  /** `user:<sub>`, `team:<user id>` or `anon:<uuid>`. */
  recipient: string;
  /** For showing: a user's name or sub. */
  label: string | null;
  /** Last known traits, for the inbox. */
  traits: Readonly<Record<string, unknown>>;
  roles: readonly string[];
  locale: string | null;
  firstSeenAt: number;
  lastSeenAt: number;
  workerId: string;
  nodeId: string;
  /** `web`, `cli`, …, from the client; user agent shortened. */
  client: string | null;
  /** Open connections now, on all workers; > 0 = active. */
  connections: number;
}

/** What a worker tells of a connection when it opens. */
export interface SessionOpening {
  session: Omit<
    StoredSession,
    "firstSeenAt" | "lastSeenAt" | "workerId" | "nodeId" | "connections"
  >;
  connectionId: string;
}

export interface SessionOpened {
  firstSeenAt: number;
  /** When this recipient last had a connection; null on its first. For `missed`. */
  previouslySeenAt: number | null;
}

export interface SessionCounts {
  /** Distinct recipients with an open connection. */
  recipients: number;
  activeSessions: number;
  /** Active + those whose TTL has not run out. */
  allSessions: number;
  connections: number;
  /** False when these are one worker's figures only (Redis away). */
  clusterWide: boolean;
  /** After a data loss: inactive sessions of before are not counted. */
  incomplete: boolean;
}

/** What a worker has done since it started. */
export interface WorkerTraffic {
  /** Frames written. */
  sent: number;
  /** Readers dropped as too slow. */
  dropped: number;
}

export interface WorkerInfo {
  workerId: string;
  nodeId: string;
  startedAt: number;
  lastBeatAt: number;
  connections: number;
  version: string;
  /** As of its last beat; null where it does not say: without sockets, or an older version. */
  traffic: WorkerTraffic | null;
}

/**
 * Who is here, cluster-wide. An entry of an open connection lives as long as its worker's
 * heartbeat, so that refreshing costs O(workers); a session outlives its last connection by
 * `ttlS`. `open` and `close` never wait for the network longer than 500 ms and never lose a
 * registration: what could not be written is written again when the store is back.
 */
export interface SessionStore {
  readonly healthy: boolean;
  /** Registers this worker and keeps beating until `close`. Refuses (`conflict`) a live worker's id. */
  start(): Promise<void>;
  /** At once where nobody has to be asked. */
  opened(opening: SessionOpening): SessionOpened | Promise<SessionOpened>;
  closed(sessionId: string, connectionId: string): Promise<void>;
  /** The session is another recipient's now (an anonymous visitor signed in), or has new traits. */
  changed(session: SessionOpening["session"]): Promise<void>;
  /** From counters; at most one round trip. `null` = all workspaces. */
  counts(workspaceId: string | null): Promise<SessionCounts>;
  workers(): Promise<WorkerInfo[]>;
  find(workspaceId: string, sessionId: string): Promise<StoredSession | null>;
  list(
    workspaceId: string,
    state: "active" | "inactive" | "all",
    page: { limit: number; cursor: string | null },
  ): Promise<{ sessions: StoredSession[]; next: string | null }>;
  /**
   * Forgets all of a workspace that is no more: its sessions, and when its recipients were last
   * here. Errors: `unavailable`: some may be left, ask again.
   */
  forget(workspaceId: string): Promise<void>;
  /** Leaves at once: this worker's connections are gone, its sessions inactive. */
  close(): Promise<void>;
}

/** A listener of a session stream (SPEC § 7). Times are Unix seconds there; ms here. */
export interface StreamMember {
  connectionId: string;
  userType: string | null;
  clientType: string | null;
  connectedAt: number;
  lastSeenAt: number;
}

/** Who listens to which session stream, cluster-wide. Same life time rules as sessions. */
export interface PresenceStore {
  readonly healthy: boolean;
  join(stream: string, member: StreamMember): Promise<void>;
  /** Says what the member called itself in `hello`. */
  identify(
    stream: string,
    connectionId: string,
    userType: string,
    clientType: string,
  ): Promise<void>;
  leave(stream: string, connectionId: string): Promise<void>;
  members(stream: string): Promise<StreamMember[]>;
}
