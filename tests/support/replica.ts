import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ROOT } from "@/scripts/run";
import { guard } from "./processes";

/** The secret that replicas of one test share. */
export const AUTH_SECRET = "a secret that only the tests know, 44 chars.";

const START_TIMEOUT_MS = 60_000;
/** [DEG7] says 30 s. */
const STOP_TIMEOUT_MS = 35_000;
const POLL_MS = 25;

export interface ReplicaOptions {
  /** Absent: the embedded database. */
  databaseUrl?: string;
  /** Absent: in memory. */
  redisUrl?: string;
  /** Absent: a new folder, removed when the replica has ended. */
  dataDir?: string;
  /** Another build of the server, relative to the repository's root. */
  entry?: string;
  env?: Record<string, string>;
}

/** A server process of its own, as operators run it. */
export interface Replica {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where the first owner is made; null when there is one already. */
  readonly setupUrl: string | null;
  /** SIGTERM; resolves with the exit code. Throws, having killed it, after 35 s. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Any other signal: SIGSTOP, SIGCONT. */
  signal(name: NodeJS.Signals): void;
  /** All it has printed so far. */
  logs(): string;
  /** Whoever reads what it prints stops reading, or goes away. */
  leaveLog(how: "unread" | "gone"): void;
}

/** What the server tells a parent that holds an IPC channel to it. */
const listening = z.object({
  type: z.literal("listening"),
  port: z.number(),
  setupUrl: z.string().nullish(),
});

/**
 * Starts the built server on a free port of 127.0.0.1, in local mode, and waits until it is ready.
 * Rejects with what it printed when it ends before that.
 */
export async function startReplica(options: ReplicaOptions = {}): Promise<Replica> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "loudhailer-"));
  const entry = options.entry ?? "dist/server/main.js";
  const child = spawn(process.execPath, ["--enable-source-maps", entry], {
    cwd: ROOT,
    env: environment(options, dataDir),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  guard(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const logs = () => output;
  const ended = once(child, "close").then(() => {
    if (!options.dataDir) rmSync(dataDir, { recursive: true, force: true });
  });
  try {
    const { port, setupUrl } = await whenListening(child, logs);
    const url = `http://127.0.0.1:${port}`;
    await whenReady(url, child, logs);
    const pid = child.pid ?? 0;
    return {
      url,
      port,
      pid,
      setupUrl: setupUrl ? new URL(setupUrl, url).href : null,
      stop: () => stop(child, ended, logs),
      kill: async () => {
        child.kill("SIGKILL");
        await ended;
      },
      signal: (name) => void child.kill(name),
      logs,
      leaveLog: (how) => leaveLog(child, how),
    };
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw error;
  }
}

/** Only what is given here reaches the server: the developer's own variables do not. */
function environment(
  { databaseUrl, redisUrl, env }: ReplicaOptions,
  dataDir: string,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    PORT: "0",
    LOUDHAILER_MODE: "local",
    AUTH_SECRET,
    DATA_DIR: dataDir,
    ...(databaseUrl && { DATABASE_URL: databaseUrl }),
    ...(redisUrl && { REDIS_URL: redisUrl }),
    ...env,
  };
}

function whenListening(
  child: ChildProcess,
  logs: () => string,
): Promise<z.infer<typeof listening>> {
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`The server ${what}. It printed:\n${logs()}`));
    const timer = setTimeout(() => fail("did not start in time"), START_TIMEOUT_MS);
    child.on("message", (message) => {
      const parsed = listening.safeParse(message);
      if (!parsed.success) return;
      clearTimeout(timer);
      resolve(parsed.data);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      fail(`ended before it listened (${signal ?? `exit code ${code}`})`);
    });
  });
}

async function whenReady(url: string, child: ChildProcess, logs: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline && isRunning(child)) {
    const answer = await fetch(`${url}/ready`).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await sleep(POLL_MS);
  }
  throw new Error(`The server did not become ready. It printed:\n${logs()}`);
}

function leaveLog(child: ChildProcess, how: "unread" | "gone"): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (how === "gone") stream?.destroy();
    else stream?.pause();
    // A stream that is not read never ends.
    child.once("exit", () => stream?.resume());
  }
}

async function stop(
  child: ChildProcess,
  ended: Promise<void>,
  logs: () => string,
): Promise<number | null> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, STOP_TIMEOUT_MS);
  if (isRunning(child)) child.kill("SIGTERM");
  await ended;
  clearTimeout(timer);
  if (late) throw new Error(`The server did not stop in 35 s. It printed:\n${logs()}`);
  return child.exitCode;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
