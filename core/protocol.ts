/**
 * The wire between a recipient's socket and a worker (SPEC § 6). Names and shapes are fixed:
 * fields may be added, none removed; clients ignore what they do not know. Times are ISO 8601
 * UTC unless a name says otherwise.
 */
import type { Level, Placement, Priority } from "./broadcast";
import type { MarkdownNode } from "./markdown";

export const PROTOCOL = 1;
export const SUBPROTOCOL = "loudhailer.v1";
/** Offered beside `loudhailer.v1`, followed by a user token. Never echoed. */
export const TOKEN_SUBPROTOCOL = "loudhailer.token.";
/** Offered beside `loudhailer.v1`, followed by a session token. Never echoed. */
export const SESSION_SUBPROTOCOL = "loudhailer.session.";
export const SOCKET_PATH = "/api/creator/broadcast/ws";

export const PING = "ping";
export const PONG = "pong";
export const PING_INTERVAL_MS = 30_000;
/** No frame of any kind for this long after a ping: closed. */
export const PONG_TIMEOUT_MS = 10_000;

/** A broadcast as a recipient gets it: in its locale, without the audience. */
export interface WireBroadcast {
  id: string;
  revision: number;
  /**
   * A dismissal counts when its revision is at least this ([BC5]). With it a client whose
   * dismissal is still on its way keeps the banner hidden through a silent fix. Absent from
   * older servers: then only a dismissal of `revision` itself counts.
   */
  show_from_revision?: number;
  seq: number;
  title: string | null;
  message: string;
  content: MarkdownNode[];
  message_type: Level;
  type: Level;
  /** The author's name. */
  created_by: string;
  created_at: string;
  updated_at: string;
  /**
   * When it became visible: its publication, or its start if that is later. What "newest" means
   * in the order on screen ([BC7]). Null for a test of a draft; absent from older servers.
   */
  live_from?: string | null;
  starts_at: string | null;
  ends_at: string | null;
  dismissible: boolean;
  priority: Priority;
  placement: Placement;
  action: { label: string; url: string } | null;
  paths: string[] | null;
  locale: string | null;
  dir: "ltr" | "rtl";
  snoozed_until: string | null;
}

export interface ConnectedFrame {
  type: "connected";
  message: "Connected to broadcast live updates";
  protocol: number;
  workspace: string;
  session_id: string;
  session_token: string;
  connection_id: string;
  worker_id: string;
  user_id: string | null;
  epoch: string;
  seq: number;
  server_time: string;
  ping_interval_ms: number;
  /** The full list of what this recipient should now have: anything else is dropped. */
  active: { id: string; revision: number }[];
  /** Broadcasts that went live since this recipient's last connection. */
  missed: number;
  /** The database is away: the client applies its own dismissals until corrected. */
  acks?: "unknown";
  /** How many banners are shown at once, 1–3. */
  stack_size: number;
}

export type ClearReason = "cleared" | "ended" | "replaced" | "audience";

export type ServerFrame =
  | ConnectedFrame
  | { type: "active_broadcast"; broadcast: WireBroadcast }
  | { type: "new_broadcast"; broadcast: WireBroadcast }
  | { type: "broadcast_updated"; broadcast: WireBroadcast }
  | {
      type: "broadcast_cleared";
      message: "Active broadcast has been cleared";
      broadcast_id: string;
      reason: ClearReason;
      /** The worker's position: the client has now seen the state up to here. */
      seq: number;
    }
  | { type: "broadcast_acknowledged"; broadcast_id: string; revision: number }
  | StatsFrame
  | { type: "reconnect"; after_ms: number }
  | {
      type: "error";
      code: FrameErrorCode;
      message: string;
      /** The broadcast the refused frame was about: a final answer to an acknowledgement. */
      broadcast_id?: string;
    };

/** To creator and team connections only, at most once a second, when something changed. */
export interface StatsFrame {
  type: "stats";
  stats: CreatorStats;
  connected_users_note?: string;
  mode: "live" | "degraded";
  /**
   * The worker's position: it moves with every change, of drafts too, so a screen knows when what
   * it shows is old. Absent from older servers, as are the fields below.
   */
  seq?: number;
  /** What the worker cannot reach now; empty when all is well. */
  troubles?: Trouble[];
  /** How what is live is received, of the present shown revision; absent when it cannot be read. */
  receipts?: LiveReceipts[];
}

/** `database`, `broker` (Redis' messages), `sessions` (Redis' counts). */
export type Trouble = "database" | "broker" | "sessions";

/** Totals of one live broadcast: `delivered` counts copies, the others people ([ACK4]). */
export interface LiveReceipts {
  broadcast_id: string;
  revision: number;
  delivered: number;
  seen: number;
  clicked: number;
  dismissed: number;
  snoozed: number;
}

export interface CreatorStats {
  broadcasts_today: number;
  workspace_broadcasts_today: number;
  active_broadcast: WireBroadcast | null;
  /** Distinct recipients. */
  connected_users: number;
  connected_sessions: number;
  connections: number;
  /** `silent`: it has missed its heartbeats; dropped from the list when it stays away. */
  per_worker: { worker_id: string; node_id: string; connections: number; silent?: true }[];
  max_characters: number;
}

export type FrameErrorCode =
  | "bad_frame"
  | "unknown_type"
  | "invalid"
  | "not_found"
  | "not_dismissible"
  | "revision_ahead"
  | "token_invalid"
  | "forbidden"
  | "too_many"
  | "unavailable";

export type ClientFrame =
  | { type: "acknowledge_broadcast"; broadcast_id: string; revision?: number }
  | { type: "get_active_broadcast" }
  | { type: "broadcast_seen"; broadcast_id: string }
  | { type: "broadcast_clicked"; broadcast_id: string }
  | { type: "snooze_broadcast"; broadcast_id: string; seconds: number }
  | { type: "authenticate"; token: string };
