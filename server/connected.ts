import { type ConnectedFrame, PROTOCOL } from "@/core/protocol";
import type { Position, WorkspaceInfo } from "@/lib/ports/broadcast-store";
import type { Connection } from "./connection";
import type { ShownSet } from "./views";

interface ConnectedInput {
  connection: Connection;
  shown: ShownSet;
  workspace: WorkspaceInfo | null;
  position: Position;
  /** Database time, ms. */
  now: number;
  workerId: string;
  pingIntervalMs: number;
  sessionToken: string;
  /** Broadcasts that went live since this recipient's last connection. */
  missed: number;
  acknowledgementsKnown: boolean;
}

/** The first frame of a connection, and again when it became somebody else's. */
export function connectedFrame(input: ConnectedInput): ConnectedFrame {
  const { connection, shown } = input;
  const { viewer } = connection;
  return {
    type: "connected",
    message: "Connected to broadcast live updates",
    protocol: PROTOCOL,
    workspace: input.workspace?.slug ?? "",
    session_id: connection.sessionId,
    session_token: input.sessionToken,
    connection_id: connection.id,
    worker_id: input.workerId,
    user_id: viewer.kind === "anonymous" ? null : viewer.subject,
    epoch: input.position.epoch,
    seq: input.position.seq,
    server_time: new Date(input.now).toISOString(),
    ping_interval_ms: input.pingIntervalMs,
    active: shown.entries.map(({ id, revision }) => ({ id, revision })),
    missed: input.missed,
    stack_size: input.workspace?.settings.stackSize ?? 1,
    ...(input.acknowledgementsKnown ? {} : { acks: "unknown" as const }),
  };
}
