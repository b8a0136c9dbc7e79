import type { Command } from "commander";
import { publishAnswer } from "@/core/api/fixed";
import {
  LEVELS,
  type Level,
  PLACEMENTS,
  type Placement,
  PRIORITIES,
  type Priority,
} from "@/core/broadcast";
import { plural } from "@/lib/plural";
import { type Connection, request } from "./api";
import { parseDuration } from "./duration";
import { CliError, EXIT } from "./failure";
import { type Output, printable } from "./output";
import { choice, examples, type Terminal } from "./terminal";

interface BroadcastOptions {
  title?: string;
  level: Level;
  priority: Priority;
  placement: Placement;
  startsIn?: string;
  endsIn?: string;
  replace: boolean;
  dismissible: boolean;
  actionLabel?: string;
  actionUrl?: string;
  path?: string[];
  audience?: string;
}

export function addBroadcast(program: Command, terminal: Terminal): void {
  program
    .command("broadcast")
    .argument("<message>", "at most 280 characters; **bold**, *italic*, `code`, [links](https://…)")
    .description("publish a broadcast")
    .option("--title <title>", "at most 80 characters")
    .addOption(choice("--level <level>", "how loud", LEVELS).default("info"))
    .addOption(choice("--priority <name>", "its place among others", PRIORITIES).default("normal"))
    .addOption(choice("--placement <name>", "where on the page", PLACEMENTS).default("top"))
    .option("--starts-in <duration>", "15m, 2h, 1h30m; at once when absent")
    .option("--ends-in <duration>", "15m, 2h, 1h30m; stays until cleared when absent")
    .option("--replace", "take the place of what is live", false)
    .option("--no-dismissible", "recipients cannot dismiss it; needs --ends-in")
    .option("--action-label <label>", "a button; needs --action-url")
    .option("--action-url <url>", "where the button leads")
    .option("--path <rule...>", "on these pages only: /pricing, /docs/*, !/docs/internal*")
    .option("--audience <json>", "who sees it; everyone when absent")
    .addHelpText("after", EXAMPLES)
    .action((message: string, options: BroadcastOptions) =>
      terminal.say(() => broadcast(terminal.connection, message, options)),
    );
}

const EXAMPLES = examples(
  `broadcast "New: dark mode" --level success --ends-in 7d`,
  `broadcast "We are down" --level alert --priority critical --replace`,
  `broadcast "Try it" --audience '{"traits":[{"trait":"plan","op":"is","value":"pro"}]}'`,
);

/** Publishes at once, or at `startsIn`. */
async function broadcast(
  connection: Connection,
  message: string,
  options: BroadcastOptions,
): Promise<Output> {
  const { title, level, priority, placement, replace, dismissible } = options;
  const startsAt = options.startsIn ? fromNow(options.startsIn) : undefined;
  const body = {
    message,
    ...{ title, level, priority, placement, replace, dismissible, startsAt },
    endsAt: options.endsIn ? fromNow(options.endsIn) : undefined,
    action: actionOf(options),
    paths: options.path,
    audience: options.audience === undefined ? undefined : parseAudience(options.audience),
  };
  const data = await request(connection, "POST", "/api/creator/broadcast", publishAnswer, {
    body,
    once: true,
  });
  const said = `"${printable(message)}" (level: ${level})`;
  if (startsAt) return { text: `Broadcast scheduled for ${startsAt}: ${said}`, data };
  const stored =
    data.stored_for_sessions === null
      ? ""
      : `, stored for ${plural(data.stored_for_sessions, "session")}`;
  const live = `live on ${plural(data.sent_to_users, "connection")}`;
  return { text: `Broadcast message sent: ${said} - ${live}${stored}${caveat(data)}`, data };
}

/** The line says no more than what is known. */
function caveat(data: {
  mode: string;
  workers_answered: number;
  workers_expected: number;
}): string {
  const { mode, workers_answered: answered, workers_expected: expected } = data;
  if (mode === "degraded") return "\nDegraded: other workers show it within 3 seconds.";
  if (answered < expected) return `\nCounted on ${answered} of ${expected} workers.`;
  return "";
}

function actionOf({ actionLabel: label, actionUrl: url }: BroadcastOptions) {
  if (label === undefined && url === undefined) return undefined;
  if (label && url) return { label, url };
  throw new CliError("--action-label and --action-url go together.", EXIT.usage);
}

function fromNow(duration: string): string {
  return new Date(Date.now() + parseDuration(duration)).toISOString();
}

export function parseAudience(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new CliError(
      `--audience takes JSON, such as '{"roles":["admin"]}'. See docs/protocol.md.`,
      EXIT.usage,
    );
  }
}
