/**
 * One WebSocket to the server, kept open: reconnects with full jitter, notices a server that
 * has gone silent, renews the token before it runs out, and obeys the table of close codes.
 * Knows nothing of banners.
 */
import {
  type ClientFrame,
  PING,
  PING_INTERVAL_MS,
  PONG,
  PONG_TIMEOUT_MS,
  SESSION_SUBPROTOCOL,
  type ServerFrame,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL,
} from "@/core/protocol";
import { createTimer } from "./clock";
import type { Token } from "./identity";
import { parseFrame } from "./wire";

/** What a handshake shows of who is calling. */
export interface Credentials {
  token: Token;
  session: string | null;
}

export interface TransportOptions {
  /** With its query, asked for anew at each attempt: it carries the position. */
  url(): string;
  /**
   * @param fresh the last token was refused: ask for another
   * @returns null when this transport is no longer the one to connect
   */
  credentials(fresh: boolean): Promise<Credentials | null>;
  onFrame(frame: ServerFrame): void;
  /** After each connection or attempt that ended. @param opened one has ever got through */
  onDown(opened: boolean, code: number): void;
  /** The server does not want this client back. */
  onRefused(): void;
  WebSocket: typeof WebSocket;
}

export interface Transport {
  start(): void;
  /** False when there is no connection that the server has confirmed. */
  send(frame: ClientFrame): boolean;
  /** Something changed outside (network back, page visible): look now instead of later. */
  nudge(): void;
  /** Closes the connection; `start` may be called again. */
  stop(): void;
}

/**
 * What `core/close-codes.ts` says, without its words: their bytes are better spent elsewhere. A
 * test holds the two together.
 */
export const TOKEN_INVALID = 4401;
export const NO_RECONNECT: readonly number[] = [1008, TOKEN_INVALID, 4403, 4404, 4409];
/** For what ended here, not by the server's word. */
const LOST = 1006;
/** Of `readyState`: beyond, it is closing or closed. */
const OPEN = 1;

const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MAX_MS = 30_000;
/** A token and a handshake that take longer together have failed. */
const OPEN_TIMEOUT_MS = 15_000;
/** A connection that lasted this long was a good one: the next attempt starts from the base. */
const STABLE_MS = 10_000;
/** How long a nudged server may take to answer. */
const PROBE_TIMEOUT_MS = 5_000;
/** Longer ones do not fit in a header: they go by `authenticate` (SPEC § 6). */
const MAX_HEADER_TOKEN = 4096;

/** Full jitter: anything between nothing and a ceiling that doubles with each failure. */
export function backoffMs(failures: number): number {
  return Math.random() * Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** failures);
}

export function createTransport(options: TransportOptions): Transport {
  let socket: WebSocket | null = null;
  let running = false;
  let opened = false;
  /** When the server said `connected` on this socket; 0 = not yet. */
  let connectedAt = 0;
  /** The token goes by `authenticate`: until it has been taken, the server talks to a visitor. */
  let isVisitor = false;
  let failures = 0;
  let triedFreshToken = false;
  let reconnectAfterMs: number | null = null;
  let silenceMs = PING_INTERVAL_MS + PONG_TIMEOUT_MS;
  /** Attempts that were overtaken by `stop` or a nudge recognise it by this. */
  let attempt = 0;

  const retry = createTimer(() => connect(false));
  /** Runs out when the server has been silent too long; closing starts the next attempt. */
  const silence = createTimer(() => dropped(socket, LOST));

  async function connect(fresh: boolean): Promise<void> {
    retry.clear();
    silence.set(OPEN_TIMEOUT_MS);
    const mine = ++attempt;
    const credentials = await options.credentials(fresh).catch(() => undefined);
    if (mine !== attempt || credentials === null) return;
    if (!credentials) return dropped(null, LOST);
    try {
      open(credentials);
    } catch {
      dropped(null, LOST);
    }
  }

  function open({ token, session }: Credentials): void {
    const protocols = [SUBPROTOCOL];
    isVisitor = !!token && token.length > MAX_HEADER_TOKEN;
    if (token && !isVisitor) protocols.push(TOKEN_SUBPROTOCOL + token);
    if (session) protocols.push(SESSION_SUBPROTOCOL + session);
    const opening = new options.WebSocket(options.url(), protocols);
    socket = opening;
    connectedAt = 0;
    opening.onopen = () => {
      opened = true;
      if (isVisitor) opening.send(JSON.stringify({ type: "authenticate", token }));
    };
    opening.onmessage = ({ data }) => {
      if (opening !== socket) return;
      if (data === PING) opening.send(PONG);
      else receive(data);
      if (opening === socket) silence.set(silenceMs);
    };
    // What it means comes as a close; but Node throws on an error that nobody listens to.
    opening.onerror = () => {};
    opening.onclose = ({ code }) => dropped(opening, code);
  }

  function receive(data: unknown): void {
    const frame = parseFrame(data);
    if (!frame) return;
    if (frame.type === "reconnect") reconnectAfterMs = frame.after_ms;
    if (frame.type === "connected" && (!isVisitor || frame.user_id)) {
      connectedAt = Date.now();
      triedFreshToken = false;
      silenceMs = frame.ping_interval_ms + PONG_TIMEOUT_MS;
    }
    if (connectedAt) options.onFrame(frame);
  }

  function dropped(which: WebSocket | null, code: number): void {
    if (which !== socket || !running) return;
    release();
    options.onDown(opened, code);
    if (!running) return;
    if (code === TOKEN_INVALID && !triedFreshToken) {
      triedFreshToken = true;
      void connect(true);
      return;
    }
    if (NO_RECONNECT.includes(code)) {
      running = false;
      options.onRefused();
      return;
    }
    if (connectedAt && Date.now() - connectedAt > STABLE_MS) failures = 0;
    connectedAt = 0;
    // What the server asks for is spread a little more, in case it asked everybody the same.
    retry.set(
      reconnectAfterMs === null
        ? backoffMs(failures++)
        : reconnectAfterMs * (1 + Math.random() / 4),
    );
    reconnectAfterMs = null;
  }

  function release(): void {
    attempt++;
    retry.clear();
    silence.clear();
    const old = socket;
    socket = null;
    old?.close();
  }

  return {
    start() {
      if (running) return;
      running = true;
      triedFreshToken = false;
      void connect(false);
    },
    send(frame) {
      // One that is closing takes frames and drops them, without a word.
      if (!socket || !connectedAt || socket.readyState > OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    nudge() {
      if (!running) return;
      if (!socket) void connect(false);
      else if (connectedAt) {
        socket.send(PING);
        silence.set(PROBE_TIMEOUT_MS);
      }
    },
    stop() {
      running = false;
      release();
    },
  };
}
