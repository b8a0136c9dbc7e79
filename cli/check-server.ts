import { WebSocket } from "ws";
import { z } from "zod";
import { workersView } from "@/core/api/session-view";
import { SOCKET_PATH, SUBPROTOCOL } from "@/core/protocol";
import { type Check, checkClock } from "@/lib/maintenance/check";
import { type Connection, request } from "./api";
import { CliError, reasonOf } from "./failure";

const TIMEOUT_MS = 5_000;

const health = z.object({
  status: z.string(),
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

/** Asks the server: does it answer, what does it say of itself, do sockets get through. */
export async function checkServer(connection: Connection): Promise<Check[]> {
  let found: Health;
  try {
    found = await request(connection, "GET", "/health", health);
  } catch (error) {
    return [{ name: "Server", state: "problem", says: reasonOf(error) }];
  }
  return [
    serverLine(connection.url, found),
    ...troubles(found),
    ...(await checkSocket(connection)),
    ...(connection.apiKey ? [await checkWorkers(connection)] : []),
  ];
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
  const found: [name: string, isWell: boolean, says: string][] = [
    [
      "Database",
      database === "healthy",
      "the server cannot reach it: banners stay, nothing can be published",
    ],
    [
      "Pub/sub",
      websocket.message_broker_healthy,
      "messages do not come back to the server: other replicas see a change within 3 s",
    ],
    [
      "Sessions",
      websocket.session_store_healthy,
      "the server cannot reach Redis: counts are one worker's only",
    ],
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
  }).finally(() => socket.terminate());
}

/** A refusal in words of the protocol proves that sockets get through. */
function closedWith(code: number): Check {
  const says = `opens, but this visitor is not let in (close code ${code})`;
  return { name: "WebSocket", state: "warning", says };
}

async function checkWorkers(connection: Connection): Promise<Check> {
  const name = "Workers";
  try {
    const { workers } = await request(connection, "GET", "/api/v1/workers", workersView);
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
