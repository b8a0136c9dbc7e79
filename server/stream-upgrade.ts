import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { AppError, isAppError } from "@/core/errors";
import { SESSION_SUBPROTOCOL, SUBPROTOCOL } from "@/core/protocol";
import { can } from "@/core/roles";
import { STREAM_PATH_PREFIX } from "@/core/stream-frames";
import type { Authenticator } from "@/lib/auth/authenticator";
import type { Limits } from "@/lib/env";
import type { Logger } from "@/lib/logger";
import type { AdmissionControl } from "./admission";
import { closeFor, offeredProtocols, refuse, refuseHttp } from "./handshake";
import type { SessionStreams } from "./session-streams";

interface StreamUpgradeOptions {
  admission: AdmissionControl;
  streams: SessionStreams;
  authenticator: Authenticator;
  limits: Limits;
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
  }

  async handle(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    url: URL,
    address: string,
  ): Promise<void> {
    const { admission, logger, onRefused } = this.#options;
    if (admission.full || this.draining) {
      onRefused("full");
      refuseHttp(socket, 503, "The server is full. Try again later.");
      return;
    }
    const admitted = admission.admit(address);
    const accept = (then: (ws: WebSocket) => void) =>
      this.#server.handleUpgrade(request, socket, head, then);
    if (!admitted.ok) {
      onRefused("rate");
      const frame = { type: "reconnect", after_ms: admitted.afterMs };
      accept((ws) => refuse(ws, socket, { close: admitted.close, frame }));
      return;
    }
    socket.once("close", () => admission.release(address));
    try {
      const joining = await this.#permit(request, url, address);
      accept((ws) => {
        ws.on("error", (err) => logger.debug({ err, address }, "a stream's socket failed"));
        this.#options.streams.join(ws, joining).catch((err) => {
          logger.error({ err }, "a listener could not be let in");
          socket.destroy();
        });
      });
    } catch (error) {
      this.#refuseFor(error, socket, accept);
    }
  }

  async #permit(request: IncomingMessage, url: URL, address: string) {
    const { authenticator, open } = this.#options;
    const sessionId = url.pathname.slice(STREAM_PATH_PREFIX.length).replace(/\/$/, "");
    if (!SESSION_ID.test(sessionId)) throw new AppError("not_found", "There is no such session.");
    const protocols = offeredProtocols(request);
    const caller = await authenticator.resolve({
      headers: request.headers,
      url,
      address,
      method: "GET",
      protocols,
    });
    const workspaceId = caller.workspace.id;
    if (caller.kind === "member" || caller.kind === "key") {
      return { workspaceId, sessionId, mayBeAdmin: can(caller.actor.role, "manage") };
    }
    const header = request.headers["x-loudhailer-session"];
    const token =
      (typeof header === "string" ? header : null) ??
      protocols
        .find((name) => name.startsWith(SESSION_SUBPROTOCOL))
        ?.slice(SESSION_SUBPROTOCOL.length);
    const proven = token ? authenticator.readSession(workspaceId, token) : null;
    if (!open && proven?.sessionId !== sessionId) {
      throw new AppError("forbidden", "Joining a session needs its own session token.");
    }
    return { workspaceId, sessionId, mayBeAdmin: false };
  }

  #refuseFor(error: unknown, socket: Duplex, accept: (then: (ws: WebSocket) => void) => void) {
    const { logger, onRefused } = this.#options;
    const known = isAppError(error)
      ? error
      : new AppError("unavailable", "That did not work. Try again.", { cause: error });
    if (known !== error) logger.error({ err: error }, "a stream's handshake failed");
    onRefused(known.code);
    if (known.code === "foreign_origin") {
      refuseHttp(socket, 403, known.message);
      return;
    }
    const frame = { type: "error", code: known.code, message: known.message };
    accept((ws) => refuse(ws, socket, { close: closeFor(known), frame }));
  }
}
