import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { guard } from "./processes";
import { findRedisServer, requireTools } from "./tools";

const run = promisify(execFile);

/** A port that was just taken by somebody else is tried no more often. */
const MAX_ATTEMPTS = 5;
const START_TIMEOUT_MS = 20_000;

export interface TestRedis {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** One command by redis-cli; its answer as text. */
  command(...args: string[]): Promise<string>;
  /** Calls of each command since the server started or `CONFIG RESETSTAT`, those of scripts too. */
  calls(): Promise<Map<string, number>>;
  /**
   * Stops it if it runs, and starts it on the same port: without data, or with what it had; with
   * what was saved last where it did not run.
   */
  restart(options?: { empty?: boolean }): Promise<void>;
  /** Ends it in order. Its port refuses connections from then on. */
  stop(): Promise<void>;
  /** Ends it outright, as `kill -9` does. */
  kill(): Promise<void>;
  /** Freezes it: connections stay open and nothing answers. */
  pause(): void;
  unpause(): void;
  /** For good: ends it and removes its folder. */
  close(): Promise<void>;
}

/**
 * A real redis-server for one test file: on a free port of 127.0.0.1, in a folder of its own,
 * writing nothing to disk by itself.
 * @param args further arguments, such as `--cluster-enabled yes`
 * @throws where redis-server is not installed, saying how to get it
 */
export function startRedis(...args: string[]): Promise<TestRedis> {
  return start(async () => ["--save", "", "--appendonly", "no", ...args]);
}

/** A real Redis Sentinel. @param config lines of its configuration */
export function startSentinel(...config: string[]): Promise<TestRedis> {
  return start(async (folder) => {
    // It writes what it learns into its configuration, so that must be a file.
    const file = join(folder, "sentinel.conf");
    await writeFile(file, `${config.join("\n")}\n`);
    return [file, "--sentinel"];
  });
}

async function start(prepare: (folder: string) => Promise<string[]>): Promise<TestRedis> {
  requireTools(["redis"]);
  const program = findRedisServer() ?? "redis-server";
  const folder = await mkdtemp(join(tmpdir(), "loudhailer-redis-"));
  const args = await prepare(folder);
  const launch = (port: number) => launchRedis(program, port, folder, args);
  let { port, child } = await launchAnywhere(launch);
  const url = `redis://127.0.0.1:${port}`;
  const cli = join(dirname(program), "redis-cli");
  const command = async (...words: string[]) => {
    const { stdout } = await run(cli, ["-p", String(port), ...words], { maxBuffer: 64 << 20 });
    return stdout.trimEnd();
  };
  const end = (signal: NodeJS.Signals) => endProcess(child, signal);
  return {
    url,
    port,
    command,
    async calls() {
      const stats = await command("INFO", "commandstats");
      const found = [...stats.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)];
      return new Map(found.map(([, name = "", calls]) => [name, Number(calls)]));
    },
    async restart({ empty = true } = {}) {
      if (!empty && isRunning(child)) await command("SAVE");
      await end("SIGKILL");
      if (empty) await rm(join(folder, "dump.rdb"), { force: true });
      child = await launch(port);
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    pause: () => void child.kill("SIGSTOP"),
    unpause: () => void child.kill("SIGCONT"),
    async close() {
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launchAnywhere(
  launch: (port: number) => Promise<ChildProcess>,
): Promise<{ port: number; child: ChildProcess }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { port, child: await launch(port) };
    } catch (error) {
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/** Resolves when it accepts connections. */
async function launchRedis(
  program: string,
  port: number,
  folder: string,
  args: readonly string[],
): Promise<ChildProcess> {
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
  // A configuration file comes first.
  const child = spawn(program, [...args, ...settings], { stdio: ["ignore", "pipe", "ignore"] });
  guard(child);
  const output: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`redis-server ${what}:\n${output.join("\n")}`));
    const timer = setTimeout(() => fail("did not start in time"), START_TIMEOUT_MS);
    child.once("exit", () => fail("ended"));
    child.once("error", (error) => fail(error.message));
    createInterface(child.stdout).on("line", (line) => {
      output.push(line);
      // A Sentinel never says that it is ready to accept connections.
      if (!/Ready to accept connections|Sentinel ID is/.test(line)) return;
      clearTimeout(timer);
      resolve();
    });
  });
  try {
    await ready;
  } catch (error) {
    await endProcess(child, "SIGKILL");
    throw error;
  }
  return child;
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isRunning(child)) return;
  const exited = once(child, "exit");
  child.kill(signal);
  // A frozen process acts on nothing but SIGKILL.
  child.kill("SIGCONT");
  await exited;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("No port was free.");
  return address.port;
}
