import { Option } from "commander";
import { isAppError } from "@/core/errors";
import { reasonOf } from "@/lib/maintenance/check";
import type { Connection } from "./api";
import { CliError, EXIT } from "./failure";
import type { Output } from "./output";
import { type Place, readPlace } from "./place";

/** Options that every command has. */
export interface Globals {
  url?: string;
  workspace: string;
  json?: boolean;
}

/** What commands have in common: whom they talk to, and how they end. */
export class Terminal {
  readonly #env: NodeJS.ProcessEnv;
  readonly #globals: () => Globals;

  constructor(env: NodeJS.ProcessEnv, globals: () => Globals) {
    this.#env = env;
    this.#globals = globals;
  }

  get json(): boolean {
    return this.#globals().json === true;
  }

  get connection(): Connection {
    const { url, workspace } = this.#globals();
    return {
      url: url ?? (this.#env.LOUDHAILER_URL || "http://localhost:3000"),
      apiKey: this.#env.LOUDHAILER_API_KEY ?? "",
      workspace,
    };
  }

  /** @throws CliError naming a variable that is wrong */
  get place(): Place {
    return readPlace(this.#env);
  }

  print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  /** For a command that has one thing to say. */
  say(work: () => Promise<Output>): Promise<void> {
    return this.attempt(async () => {
      const { text, data } = await work();
      this.print(this.json ? JSON.stringify(data, null, 2) : text);
    });
  }

  /** Ends in words and with an exit code; what is neither ours nor the server's is a bug. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof CliError) && !isAppError(error)) throw error;
      const cause = isAppError(error) && error.cause !== undefined ? ` (${reasonOf(error)})` : "";
      process.stderr.write(`${error.message}${cause}\n`);
      process.exitCode = error instanceof CliError ? error.exitCode : EXIT.failed;
    }
  }

  /** Aborts on Ctrl-C, SIGTERM, or when whatever reads our lines has gone (`head`). */
  untilStopped(): AbortSignal {
    const controller = new AbortController();
    const stop = () => controller.abort();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, stop);
    process.stdout.once("error", stop);
    return controller.signal;
  }
}

/** What follows a command's help; lines without the program's name. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ loudhailer ${line}`).join("\n")}`;
}

/** An option with a fixed set of values. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices(values);
}
