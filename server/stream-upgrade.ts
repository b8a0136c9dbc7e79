import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { CLOSE } from "@/core/close-codes";
import { AppError, isAppError } from "@/core/errors";
import { SUBPROTOCOL } from "@/core/protocol";
import { can } from "@/core/roles";
import { STREAM_PATH_PREFIX } from "@/core/stream-frames";
import type { Authenticator, IdentifyInput } from "@/lib/auth/authenticator";
import { recipient } from "@/lib/auth/callers";
import { sessionTokenOf } from "@/lib/auth/request-credentials";
import type { Caller, RecipientCaller } from "@/lib/context";
import type { Limits } from "@/lib/env";
import type { Logger } from "@/lib/logger";
import type { AdmissionControl } from "./admission";
import {
  type Handshake,
  nameWorker,
  offeredProtocols,
  refusalFor,
  refuse,
  refuseAtDoor,
  refuseHttp,
} from "./handshake";
import type { Joining, SessionStreams } from "./session-streams";

interface StreamUpgradeOptions {
  admission: AdmissionControl;
  streams: SessionStreams;
  authenticator: Authenticator;
  limits: Limits;
  workerId: string;
  /** `ALLOW_OPEN_SESSION_STREAMS`: anybody may join, for trying things. */
  open: boolean;
  logger: Logger;
  onRefused: (reason: string) => void;
}

/** The session id of `/ws/session/{session_id}/`, and no longer than any that we give out. */
const SESSION_ID = /^[\w-]{1,128}$/;

/** The handshake of session streams: who may listen to which session ([STR1]). */
export class StreamUpgrade {
  readonly #options: StreamUpgradeOptions;
  readonly #server: WebSocketServer;
  draining = false;

  constructor(options: StreamUpgradeOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      maxPayload: options.limits.frameBytes,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    nameWorker(this.#server, options.workerId);
  }

  async handle({ request, socket, head, url, address }: Handshake): Promise<void> {
    const { admission, onRefused, workerId } = this.#options;
    const door = { draining: this.draining, full: admission.full };
    const closed = refuseAtDoor(door, socket, workerId);
    if (closed !== null) {
      onRefused(closed);
      return;
    }
    const admitted = admission.admit(address);
    const accept = (then: (ws: WebSocket) => void) =>
      this.#server.handleUpgrade(request, socket, head, then);
    if (!admitted.ok) {
      onRefused(admitted.close === CLOSE.tooMany ? "address" : "rate");
      const frame = { type: "reconnect", after_ms: admitted.afterMs };
      accept((ws) => refuse(ws, socket, { close: admitted.close, frame }));
      return;
    }
    this.#releaseWith(socket, address);
    try {
      const joining = await this.#permit(request, url, address);
      if (socket.destroyed) return;
      this.#takePlace(socket, joining);
      accept((ws) => this.#join(ws, joining, address));
    } catch (error) {
      this.#refuseFor(error, socket, accept);
    }
  }

  // What lives as long as the socket is begun in methods of its own: beside `accept` it would keep
  // the request, and the tokens in it.

  #releaseWith(socket: Duplex, address: string): void {
    socket.once("close", () => this.#options.admission.release(address));
  }

  #join(ws: WebSocket, joining: Joining, address: string): void {
    const { logger, streams } = this.#options;
    ws.on("error", (err) => logger.debug({ err, address }, "a stream's socket failed"));
    streams.join(ws, joining);
  }

  /** [SEC5] Of a recipient's connections: each hears all that the others say. */
  #takePlace(socket: Duplex, { caller, workspaceId }: Joining): void {
    if (caller?.kind !== "recipient") return;
    const { admission } = this.#options;
    const { recipient } = caller.viewer;
    if (!admission.admitUser(workspaceId, recipient)) {
      throw new AppError("too_many", "This visitor has too many connections open.");
    }
    socket.once("close", () => admission.releaseUser(workspaceId, recipient));
  }

  async #permit(request: IncomingMessage, url: URL, address: string): Promise<Joining> {
    const { authenticator, open } = this.#options;
    const sessionId = url.pathname.slice(STREAM_PATH_PREFIX.length).replace(/\/$/, "");
    if (!SESSION_ID.test(sessionId)) throw new AppError("not_found", "There is no such session.");
    const protocols = offeredProtocols(request);
    const input = { headers: request.headers, url, address, method: "GET", protocols };
    const caller = await authenticator.resolve(input);
    const joining = { workspaceId: caller.workspace.id, sessionId };
    if (caller.kind === "member" || caller.kind === "key") {
      return { ...joining, caller, mayBeAdmin: can(caller.actor.role, "manage") };
    }
    const proven = this.#prove(caller, sessionId, input);
    if (proven) return { ...joining, caller: proven, mayBeAdmin: false };
    if (open) return { ...joining, caller: null, mayBeAdmin: false };
    throw new AppError("forbidden", "Joining a session needs its own session token.");
  }

  /**
   * Whoever holds a session's token listens by the right of the recipient that it names, as long
   * as that identity stands or is proven beside it.
   */
  #prove(caller: Caller, sessionId: string, input: IdentifyInput): RecipientCaller | null {
    const { authenticator } = this.#options;
    const { workspace } = caller;
    const token = sessionTokenOf(input);
    const claims = token === null ? null : authenticator.readSession(workspace.id, token);
    if (claims?.sessionId !== sessionId || !authenticator.holds(claims, caller)) return null;
    const asOf = caller.kind === "nobody" ? undefined : caller.asOf;
    const proven = recipient(workspace, claims.viewer, { credential: claims.credential, asOf });
    return authenticator.isRevoked(proven) ? null : proven;
  }

  #refuseFor(error: unknown, socket: Duplex, accept: (then: (ws: WebSocket) => void) => void) {
    const { logger, onRefused } = this.#options;
    if (!isAppError(error)) logger.error({ err: error }, "a stream's handshake failed");
    onRefused(isAppError(error) ? error.code : "internal");
    if (isAppError(error) && error.code === "foreign_origin") {
      refuseHttp(socket, this.#options.workerId, 403, error.message);
      return;
    }
    accept((ws) => refuse(ws, socket, refusalFor(error)));
  }
}
