import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Viewer } from "@/core/audience";
import { CLOSE } from "@/core/close-codes";
import { AppError, isAppError } from "@/core/errors";
import { canonicalLocale, pickLocale } from "@/core/locale";
import { SUBPROTOCOL } from "@/core/protocol";
import type { Authenticator, IdentifyInput } from "@/lib/auth/authenticator";
import type { Caller } from "@/lib/context";
import type { Limits } from "@/lib/env";
import type { Logger } from "@/lib/logger";
import type { Acknowledger } from "@/lib/runtime-context";
import type { AdmissionControl } from "./admission";
import type { Connection, Identity } from "./connection";
import { sendOneAway } from "./drain";
import {
  type Handshake,
  nameWorker,
  offeredProtocols,
  type Refusal,
  refusalFor,
  refuse,
  refuseAtDoor,
  refuseHttp,
} from "./handshake";
import type { Hub } from "./hub";
import { LoopTurns } from "./loop-turns";
import type { RecipientFrames } from "./recipient-frames";

/** Handshakes in one turn of the event loop, some tenths of a millisecond each. */
const HANDSHAKES_PER_TURN = 8;

interface UpgradeOptions {
  admission: AdmissionControl;
  hub: Hub;
  frames: RecipientFrames;
  authenticator: Authenticator;
  acknowledger: Pick<Acknowledger, "merge">;
  limits: Limits;
  workerId: string;
  logger: Logger;
  onRefused: (reason: string) => void;
  onOpened: () => void;
  /** Of those that were opened. */
  onClosed: (code: number) => void;
}

/** The handshake of recipients' sockets: who, which session, whether there is room (SPEC § 6). */
export class RecipientUpgrade {
  readonly #options: UpgradeOptions;
  readonly #server: WebSocketServer;
  readonly #turns = new LoopTurns({ perTurn: HANDSHAKES_PER_TURN });
  draining = false;

  constructor(options: UpgradeOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      clientTracking: false,
      // ws takes 0 as no limit, as we do.
      maxPayload: options.limits.frameBytes,
      // Tokens travel as subprotocols: they are never echoed.
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
    nameWorker(this.#server, options.workerId);
  }

  /** Without a promise of its own: with asynchronous hooks in use each is dear ([DEG8]). */
  handle(handshake: Handshake): void {
    this.#turns.run(() => {
      const { socket } = handshake;
      if (socket.destroyed) return;
      try {
        this.#enter(handshake);
      } catch (err) {
        this.#options.logger.error({ err }, "a handshake failed");
        socket.destroy();
      }
    });
  }

  #enter(handshake: Handshake): void {
    const { request, socket, url, address } = handshake;
    const { admission: control, authenticator, onRefused, workerId } = this.#options;
    const door = { draining: this.draining, full: control.full };
    const closed = refuseAtDoor(door, socket, workerId);
    if (closed !== null) {
      onRefused(closed);
      return;
    }
    const admission = control.admit(address);
    if (!admission.ok) {
      onRefused(admission.close === CLOSE.tooMany ? "address" : "rate");
      const frame = { type: "reconnect", after_ms: admission.afterMs } as const;
      this.#accept(handshake, (ws) => refuse(ws, socket, { close: admission.close, frame }));
      return;
    }
    socket.on("close", () => control.release(address));
    const input = inputOf(request, url, address);
    try {
      const caller = authenticator.resolveNow(input);
      if (caller) this.#open(caller, handshake);
      else void this.#lookUp(input, handshake);
    } catch (error) {
      this.#refuseFor(error, handshake);
    }
  }

  async #lookUp(input: IdentifyInput, handshake: Handshake): Promise<void> {
    try {
      this.#open(await this.#options.authenticator.resolve(input), handshake);
    } catch (error) {
      this.#refuseFor(error, handshake);
    }
  }

  #open(caller: Caller, handshake: Handshake): void {
    const identity = this.#identityOf(caller, handshake.url);
    // The answer to the handshake leaves with the first frames, in one write.
    handshake.socket.cork();
    this.#accept(handshake, (ws) => this.#admit(ws, identity, handshake));
  }

  /** A fresh token in band: the same recipient's, or an anonymous one signs in. */
  async authenticate(connection: Connection, token: string): Promise<void> {
    const { authenticator, hub } = this.#options;
    const workspace = connection.identity.workspace;
    const stay = { workspace, viewer: connection.viewer, sessionId: connection.sessionId };
    const identity = await authenticator.authenticate(stay, token);
    await this.#merge(identity);
    // What ended meanwhile has given its places back; it takes no new ones.
    if (connection.state === "closed") return;
    const viewer = withLocale(identity.viewer, connection.viewer.locale);
    const before = connection.viewer.recipient;
    if (before !== viewer.recipient) {
      if (!this.#options.admission.admitUser(connection.workspaceId, viewer.recipient)) {
        connection.close(CLOSE.tooMany);
        return;
      }
      this.#options.admission.releaseUser(connection.workspaceId, before);
    }
    connection.sessionId = identity.sessionId ?? randomUUID();
    await hub.identify(connection, identity, viewer);
  }

  #identityOf(caller: Caller, url: URL): Identity {
    const { authenticator } = this.#options;
    const ofTheDashboard = caller.kind === "member" || caller.kind === "key";
    if (!ofTheDashboard && !caller.workspace.settings.embedEnabled) {
      throw new AppError("forbidden", "Announcements are switched off.");
    }
    if (caller.kind === "nobody")
      return authenticator.newAnonymous(caller.workspace, localeOf(url));
    return caller;
  }

  /** Its socket is corked, and uncorked when it has been let in or refused. */
  #admit(ws: WebSocket, identity: Identity, { request, socket, url, address }: Handshake): void {
    const { admission, hub, frames, limits, logger, onRefused } = this.#options;
    const workspaceId = identity.workspace.id;
    const viewer = withLocale(viewerOf(identity), localeOf(url));
    // Taken out here: what follows lives as long as the socket, and must not keep the request.
    const client = clientName(request);
    const position = positionOf(url);
    ws.on("error", (err) => logger.debug({ err, address }, "a socket failed"));
    if (!admission.admitUser(workspaceId, viewer.recipient)) {
      onRefused("user");
      refuse(ws, socket, tooManyOf(viewer));
      socket.uncork();
      return;
    }
    let connection: Connection | null = null;
    let isIn = false;
    // Frames that come before the connection is ready wait; a flood of them is cut off.
    const early: [RawData, boolean][] = [];
    ws.on("message", (data: RawData, isBinary: boolean) => {
      if (connection && isIn) frames.take(connection, data, isBinary);
      else if (early.length < limits.framesPerSecond || limits.framesPerSecond === 0) {
        early.push([data, isBinary]);
      } else ws.close(CLOSE.policy.code, CLOSE.policy.reason);
    });
    ws.on("pong", () => {
      if (connection) connection.lastHeardAt = performance.now();
    });
    ws.on("close", (code) => {
      if (connection && isIn) {
        this.#options.onClosed(code);
        logger.debug({ connection: connection.id, code }, "a connection ended");
      }
      admission.releaseUser(workspaceId, connection?.viewer.recipient ?? viewer.recipient);
      if (connection) hub.leave(connection);
    });
    const welcome = (joined: Connection) => {
      isIn = true;
      if (ws.readyState !== ws.CLOSED) this.#options.onOpened();
      const { id, sessionId } = joined;
      logger.debug({ connection: id, session: sessionId, address }, "a connection began");
      if (ws.readyState !== ws.OPEN) hub.leave(joined);
      // It was on its way in when the others were sent away.
      if (this.draining) sendOneAway(joined);
      for (const [data, isBinary] of early.splice(0)) frames.take(joined, data, isBinary);
    };
    const turnAway = (err: unknown) => {
      logger.error({ err, address }, "a connection could not be let in");
      refuse(ws, socket, refusalFor(err));
    };
    const join = () => {
      // Whoever hung up meanwhile has given its places back; it takes no new ones.
      if (ws.readyState !== ws.OPEN) {
        socket.uncork();
        return;
      }
      const joining = hub.register({
        ws,
        socket,
        workspaceId,
        sessionId: sessionOf(identity),
        viewer,
        identity,
        address,
        client,
        traffic: hub.traffic,
      });
      connection = joining;
      hub.join(joining, position, (error) => {
        if (error === null) welcome(joining);
        else turnAway(error);
        joining.uncork();
      });
    };
    if (identity.kind !== "key" && identity.mergeFrom) void this.#merge(identity).then(join);
    else join();
  }

  /** What an anonymous visitor dismissed is the user's that it signed in as ([ACK3]). */
  async #merge(identity: Identity): Promise<void> {
    if (identity.kind === "key" || !identity.mergeFrom) return;
    try {
      await this.#options.acknowledger.merge(identity.mergeFrom, identity.viewer.recipient);
    } catch (err) {
      this.#options.logger.warn({ err }, "a visitor's dismissals could not be moved now");
    }
  }

  #accept({ request, socket, head }: Handshake, then: (ws: WebSocket) => void): void {
    this.#server.handleUpgrade(request, socket, head, then);
  }

  #refuseFor(error: unknown, handshake: Handshake): void {
    const { socket } = handshake;
    const { logger, onRefused } = this.#options;
    if (!isAppError(error)) logger.error({ err: error }, "a handshake failed");
    onRefused(isAppError(error) ? error.code : "internal");
    if (isAppError(error) && error.code === "foreign_origin") {
      refuseHttp(socket, this.#options.workerId, 403, error.message);
      return;
    }
    this.#accept(handshake, (ws) => refuse(ws, socket, refusalFor(error)));
  }
}

function inputOf(request: IncomingMessage, url: URL, address: string): IdentifyInput {
  const protocols = offeredProtocols(request);
  return { headers: request.headers, url, address, method: "GET", protocols };
}

function tooManyOf(viewer: Viewer): Refusal {
  return {
    close: CLOSE.tooMany,
    frame: {
      type: "error",
      code: "too_many",
      message: `${viewer.name ?? "This visitor"} has too many connections open.`,
    },
  };
}

/** A program that watches sees what the team sees. */
function viewerOf(identity: Identity): Viewer {
  if (identity.kind !== "key") return identity.viewer;
  const { id, name, role } = identity.actor;
  return {
    recipient: `key:${id}`,
    kind: "team",
    subject: id,
    name,
    roles: [role],
    traits: {},
    locale: null,
  };
}

/**
 * Which stay this is. A recipient without a session token begins one; a dashboard person's stay
 * is the login and a program's its key, however many pages they open.
 */
function sessionOf(identity: Identity): string {
  switch (identity.kind) {
    case "recipient":
      return identity.sessionId ?? randomUUID();
    case "member":
      return identity.sessionId ?? uuidOf(`${identity.workspace.id} ${identity.loginId}`);
    case "key":
      return identity.actor.id;
  }
}

/** The same for the same text, and nothing of it to be read back (RFC 9562, version 8). */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The token's locale is signed; a page's wish counts where there is none. */
function withLocale(viewer: Viewer, wished: string | null): Viewer {
  return viewer.locale === null && wished !== null ? { ...viewer, locale: wished } : viewer;
}

function localeOf(url: URL): string | null {
  const wished = url.searchParams.get("locale");
  return wished === null ? null : (canonicalLocale(wished) ?? pickLocale(wished));
}

function positionOf(url: URL): number | null {
  const seq = Number(url.searchParams.get("seq") ?? Number.NaN);
  return Number.isSafeInteger(seq) && seq >= 0 ? seq : null;
}

/** What the session list shows of the client; bounded. */
function clientName(request: IncomingMessage): string | null {
  return request.headers["user-agent"]?.slice(0, 200) ?? null;
}
