import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { guard } from "./processes";
import { findPostgresBin, requireTools } from "./tools";

/** A PostgreSQL server of its own, in a temporary folder, for one test file. */
export interface PostgresServer {
  /** Of the database `postgres`. */
  url: string;
  /** Makes an empty database and returns its URL. */
  createDatabase(name: string): Promise<string>;
  /** Stops it as a crash would (connections are cut) and starts it again on the same port. */
  restart(): Promise<void>;
  /** Stops it as a crash would; `start` brings it back. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its files. May be called twice. */
  stop(): Promise<void>;
}

export interface PostgresOptions {
  /** Really write to disk at each commit. Default false: tests survive no power cut. */
  fsync?: boolean;
  /** Further settings, by name. */
  settings?: Record<string, string>;
}

const USER = "postgres";
const READY_WITHIN_MS = 30_000;

/** Fails in words where PostgreSQL is not installed. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  requireTools(["postgres"]);
  const bin = findPostgresBin() ?? "";
  const folder = mkdtempSync(join(tmpdir(), "lh-pg-"));
  const identity = unprivileged();
  if (identity) chownSync(folder, identity.uid, identity.gid);
  const data = join(folder, "data");
  const initArgs = ["-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N"];
  await run(join(bin, "initdb"), initArgs, identity);

  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    fsync: options.fsync ? "on" : "off",
    // Two cores are shared by every server that the tests start.
    shared_buffers: "32MB",
    ...options.settings,
  };
  const args = ["-D", data, ...Object.entries(settings).flatMap(([k, v]) => ["-c", `${k}=${v}`])];
  const urlOf = (database: string) => `postgresql://${USER}@127.0.0.1:${port}/${database}`;
  let server: ChildProcess | undefined;

  const start = async () => {
    server = spawn(join(bin, "postgres"), args, {
      ...identity,
      stdio: ["ignore", "ignore", "pipe"],
    });
    guard(server);
    await ready(server, urlOf("postgres"));
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = server;
    server = undefined;
    if (!ending || ending.exitCode !== null) return;
    const exited = once(ending, "exit");
    ending.kill(signal);
    await exited;
  };

  await start();
  return {
    url: urlOf("postgres"),
    createDatabase: async (name) => {
      await withClient(urlOf("postgres"), (client) =>
        client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`),
      );
      return urlOf(name);
    },
    start,
    kill: () => end("SIGQUIT"),
    restart: async () => {
      await end("SIGQUIT");
      await start();
    },
    stop: async () => {
      await end("SIGINT");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root: then it runs as the first of these that exists. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(":");
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error("PostgreSQL does not run as root, and there is no user postgres or nobody.");
}

async function run(
  program: string,
  args: string[],
  identity: { uid: number; gid: number } | undefined,
): Promise<void> {
  const child = spawn(program, args, { ...identity, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
  const output = collect(child);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${program} failed:\n${output()}`);
}

async function ready(server: ChildProcess, url: string): Promise<void> {
  const output = collect(server);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) break;
    const answers = await withClient(url, (client) => client.query("SELECT 1")).catch(() => null);
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  server.kill("SIGKILL");
  throw new Error(`PostgreSQL did not start:\n${output()}`);
}

/** The last of what it says, for a failure's message. */
function collect(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text = (text + chunk).slice(-4_000);
    });
  }
  return () => text;
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free port.");
  return address.port;
}
