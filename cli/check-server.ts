import { WebSocket } from "ws";
import { z } from "zod";
import { workersView } from "@/core/api/session-view";
import { CLOSE } from "@/core/close-codes";
import { SOCKET_PATH, SUBPROTOCOL } from "@/core/protocol";
import { type Check, checkClock } from "@/lib/maintenance/check";
import { type Connection, request } from "./api";
import { CliError, reasonOf } from "./failure";

const TIMEOUT_MS = 5_000;
const LEAVE_WITHIN_MS = 500;

const health = z.object({
  status: z.string(),
  /** Worth knowing, in words. */
  notes: z.array(z.string()).default([]),
  mode: z.string(),
  version: z.string(),
  uptime_s: z.number(),
  database: z.string(),
  websocket: z.object({
    worker_id: z.string(),
    session_store_healthy: z.boolean(),
    message_broker_healthy: z.boolean(),
    total_workers: z.number(),
  }),
});
type Health = z.output<typeof health>;

const connected = z.object({ type: z.literal("connected"), server_time: z.string() });

const readiness = z.object({ ready: z.boolean() });

/** Asks the server: does it answer, what does it say of itself, do sockets get through. */
export async function checkServer(connection: Connection): Promise<Check[]> {
  let found: Health;
  try {
    found = await request(connection, "GET", "/health", health, { timeoutMs: TIMEOUT_MS });
  } catch (error) {
    return [{ name: "Server", state: "problem", says: silenceOf(connection, error) }];
  }
  return [
    serverLine(connection.url, found),
    ...(await checkReady(connection)),
    ...troubles(found),
    ...found.notes.map((says): Check => ({ name: "Notes", state: "warning", says })),
    ...(await checkSocket(connection)),
    ...(connection.apiKey ? [await checkWorkers(connection)] : []),
  ];
}

/** Something that takes a connection and says nothing is there, and stuck. */
function silenceOf({ url }: Connection, error: unknown): string {
  if (!(error instanceof CliError) || !error.message.includes("timeout")) return reasonOf(error);
  return (
    `${url} takes connections and answers nothing within ${TIMEOUT_MS / 1000} s: the process is ` +
    "stopped or has no CPU, or something in between swallows what is sent"
  );
}

async function checkReady(connection: Connection): Promise<Check[]> {
  const options = { timeoutMs: TIMEOUT_MS };
  // 503 is its answer, too, and an error to `request`.
  const ready = await request(connection, "GET", "/ready", readiness, options).catch(() => null);
  if (ready?.ready) return [];
  const says = "is not ready: it is starting or stopping, and balancers send nobody to it";
  return [{ name: "Server", state: "problem", says }];
}

function serverLine(url: string, { version, websocket, uptime_s: uptime, mode }: Health): Check {
  const workers = websocket.total_workers;
  return {
    name: "Server",
    state: "ok",
    says:
      `${url} answers: version ${version}, worker ${websocket.worker_id} of ${workers}, ` +
      `up ${Math.floor(uptime / 60)} min, mode ${mode}`,
  };
}

function troubles({ database, websocket }: Health): Check[] {
  const { message_broker_healthy: broker, session_store_healthy: sessions } = websocket;
  const found: [name: string, isWell: boolean, says: string][] = [
    [
      "Database",
      database === "healthy",
      "the server cannot reach it: banners stay, nothing can be published",
    ],
    [
      "Pub/sub",
      broker,
      sessions
        ? "Redis answers the server, but messages do not come back to it: its subscription hangs, " +
          "as behind a proxy or firewall; other replicas see a change within 3 s"
        : "messages do not come back to the server: other replicas see a change within 3 s",
    ],
    ["Sessions", sessions, "the server cannot reach Redis: counts are one worker's only"],
  ];
  return found
    .filter(([, isWell]) => !isWell)
    .map(([name, , says]) => ({ name, state: "problem", says }));
}

/** As a browser would: through whatever stands in between. */
function checkSocket({ url, workspace }: Connection): Promise<Check[]> {
  const address = new URL(SOCKET_PATH, url.replace(/^http/, "ws"));
  address.searchParams.set("workspace", workspace);
  const socket = new WebSocket(address, [SUBPROTOCOL], { handshakeTimeout: TIMEOUT_MS });
  const askedAt = Date.now();
  const name = "WebSocket";
  return new Promise<Check[]>((resolve) => {
    const fail = (why: string) => {
      const says =
        `could not be opened (${why}), though the server answers. Does the proxy in front ` +
        "pass on Upgrade (see deploy/nginx)?";
      resolve([{ name, state: "problem", says }]);
    };
    const timer = setTimeout(() => fail("it took too long"), TIMEOUT_MS);
    socket.once("error", (error) => fail(reasonOf(error)));
    socket.once("close", (code) => resolve([closedWith(code)]));
    socket.once("message", (data) => {
      clearTimeout(timer);
      const frame = connected.safeParse(JSON.parse(data.toString()));
      if (!frame.success) return;
      const tookMs = Date.now() - askedAt;
      resolve([
        { name, state: "ok", says: `opens, and says what is live (${tookMs} ms)` },
        checkClock("the server", Date.parse(frame.data.server_time), askedAt, Date.now()),
      ]);
    });
  }).finally(() => {
    // In order, so that it is not one more that broke off; a hanging one is not waited for.
    socket.close(CLOSE.goingAway.code);
    setTimeout(() => socket.terminate(), LEAVE_WITHIN_MS).unref();
  });
}

/** A refusal in words of the protocol proves that sockets get through. */
function closedWith(code: number): Check {
  const says = `opens, but this visitor is not let in (close code ${code})`;
  return { name: "WebSocket", state: "warning", says };
}

async function checkWorkers(connection: Connection): Promise<Check> {
  const name = "Workers";
  try {
    const { workers } = await request(connection, "GET", "/api/v1/workers", workersView, {
      timeoutMs: TIMEOUT_MS,
    });
    const versions = [...new Set(workers.map((worker) => worker.version))];
    const list = workers.map(({ workerId, nodeId }) => `${workerId} on ${nodeId}`).join(", ");
    if (versions.length === 1) return { name, state: "ok", says: list };
    const says = `run ${versions.join(" and ")}: an update is under way, or was left half done`;
    return { name, state: "warning", says };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { name, state: "warning", says: error.message };
  }
}
