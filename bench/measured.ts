import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { ROOT } from "@/scripts/run";

/** Of the kernel, everywhere. */
const TICKS_PER_SECOND = 100;
const PROBE = pathToFileURL(join(ROOT, "bench/probe.mjs")).href;

const block = z.object({ ms: z.number() });

/** A server under test: its process and all that it started. */
export class Measured {
  readonly #pid: number;
  readonly #folder: string;

  constructor(pid: number, folder: string) {
    this.#pid = pid;
    this.#folder = folder;
  }

  /** CPU time used so far, s: of the server, and of the embedded database beside it. */
  cpu(): { server: number; database: number } {
    const sums = { server: 0, database: 0 };
    for (const pid of this.#processes()) sums[partOf(pid)] += cpuOf(pid);
    return sums;
  }

  /** Resident memory of the server after collecting, bytes. */
  async memory(): Promise<number> {
    await this.#askAll("memory");
    return this.#processes()
      .filter((pid) => partOf(pid) === "server")
      .reduce((sum, pid) => sum + residentOf(pid), 0);
  }

  async watchLoop(): Promise<void> {
    await this.#askAll("watchLoop");
  }

  /** The longest block of any event loop since `watchLoop`, ms; 0 where there is none. */
  async longestBlock(): Promise<number> {
    const answers = await this.#askAll("longestBlock");
    return Math.max(0, ...answers.map((answer) => block.parse(answer).ms));
  }

  /** Records a CPU profile of each server process while `work` runs. */
  async profiled<T>(file: string, work: () => Promise<T>): Promise<T> {
    await this.#askAll("profile");
    const result = await work();
    await this.#askAll("profiled", file);
    return result;
  }

  async allocations<T>(file: string, work: () => Promise<T>): Promise<T> {
    await this.#askAll("allocations");
    const result = await work();
    await this.#askAll("allocated", file);
    return result;
  }

  async #askAll(question: string, file?: string): Promise<unknown[]> {
    const probed = readdirSync(this.#folder).map((name) => Number.parseInt(name, 10));
    const pids = this.#processes().filter(
      (pid) => probed.includes(pid) && partOf(pid) === "server",
    );
    return Promise.all(
      pids.map((pid) => ask(join(this.#folder, `${pid}.sock`), question, file && `${file}-${pid}`)),
    );
  }

  #processes(): number[] {
    const all = readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? Number(name) : []));
    const parents = new Map(all.map((pid) => [pid, parentOf(pid)]));
    const isOurs = (pid: number): boolean =>
      pid === this.#pid || (parents.has(pid) && isOurs(parents.get(pid) ?? 0));
    return all.filter(isOurs);
  }
}

/** A folder for the probes' sockets, and the environment that has Node load the probe. */
export function probed() {
  const folder = mkdtempSync(join(tmpdir(), "lh-bench-"));
  return {
    folder,
    env: { NODE_OPTIONS: `--import ${PROBE}`, BENCH_PROBE_DIR: folder },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function ask(path: string, question: string, argument = ""): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("error", reject);
    createInterface(socket).once("line", (line) => {
      socket.end();
      resolve(JSON.parse(line));
    });
    socket.write(`${question} ${argument}\n`);
  });
}

function statOf(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name may hold anything; what is after its parenthesis does not.
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1] ?? 0);
}

function cpuOf(pid: number): number {
  const [user = 0, system = 0] = statOf(pid).slice(11, 13).map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

function partOf(pid: number): "server" | "database" {
  return read(`/proc/${pid}/cmdline`).includes("embedded-child") ? "database" : "server";
}

function residentOf(pid: number): number {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) * 1024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
