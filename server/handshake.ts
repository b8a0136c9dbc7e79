import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import { CLOSE, type CloseReason } from "@/core/close-codes";
import { type AppError, isAppError } from "@/core/errors";

/** A request for a socket. */
export interface Handshake {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
  url: URL;
  /** Whom it is from; see forwarded.ts. */
  address: string;
}

/** A peer that does not answer a close is cut off after this. */
const CLOSE_GRACE_MS = 1_000;

/**
 * A refusal that the client should understand: browsers cannot read a refused handshake, so it
 * is an accepted socket, a frame, and a close code (SPEC § 6).
 */
export interface Refusal {
  close: CloseReason;
  frame: { type: string; [field: string]: unknown };
}

export function refuse(ws: WebSocket, socket: Duplex, { close, frame }: Refusal): void {
  ws.on("error", () => undefined);
  ws.send(JSON.stringify(frame));
  ws.close(close.code, close.reason);
  setTimeout(() => socket.destroy(), CLOSE_GRACE_MS).unref();
}

/** [§ 8] Every answer says which worker gave it; those of a handshake, too. */
export const WORKER_HEADER = "X-WebSocket-Worker-ID";

export function refuseHttp(
  socket: Duplex,
  workerId: string,
  status: keyof typeof PHRASES,
  message: string,
): void {
  const retry = status === 503 ? "Retry-After: 5\r\n" : "";
  socket.end(
    `HTTP/1.1 ${status} ${PHRASES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `${WORKER_HEADER}: ${workerId}\r\n${retry}Content-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  );
}

const PHRASES = {
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  503: "Service Unavailable",
} as const;

/** Its accepted handshakes name the worker. */
export function nameWorker(server: WebSocketServer, workerId: string): void {
  server.on("headers", (headers) => headers.push(`${WORKER_HEADER}: ${workerId}`));
}

/** Why nobody is let in at all; `full` and `draining` are reasons of the metric, too. */
const CLOSED_DOORS = {
  draining: "The server is stopping. Try again.",
  full: "The server is full. Try again later.",
} as const;

/** What a handshake meets before anything about it is looked at. */
export interface Door {
  /** Told to stop: clients go elsewhere ([DEG7]). */
  draining: boolean;
  /** At the hard cap ([SEC5]). */
  full: boolean;
}

/** Refuses by plain HTTP where nobody is let in, and returns why; null = go on. */
export function refuseAtDoor(
  { draining, full }: Door,
  socket: Duplex,
  workerId: string,
): keyof typeof CLOSED_DOORS | null {
  const reason = draining ? "draining" : full ? "full" : null;
  if (reason !== null) refuseHttp(socket, workerId, 503, CLOSED_DOORS[reason]);
  return reason;
}

/** The one table from what a handshake threw to what the client is told. */
export function refusalFor(error: unknown): Refusal {
  if (!isAppError(error)) {
    return {
      close: CLOSE.internal,
      frame: { type: "error", code: "unavailable", message: "That did not work. Try again." },
    };
  }
  const close = closeFor(error);
  if (close === CLOSE.tryLater) {
    return { close, frame: { type: "reconnect", after_ms: (error.retryAfterS ?? 2) * 1000 } };
  }
  const frame = { type: "error", code: frameCodeFor(close), message: error.message };
  return { close, frame };
}

function frameCodeFor(close: CloseReason): string {
  switch (close) {
    case CLOSE.tokenInvalid:
      return "token_invalid";
    case CLOSE.unknown:
      return "not_found";
    case CLOSE.tooMany:
      return "too_many";
    default:
      return "forbidden";
  }
}

function closeFor(error: AppError): CloseReason {
  switch (error.code) {
    case "token_invalid":
    case "unauthenticated":
      return CLOSE.tokenInvalid;
    case "not_found":
      return CLOSE.unknown;
    case "unavailable":
      return CLOSE.tryLater;
    case "too_many":
      return CLOSE.tooMany;
    default:
      return CLOSE.forbidden;
  }
}

export function offeredProtocols(request: IncomingMessage): string[] {
  return String(request.headers["sec-websocket-protocol"] ?? "")
    .split(",")
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== "");
}
