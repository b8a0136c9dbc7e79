#!/usr/bin/env node
import { Command, InvalidArgumentError, Option } from "commander";
import { LEVELS, STATUSES } from "@/core/broadcast";
import { findPackage } from "@/lib/package";
import { CliError, type Connection, EXIT } from "./api";
import { broadcast, clear, coverage, list, type Output } from "./commands";

const program = new Command("loudhailer")
  .description("Publishes, clears and looks at broadcasts of a running Loudhailer.")
  .version(findPackage().version)
  .option("--url <url>", "the server (default: LOUDHAILER_URL, else http://localhost:3000)")
  .option("--workspace <name>", "the workspace", "default")
  .option("--json", "print JSON")
  .configureOutput({ outputError: (text, write) => write(text) })
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage))
  .addHelpText(
    "after",
    `
Environment:
  LOUDHAILER_URL, LOUDHAILER_API_KEY

Exit codes:
  0 done, 1 failed, 2 wrong usage, 3 no server answers, 4 not allowed

Examples:
  $ loudhailer broadcast "Back at 14:00" --level warning --ends-in 2h
  $ loudhailer clear --all
  $ loudhailer sessions --json`,
  );

program
  .command("broadcast")
  .argument("<message>", "at most 280 characters; **bold**, *italic*, `code`, [links](https://…)")
  .description("publish a broadcast at once")
  .option("--title <title>")
  .addOption(new Option("--level <level>").choices(LEVELS).default("info"))
  .option("--ends-in <duration>", "15m, 2h, 1h30m")
  .option("--replace", "take the place of what is live", false)
  .option("--no-dismissible", "recipients cannot dismiss it; needs --ends-in")
  .option("--audience <json>", "who sees it; everyone when absent")
  .action((message, options) => run((connection) => broadcast(connection, message, options)));

program
  .command("clear")
  .argument("[id]", "the broadcast")
  .description("take a broadcast off every screen")
  .option("--all", "everything that is live")
  .action((id: string | undefined, options: { all?: boolean }) =>
    run((connection) => {
      if ((id === undefined) === !options.all) {
        throw new CliError("Name a broadcast, or say --all.", EXIT.usage);
      }
      return clear(connection, id ?? null);
    }),
  );

program
  .command("list")
  .description("list broadcasts, newest first")
  .addOption(new Option("--status <status>").choices(STATUSES))
  .option("--limit <count>", "how many", toLimit, 20)
  .action((options) => run((connection) => list(connection, options)));

program
  .command("sessions")
  .description("who is connected, who is stored, whom a broadcast would reach")
  .action(() => run(coverage));

await program.parseAsync();

async function run(command: (connection: Connection) => Promise<Output>): Promise<void> {
  const options = program.opts<{ url?: string; workspace: string; json?: boolean }>();
  const connection: Connection = {
    url: options.url ?? process.env.LOUDHAILER_URL ?? "http://localhost:3000",
    apiKey: process.env.LOUDHAILER_API_KEY ?? "",
    workspace: options.workspace,
  };
  try {
    const { text, data } = await command(connection);
    process.stdout.write(`${options.json ? JSON.stringify(data, null, 2) : text}\n`);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}

function toLimit(value: string): number {
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw new InvalidArgumentError("Must be a number from 1 to 100.");
}
