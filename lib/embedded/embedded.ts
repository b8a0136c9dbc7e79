import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "@/core/errors";
import { fits, hashOf } from "./lock";
import { type ChildMessage, childMessage, type Endpoint, type ParentMessage } from "./messages";

/** The first start makes the database: seconds on a slow machine. */
const START_WITHIN_MS = 120_000;
/** Longer than the child gives itself. */
const STOP_WITHIN_MS = 10_000;
const PING_EVERY_MS = 10_000;
/** Pings in a row without an answer: a statement that never ends cannot be interrupted. */
const MAX_MISSED_PINGS = 6;
/** Ends by itself that often in so long: something is wrong that a restart does not cure. */
const MAX_RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
/** What a restore makes the data in, beside their place. */
export const RESTORING = "restoring-";
/** Where PostgreSQL's clients look in a folder. */
const SOCKET_NAME = ".s.PGSQL.5432";

export interface EmbeddedOptions {
  /** Holds the database (`db`) and its lock. Made when missing. */
  dataDir: string;
  log: (message: string, fields: Record<string, unknown>) => void;
  /**
   * The database's process kept ending by itself and is not started again.
   * Default: thrown outside any call, which ends the process.
   */
  onGone?: (error: AppError) => void;
}

/** PostgreSQL inside this installation: PGlite in a process of its own. */
export interface EmbeddedDatabase {
  /** What `openDatabase` takes. Stays the same when the process is started again. */
  url: string;
  /** Of the database's process, now. */
  readonly pid: number | undefined;
  /** Flushes and ends it. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Throws `conflict` when another process has the data, saying which ([DEG1]); `internal` when they
 * cannot be opened. A process that ends by itself is started again, a few times.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  refuseHalfRestored(options.dataDir);
  const database = new EmbeddedProcess(options);
  await database.start();
  return database;
}

/** A restore was killed before the data were in their place: new, empty ones would hide that. */
function refuseHalfRestored(dataDir: string): void {
  const names = readdirSync(dataDir);
  const draft = names.find((name) => name.startsWith(RESTORING));
  if (draft === undefined || names.includes("db")) return;
  throw new AppError(
    "conflict",
    `A restore into ${dataDir} was interrupted. Run it again, or remove ${join(dataDir, draft)} ` +
      "to begin without data.",
  );
}

/**
 * The `url` of data that a server has open, for a tool of the same user beside it: where its
 * socket would be. Null where there is none; nobody may be listening any more.
 */
export function runningEmbeddedUrl(dataDir: string): string | null {
  if (process.platform === "win32" || !existsSync(dataDir)) return null;
  const folder = privateFolderName(dataDir);
  return isOurs(folder) && existsSync(join(folder, SOCKET_NAME)) ? urlAt(folder) : null;
}

class EmbeddedProcess implements EmbeddedDatabase {
  readonly #options: EmbeddedOptions;
  readonly #socketDir: string | null;
  readonly #password = randomBytes(24).toString("base64url");
  readonly #restarts: number[] = [];
  #port = 0;
  #child: ChildProcess | undefined;
  #stopped: Promise<void> | undefined;
  #missedPings = 0;
  #pinger: NodeJS.Timeout | undefined;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
    this.#socketDir = process.platform === "win32" ? null : privateFolder(options.dataDir);
  }

  get url(): string {
    if (this.#socketDir === null) {
      return `postgresql://postgres:${this.#password}@127.0.0.1:${this.#port}/postgres`;
    }
    return urlAt(this.#socketDir);
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async start(): Promise<void> {
    const startedAt = Date.now();
    const child = forkChild();
    this.#child = child;
    try {
      const answer = await this.#firstAnswer(child);
      if (answer.type !== "ready") throw this.#startError(answer);
      this.#port = answer.port;
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
    child.on("message", () => {
      this.#missedPings = 0;
    });
    child.once("exit", (code, signal) => this.#restart({ code, signal }));
    this.#watch(child);
    this.#options.log("The embedded database is running.", {
      pid: child.pid,
      tookMs: Date.now() - startedAt,
    });
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#pinger);
    const child = this.#child;
    if (child && isRunning(child)) {
      const exited = once(child, "exit");
      const killer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      if (child.connected) child.disconnect();
      await exited;
      clearTimeout(killer);
    }
    if (this.#socketDir !== null) rmSync(this.#socketDir, { recursive: true, force: true });
  }

  /** `ready`, or why not. */
  async #firstAnswer(child: ChildProcess): Promise<ChildMessage> {
    const { promise, resolve: answered } = withResolver<ChildMessage>();
    const onMessage = (message: unknown) => {
      const parsed = childMessage.safeParse(message);
      if (parsed.success && parsed.data.type !== "pong") answered(parsed.data);
    };
    const onExit = (code: number | null, signal: string | null) =>
      answered({ type: "failed", message: `its process ended (${signal ?? code})` });
    const onError = (error: Error) => answered({ type: "failed", message: error.message });
    const timer = setTimeout(
      () => answered({ type: "failed", message: "it took too long to start" }),
      START_WITHIN_MS,
    );
    child.on("message", onMessage).once("exit", onExit).on("error", onError);
    send(child, {
      type: "start",
      dataDir: resolve(this.#options.dataDir),
      endpoint: this.#endpoint(),
      serverPid: process.pid,
      serverStartedAt: Math.round(Date.now() - process.uptime() * 1000),
    });
    const answer = await promise;
    clearTimeout(timer);
    child.off("message", onMessage).off("exit", onExit);
    return answer;
  }

  #endpoint(): Endpoint {
    if (this.#socketDir === null) return { port: this.#port, password: this.#password };
    return { path: join(this.#socketDir, SOCKET_NAME) };
  }

  #startError(answer: Exclude<ChildMessage, { type: "ready" }>): AppError {
    const { dataDir } = this.#options;
    if (answer.type === "held") {
      const since = new Date(answer.startedAt).toISOString();
      return new AppError(
        "conflict",
        `The data in ${dataDir} are in use by process ${answer.pid}, started ${since}. ` +
          "Stop it, or give this one another DATA_DIR.",
        { details: { pid: answer.pid, startedAt: since } },
      );
    }
    const why = answer.type === "failed" ? answer.message : "unknown";
    return new AppError("internal", `The embedded database in ${dataDir} did not start: ${why}`);
  }

  async #restart(how: { code: number | null; signal: string | null }): Promise<void> {
    clearInterval(this.#pinger);
    if (this.#stopped) return;
    const now = Date.now();
    this.#restarts.push(now);
    const recent = this.#restarts.filter((at) => at > now - RESTART_WINDOW_MS);
    this.#options.log("The embedded database ended by itself.", {
      ...how,
      restarts: recent.length,
    });
    try {
      if (recent.length > MAX_RESTARTS) throw new Error("it keeps ending by itself");
      await this.start();
    } catch (error) {
      this.#giveUp(error instanceof Error ? error.message : String(error));
    }
  }

  #giveUp(why: string): void {
    if (this.#stopped) return;
    const error = new AppError("internal", `The embedded database is gone: ${why}`);
    const rethrow = () => {
      throw error;
    };
    if (this.#options.onGone) this.#options.onGone(error);
    else process.nextTick(rethrow);
  }

  /** A process that hangs is killed; its exit then starts another. */
  #watch(child: ChildProcess): void {
    this.#missedPings = 0;
    this.#pinger = setInterval(() => {
      this.#missedPings += 1;
      if (this.#missedPings > MAX_MISSED_PINGS) child.kill("SIGKILL");
      else send(child, { type: "ping" });
    }, PING_EVERY_MS);
    this.#pinger.unref();
  }
}

function forkChild(): ChildProcess {
  const { path, execArgv } = childEntry();
  // A pipe of its own: a child that is given ours makes it block, and then whoever does not read
  // our log holds up all that we serve.
  const child = fork(path, { execArgv, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  child.stderr?.pipe(process.stderr, { end: false });
  return child;
}

/** In a build the bundled child lies beside the server; from source, tsx runs the module itself. */
function childEntry(): { path: string; execArgv: string[] } {
  const built = fileURLToPath(new URL("./embedded-child.js", import.meta.url));
  if (existsSync(built)) return { path: built, execArgv: ["--enable-source-maps"] };
  const tsx = createRequire(import.meta.url).resolve("tsx");
  const source = fileURLToPath(new URL("./child.ts", import.meta.url));
  return { path: source, execArgv: ["--import", tsx] };
}

/**
 * For the socket: only this user may enter. Its name follows from the data's, so that a crash
 * leaves nothing that piles up; where somebody else made a folder of that name, another is taken.
 */
function privateFolder(dataDir: string): string {
  const folder = privateFolderName(dataDir);
  try {
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  } catch {
    return isOurs(folder) ? folder : mkdtempSync(join(shortTemporaryFolder(), "lh-"));
  }
}

function privateFolderName(dataDir: string): string {
  return join(shortTemporaryFolder(), `loudhailer-${process.getuid?.()}-${hashOf(dataDir)}`);
}

function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found?.isDirectory()) return false;
  return found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}

function urlAt(folder: string): string {
  return `postgresql://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`;
}

function shortTemporaryFolder(): string {
  return fits(join(tmpdir(), "loudhailer-4294967295-0123456789ab", SOCKET_NAME))
    ? tmpdir()
    : "/tmp";
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function send(child: ChildProcess, message: ParentMessage): void {
  // A channel that just closed is noticed by the exit that follows.
  if (child.connected) child.send(message, () => {});
}

function withResolver<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve };
}
