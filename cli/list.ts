import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { broadcastView } from "@/core/api/broadcast-view";
import { STATUSES } from "@/core/broadcast";
import { type Connection, request } from "./api";
import { type Output, printable } from "./output";
import { choice, examples, type Terminal } from "./terminal";

interface ListOptions {
  status?: string[];
  search?: string;
  limit: number;
}

export function addList(program: Command, terminal: Terminal): void {
  program
    .command("list")
    .description("list broadcasts, newest first")
    .addOption(choice("--status <status...>", "only these", STATUSES))
    .option("--search <words>", "in title or message")
    .option("--limit <count>", "how many", toLimit, 20)
    .addHelpText("after", examples("list --status live scheduled", "list --search outage --json"))
    .action((options: ListOptions) => terminal.say(() => list(terminal.connection, options)));
}

function toLimit(value: string): number {
  const limit = Number(value);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100) return limit;
  throw new InvalidArgumentError("Must be a number from 1 to 100.");
}

// A newer server may have fields and kinds of audience that are not known here.
const listed = z.object({
  broadcasts: z.array(
    broadcastView.pick({ id: true, status: true, level: true, title: true, message: true }).loose(),
  ),
  next: z.string().nullable(),
});

/** Newest first. */
async function list(connection: Connection, options: ListOptions): Promise<Output> {
  const data = await request(connection, "GET", "/api/v1/broadcasts", listed, {
    query: { limit: options.limit, status: options.status?.join(","), search: options.search },
  });
  const lines = data.broadcasts.map(({ id, status, level, title, message }) => {
    const text = printable(title ? `${title}: ${message}` : message);
    return `${id}  ${status.padEnd(9)}  ${level.padEnd(7)}  ${text}`;
  });
  if (data.next !== null) lines.push(`There are more; see --limit.`);
  return { text: lines.length > 0 ? lines.join("\n") : "No broadcasts.", data };
}
