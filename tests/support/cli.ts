import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { ROOT } from "@/scripts/run";
import { guard } from "./processes";

/** The built command, as `npx loudhailer` runs it. */
const COMMAND = join(ROOT, "dist/cli/main.js");

const LINE_TIMEOUT_MS = 15_000;

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the command to its end. Only `env` reaches it. */
export async function loudhailer(
  args: readonly string[],
  env: Record<string, string> = {},
  input = "",
): Promise<CliResult> {
  const running = new RunningCli(args, env);
  running.child.stdin?.end(input);
  const code = await running.ended;
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** A command that goes on until it is stopped, such as `watch`. */
export class RunningCli {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  stdout = "";
  stderr = "";

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [COMMAND, ...args], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production", ...env },
      stdio: "pipe",
    });
    guard(this.child);
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.ended = once(this.child, "close").then(() => this.child.exitCode);
  }

  /** Waits until it has printed something that matches. */
  async until(pattern: RegExp): Promise<void> {
    const signal = AbortSignal.timeout(LINE_TIMEOUT_MS);
    try {
      while (!pattern.test(this.stdout)) {
        await once(this.child.stdout ?? this.child, "data", { signal });
      }
    } catch {
      throw new Error(`${pattern} was not printed. Printed:\n${this.stdout}${this.stderr}`);
    }
  }

  /** As Ctrl-C; resolves with the exit code. */
  stop(): Promise<number | null> {
    this.child.kill("SIGINT");
    return this.ended;
  }
}
