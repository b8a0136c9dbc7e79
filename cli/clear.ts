import type { Command } from "commander";
import { clearAnswer } from "@/core/api/fixed";
import { plural } from "@/lib/plural";
import { type Connection, request } from "./api";
import { CliError, EXIT } from "./failure";
import type { Output } from "./output";
import { examples, type Terminal } from "./terminal";

interface ClearOptions {
  /** Everything that is live. */
  all?: boolean;
}

export function addClear(program: Command, terminal: Terminal): void {
  program
    .command("clear")
    .argument("[id]", "the broadcast")
    .description("take a broadcast off every screen")
    .option("--all", "everything that is live")
    .addHelpText("after", examples("clear --all", "clear 0b5e3c6e-6d0c-4f0e-9a53-0f0c5d1f2a11"))
    .action((id: string | undefined, options: ClearOptions) =>
      terminal.say(() => clear(terminal.connection, id, options)),
    );
}

async function clear(
  connection: Connection,
  id: string | undefined,
  { all = false }: ClearOptions,
): Promise<Output> {
  if ((id === undefined) === !all) {
    throw new CliError("Name one broadcast, or say --all.", EXIT.usage);
  }
  const body = id === undefined ? {} : { broadcast_id: id };
  const data = await request(connection, "POST", "/api/creator/broadcast/clear", clearAnswer, {
    body,
  });
  return {
    text: `${data.message}: gone from ${plural(data.cleared_for_users, "connection")}`,
    data,
  };
}
