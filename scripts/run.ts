import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root, with a trailing separator. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url));

export interface RunOptions {
  env?: Record<string, string>;
  /** `print` (default) shows the output as it comes; `on-failure` only when it exits non-zero. */
  output?: "print" | "on-failure";
}

/** Runs a program in the repository's root without standard input. Resolves with its exit code. */
export function run(
  program: string,
  args: readonly string[],
  { env = {}, output = "print" }: RunOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    const stdio = output === "print" ? "inherit" : "pipe";
    const child = spawn(program, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", stdio, stdio],
    });
    const kept: Buffer[] = [];
    child.stdout?.on("data", (chunk: Buffer) => kept.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => kept.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) process.stderr.write(Buffer.concat(kept));
      resolve(code ?? 1);
    });
  });
}

/** Like `run`, and throws with `what` in the message when the program fails. */
export async function mustRun(
  what: string,
  program: string,
  args: readonly string[],
  options?: RunOptions,
): Promise<void> {
  const code = await run(program, args, options);
  if (code !== 0) throw new Error(`${what} failed (exit code ${code}).`);
}

/** Arguments for `process.execPath` that run a TypeScript file of this repository. */
export function typescript(file: string, ...args: string[]): string[] {
  return ["--import", "tsx", file, ...args];
}
