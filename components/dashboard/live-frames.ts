import { z } from "zod";

/** What the dashboard reads of a `stats` frame (core/protocol.ts `StatsFrame`). */
const statsFrame = z.object({
  type: z.literal("stats"),
  mode: z.enum(["live", "degraded"]),
  connected_users_note: z.string().optional(),
  stats: z.object({
    broadcasts_today: z.number(),
    workspace_broadcasts_today: z.number(),
    connected_users: z.number(),
    connected_sessions: z.number(),
    connections: z.number(),
    per_worker: z.array(
      z.object({ worker_id: z.string(), node_id: z.string(), connections: z.number() }),
    ),
  }),
});

const connectedFrame = z.object({ type: z.literal("connected"), session_token: z.string() });

export interface LiveWorker {
  workerId: string;
  nodeId: string;
  connections: number;
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
    })),
    mode,
    note: note ?? null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
