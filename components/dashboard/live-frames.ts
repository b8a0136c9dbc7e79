import { z } from "zod";
import type { LiveReceipts, Trouble } from "@/core/protocol";

/** What the dashboard reads of a `stats` frame (core/protocol.ts `StatsFrame`). */
const statsFrame = z.object({
  type: z.literal("stats"),
  mode: z.enum(["live", "degraded"]),
  connected_users_note: z.string().optional(),
  // Absent from the version before, beside which a worker may run.
  seq: z.number().default(0),
  troubles: z.array(z.enum(["database", "broker", "sessions"])).default([]),
  receipts: z
    .array(
      z.object({
        broadcast_id: z.string(),
        revision: z.number(),
        delivered: z.number(),
        seen: z.number(),
        clicked: z.number(),
        dismissed: z.number(),
        snoozed: z.number(),
      }),
    )
    .optional(),
  stats: z.object({
    broadcasts_today: z.number(),
    workspace_broadcasts_today: z.number(),
    connected_users: z.number(),
    connected_sessions: z.number(),
    connections: z.number(),
    per_worker: z.array(
      z.object({
        worker_id: z.string(),
        node_id: z.string(),
        connections: z.number(),
        silent: z.boolean().default(false),
      }),
    ),
  }),
});

const connectedFrame = z.object({ type: z.literal("connected"), session_token: z.string() });

export interface LiveWorker {
  workerId: string;
  nodeId: string;
  connections: number;
  /** It has missed its heartbeats. */
  silent: boolean;
}

/** Live figures of the workspace, cluster-wide unless `note` says otherwise. */
export interface LiveFigures {
  connectedUsers: number;
  connectedSessions: number;
  connections: number;
  broadcastsToday: number;
  workers: LiveWorker[];
  mode: "live" | "degraded";
  note: string | null;
  /** Moves with every change of a broadcast, drafts too. */
  seq: number;
  /** What the server cannot reach now. */
  troubles: Trouble[];
  /** How what is live is received; null while that cannot be read. */
  receipts: LiveReceipts[] | null;
}

export type LiveFrame =
  | { type: "stats"; figures: LiveFigures }
  | { type: "connected"; sessionToken: string };

/** What of a text frame the dashboard reads; null for every other frame. */
export function parseLiveFrame(text: string): LiveFrame | null {
  const json = parseJson(text);
  const stats = statsFrame.safeParse(json);
  if (stats.success) return { type: "stats", figures: figuresOf(stats.data) };
  const connected = connectedFrame.safeParse(json);
  if (!connected.success) return null;
  return { type: "connected", sessionToken: connected.data.session_token };
}

function figuresOf(frame: z.output<typeof statsFrame>): LiveFigures {
  const { stats, mode, connected_users_note: note } = frame;
  return {
    connectedUsers: stats.connected_users,
    connectedSessions: stats.connected_sessions,
    connections: stats.connections,
    broadcastsToday: stats.workspace_broadcasts_today,
    workers: stats.per_worker.map((worker) => ({
      workerId: worker.worker_id,
      nodeId: worker.node_id,
      connections: worker.connections,
      silent: worker.silent,
    })),
    mode,
    note: note ?? null,
    seq: frame.seq,
    troubles: frame.troubles,
    receipts: frame.receipts ?? null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
