import { type ConnectedFrame, PROTOCOL } from "@/core/protocol";
import type { Position, WorkspaceInfo } from "@/lib/ports/broadcast-store";
import type { Connection } from "./connection";
import type { ShownSet } from "./views";

/** What everybody is told who comes while nothing changes. */
interface Common {
  shown: ShownSet;
  workspace: WorkspaceInfo | null;
  position: Position;
}

/** What only this connection is told. */
interface Own {
  connection: Connection;
  /** Database time, ms. */
  now: number;
  sessionToken: string;
  /** Broadcasts that went live since this recipient's last connection. */
  missed: number;
  acknowledgementsKnown: boolean;
}

interface Made extends Omit<Common, "shown"> {
  json: string;
}

/**
 * The first frame of a connection, and again when it became somebody else's: JSON, of which what
 * is the same for very many who come together is made once.
 */
export class ConnectedFrames {
  readonly #workerId: string;
  readonly #pingIntervalMs: number;
  readonly #made = new WeakMap<ShownSet, Made>();

  constructor(workerId: string, pingIntervalMs: number) {
    this.#workerId = workerId;
    this.#pingIntervalMs = pingIntervalMs;
  }

  jsonFor(common: Common, own: Own): string {
    return `${this.#common(common).slice(0, -1)},${JSON.stringify(ownOf(own)).slice(1)}`;
  }

  /** Rows of workspaces and positions are replaced, never changed: the same are equal. */
  #common({ shown, workspace, position }: Common): string {
    const made = this.#made.get(shown);
    if (made?.workspace === workspace && made.position === position) return made.json;
    const json = JSON.stringify({
      type: "connected",
      message: "Connected to broadcast live updates",
      protocol: PROTOCOL,
      workspace: workspace?.slug ?? "",
      worker_id: this.#workerId,
      epoch: position.epoch,
      seq: position.seq,
      ping_interval_ms: this.#pingIntervalMs,
      active: shown.entries.map(({ id, revision }) => ({ id, revision })),
      stack_size: workspace?.settings.stackSize ?? 1,
    } satisfies Omit<ConnectedFrame, keyof ReturnType<typeof ownOf>>);
    this.#made.set(shown, { workspace, position, json });
    return json;
  }
}

function ownOf({ connection, now, sessionToken, missed, acknowledgementsKnown }: Own) {
  const { viewer } = connection;
  return {
    session_id: connection.sessionId,
    session_token: sessionToken,
    connection_id: connection.id,
    user_id: viewer.kind === "anonymous" ? null : viewer.subject,
    server_time: new Date(now).toISOString(),
    missed,
    acks: acknowledgementsKnown ? undefined : "unknown",
  } satisfies Partial<ConnectedFrame>;
}
