import type { Viewer } from "@/core/audience";
import type { Broadcast } from "@/core/broadcast";
import type { Database } from "./adapters/prisma/database";
import type { Auth } from "./auth/auth";
import type { Authenticator } from "./auth/authenticator";
import type { Vault } from "./auth/secrets";
import type { Env } from "./env";
import type { Health } from "./health";
import type { RateLimiter } from "./http/rate-limit";
import type { Logger } from "./logger";
import type { Metrics } from "./metrics";
import type { BroadcastStore, FeedChange, Position, WorkspaceInfo } from "./ports/broadcast-store";
import type { History } from "./ports/history";
import type { IdentityStore } from "./ports/identity-store";
import type { MessageBroker } from "./ports/message-broker";
import type { ReceiptStore, RecipientException } from "./ports/receipt-store";
import type { PresenceStore, SessionStore } from "./ports/session-store";
import type { ReceiptQueue } from "./receipt-queue";

/** What a publishing call may say of who got it ([PUB1]). */
export interface DeliveryReport {
  mode: "live" | "degraded";
  /** Connections on all answering workers to which it was queued. */
  sentToConnections: number;
  sentToRecipients: number;
  workersAnswered: number;
  workersExpected: number;
}

/** The live broadcasts of this worker, in memory. Reading never waits. */
export interface FeedReader {
  readonly position: Position;
  /** False until the first load. */
  readonly ready: boolean;
  /** The database's clock, ms: its offset is measured with every check. */
  now(): number;
  workspaceBySlug(slug: string): WorkspaceInfo | null;
  workspaceById(id: string): WorkspaceInfo | null;
  workspaces(): Iterable<WorkspaceInfo>;
  /** Live and scheduled, of one workspace. */
  broadcastsOf(workspaceId: string): readonly Broadcast[];
  /** Live now, eligible for this viewer, less its exceptions; in screen order ([BC7]). */
  visibleTo(
    workspaceId: string,
    viewer: Viewer,
    exceptions: readonly RecipientException[],
  ): Broadcast[];
}

/** Brings a committed change to this worker's feed and to the others. */
export interface Delivery {
  /**
   * Applies the change here, tells the other workers, waits at most 250 ms for them to say how
   * many connections `broadcastId` was queued for (null: nothing to count). Never throws: the
   * change is committed, and the others find it themselves.
   */
  announce(change: FeedChange, broadcastId: string | null): Promise<DeliveryReport>;
  /** Connections of the whole cluster that now show any of these: for `cleared_for_users`. */
  readonly mode: "live" | "degraded";
}

export interface Acknowledger {
  /**
   * Resolves when durable, with the revision that counted. Throws `not_found`, `not_dismissible`,
   * `invalid` (revision above the current), `unavailable`.
   * @param revision absent: the highest sent to that recipient, else the current one
   */
  acknowledge(
    workspaceId: string,
    viewer: Viewer,
    broadcastId: string,
    revision: number | undefined,
  ): Promise<number>;
  /**
   * Moves what a visitor dismissed to the user it signed in as ([ACK3]), and once more a moment
   * later: what was on its way to another worker is durable there only then.
   * @throws AppError `unavailable`
   */
  merge(visitor: string, user: string): Promise<void>;
}

/**
 * What one process has, made once by lib/runtime.ts. Next's bundle and the server's are apart,
 * so it is shared through a global symbol; everything stateful is reached through it.
 */
export interface Runtime {
  env: Env;
  logger: Logger;
  workerId: string;
  version: string;
  database: Database;
  broadcasts: BroadcastStore;
  receipts: ReceiptStore;
  identity: IdentityStore;
  broker: MessageBroker;
  sessions: SessionStore;
  presence: PresenceStore;
  auth: Auth;
  authenticator: Authenticator;
  vault: Vault;
  feed: FeedReader;
  delivery: Delivery;
  acknowledger: Acknowledger;
  receiptQueue: ReceiptQueue;
  history: History;
  rateLimiter: RateLimiter;
  health: Health;
  metrics: Metrics;
}

const KEY = Symbol.for("loudhailer.runtime");
const store = globalThis as { [KEY]?: Runtime };

export function setRuntime(runtime: Runtime | undefined): void {
  store[KEY] = runtime;
}

/** This process's runtime. Throws before the server has made it (during a build, say). */
export function runtime(): Runtime {
  const found = store[KEY];
  if (!found) throw new Error("The runtime has not been started in this process.");
  return found;
}
