import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { ERROR_STATUS } from "@/core/errors";
import { SOCKET_PATH } from "@/core/protocol";
import { STREAM_PATH_PREFIX } from "@/core/stream-frames";
import type { KeyCaller, MemberCaller } from "@/lib/context";
import type { Env } from "@/lib/env";
import type { Area } from "@/lib/metrics";
import type { Runtime } from "@/lib/runtime-context";
import { spreadArrivals } from "./arrivals";
import { directAnswer } from "./direct";
import { type Embed, serveEmbed } from "./embed";
import { FORWARDED, settleForRoutes, settleForwarded } from "./forwarded";
import { refuseHttp, WORKER_HEADER } from "./handshake";
import { healthReport } from "./health-report";
import { pageRefusal } from "./page-forms";
import { countPage } from "./page-limit";
import { setSecurityHeaders } from "./security-headers";
import type { StreamUpgrade } from "./stream-upgrade";
import type { RecipientUpgrade } from "./upgrade";
import { MetricsLink } from "./worker-link";

/** [SEC5] A handshake, or any request's head, must be there by then. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

interface HttpOptions {
  runtime: Runtime;
  /** Null with `ROLE=web`. */
  upgrade: RecipientUpgrade | null;
  streams: StreamUpgrade | null;
  /** Next's own; null with `ROLE=ws`. */
  pages: { handle: Handler; upgrade: UpgradeHandler; isReloading: boolean } | null;
  embed: Embed | null;
  openConnections: () => number;
}

interface Served extends HttpOptions {
  link: MetricsLink;
}

/** One port for everything: probes and the embed from here, sockets, and Next for the rest. */
export function createHttpServer(given: HttpOptions): Server {
  const { runtime } = given;
  const options = { ...given, link: new MetricsLink(runtime.metrics) };
  const server = createServer((request, response) => {
    noteRequest(runtime, request, response);
    answer(options, request, response).catch((err) => {
      runtime.logger.error({ err, path: loggedPath(request) }, "a request failed");
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  // A proxy must never reuse a connection that this end has just closed.
  server.keepAliveTimeout = runtime.env.httpKeepAliveMs;
  spreadArrivals(server);
  server.on("upgrade", (request, socket: Duplex, head) => {
    socket.on("error", destroyIt);
    upgradeTo(options, request, socket, head)?.catch((err) => {
      runtime.logger.error({ err, path: loggedPath(request) }, "an upgrade failed");
      socket.destroy();
    });
  });
  return server;
}

async function answer(
  options: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { runtime, pages } = options;
  const isProxied = FORWARDED.some((name) => request.headers[name] !== undefined);
  const address = settleForRoutes(request, runtime.env.trustProxy);
  const path = pathOf(request);
  response.setHeader(WORKER_HEADER, runtime.workerId);
  setSecurityHeaders(request, response, path, runtime.env);
  switch (path) {
    case "/health":
    case "/health/":
      return json(response, 200, healthReport(runtime, options.openConnections()));
    case "/ready":
      return json(response, runtime.health.ready ? 200 : 503, { ready: runtime.health.ready });
    case "/metrics":
      return metrics(options, request, response, isProxied);
    case "/embed.js":
      return serveEmbed(request, response, options.embed, anyEmbedEnabled(runtime));
    default:
  }
  if (!isReadable(request)) {
    const message = "The address could not be read.";
    return json(response, 400, { status: "error", message, code: "bad_request" });
  }
  if (pages === null) return json(response, 404, { status: "error", message: "Not found" });
  const refused = pageRefusal(request, path, runtime.env);
  if (refused) {
    const { message, code } = refused;
    return json(response, ERROR_STATUS[code], { status: "error", message, code });
  }
  const caller = await callerOf(options, request, address);
  if (caller) addClusterHeaders(options, response);
  const quota = await countPage(runtime.rateLimiter, { path, caller, address });
  if (quota && !quota.allowed) {
    response.setHeader("Retry-After", quota.resetS);
    const message = `Too many pages were opened. Try again in ${quota.resetS} s.`;
    return json(response, 429, { status: "error", message, code: "too_many" });
  }
  const direct = pages.isReloading ? null : directAnswer(request, path);
  await (direct ?? pages.handle)(request, response);
}

/** Probes and scrapes are the machine's own talk, and not counted. */
const NOT_COUNTED = new Set(["/health", "/health/", "/ready", "/metrics"]);

function noteRequest(
  { metrics, logger }: Runtime,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const path = pathOf(request);
  if (NOT_COUNTED.has(path)) return;
  const startedAt = performance.now();
  response.once("finish", () => {
    const ms = Math.round(performance.now() - startedAt);
    const { statusCode: status } = response;
    metrics.noteRequest(areaOf(path), status, ms);
    // The path alone: what follows it may hold what nobody is to read.
    // Next sets each header as a list; of this one there is one value.
    const requestId = response.getHeader("x-request-id")?.toString();
    const { method } = request;
    logger.debug({ method, path: loggedPath(request), status, ms, requestId }, "answered");
  });
}

function areaOf(path: string): Area {
  if (path.startsWith("/api/v1/")) return "api";
  if (path.startsWith("/api/auth/")) return "auth";
  if (path.startsWith("/api/")) return "fixed";
  return path === "/embed.js" ? "embed" : "pages";
}

/** Not a closure: it would keep the request, and the tokens in it, as long as the socket lives. */
function destroyIt(this: Duplex): void {
  this.destroy();
}

/** Null: whoever has the socket now sees to it. */
function upgradeTo(
  options: HttpOptions,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> | null {
  const { runtime, upgrade, streams, pages } = options;
  const address = settleForwarded(request, runtime.env.trustProxy);
  const url = urlOf(request);
  if (url === null) {
    refuseHttp(socket, runtime.workerId, 400, "The address could not be read.");
  } else if (url.pathname.replace(/\/$/, "") === SOCKET_PATH && upgrade !== null) {
    upgrade.handle({ request, socket, head, url, address });
  } else if (url.pathname.startsWith(STREAM_PATH_PREFIX) && streams !== null) {
    return streams.handle({ request, socket, head, url, address });
  } else if (pages !== null && url.pathname.startsWith("/_next/")) {
    return pages.upgrade(request, socket, head);
  } else {
    refuseHttp(socket, runtime.workerId, 404, "There is no socket here.");
  }
  return null;
}

/** Who it is, where that is somebody of the dashboard or a program. */
async function callerOf(
  { runtime }: HttpOptions,
  request: IncomingMessage,
  address: string,
): Promise<MemberCaller | KeyCaller | null> {
  if (!request.headers.cookie && !request.headers.authorization) return null;
  const url = urlOf(request);
  if (url === null) return null;
  try {
    const { method = "GET", headers } = request;
    const caller = await runtime.authenticator.resolve({ headers, url, address, method });
    return caller.kind === "member" || caller.kind === "key" ? caller : null;
  } catch {
    // Whoever that is, the route says so in its own words.
    return null;
  }
}

/** [§ 8] What dashboard people and programs are told with every answer, from memory. */
function addClusterHeaders({ runtime, openConnections }: HttpOptions, response: ServerResponse) {
  const { health } = runtime;
  response.setHeader("X-WebSocket-Local-Connections", openConnections());
  response.setHeader("X-WebSocket-Total-Sessions", health.counts.allSessions);
  response.setHeader("X-WebSocket-Total-Workers", health.workers.length);
}

async function metrics(
  { runtime, link }: Served,
  request: IncomingMessage,
  response: ServerResponse,
  isProxied: boolean,
): Promise<void> {
  if (!mayReadMetrics(runtime.env, request, isProxied)) {
    return json(response, 401, { status: "error", message: "A metrics token is required." });
  }
  const { body, type } = await link.text();
  response.writeHead(200, { "Content-Type": type }).end(body);
}

/**
 * With a token: whoever has it. Without one in production: only this machine itself, and not what
 * a proxy on this machine passes on.
 */
function mayReadMetrics(env: Env, request: IncomingMessage, isProxied: boolean): boolean {
  if (env.metricsToken !== null) {
    const given = Buffer.from(request.headers.authorization ?? "");
    const wanted = Buffer.from(`Bearer ${env.metricsToken}`);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  }
  if (env.mode === "local") return true;
  if (isProxied) return false;
  const direct = request.socket.remoteAddress ?? "";
  return direct === "::1" || direct.endsWith("127.0.0.1");
}

function anyEmbedEnabled(runtime: Runtime): boolean {
  for (const workspace of runtime.feed.workspaces()) {
    if (workspace.settings.embedEnabled) return true;
  }
  return false;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": Buffer.byteLength(text),
      "Cache-Control": "no-store",
    })
    .end(text);
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split("?", 1)[0] ?? "/";
}

/**
 * [SEC6] Not with escapes that stand for no text, nor NUL, which no database takes; nor with steps
 * that browsers take out: what is judged by its beginning must be what it says it is.
 */
function isReadable(request: IncomingMessage): boolean {
  if (/%00/.test(request.url ?? "")) return false;
  try {
    return !/(^|[\\/])\.{1,2}([\\/]|$)/.test(decodeURIComponent(pathOf(request)));
  } catch {
    return false;
  }
}

/** An invitation's address is itself what lets somebody in ([SEC7]). */
function loggedPath(request: IncomingMessage): string {
  return pathOf(request).replace(/(\/(?:invite|invitations)\/)[^/]+/g, "$1[redacted]");
}

function urlOf(request: IncomingMessage): URL | null {
  try {
    return new URL(request.url ?? "/", `http://${request.headers.host ?? "localhost"}`);
  } catch {
    return null;
  }
}
