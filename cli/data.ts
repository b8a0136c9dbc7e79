import { resolve } from "node:path";
import type { Command } from "commander";
import { plural } from "@/lib/plural";
import { CliError, EXIT } from "./failure";
import type { Output } from "./output";
import type { Place } from "./place";
import { examples, type Terminal } from "./terminal";

export function addBackup(program: Command, terminal: Terminal): void {
  program
    .command("backup")
    .argument("[file]", "loudhailer-<time>.backup when absent")
    .description("copy the embedded data (DATA_DIR) into one file; the server may be running")
    .addHelpText("after", examples("backup", "backup /var/backups/loudhailer.backup"))
    .action((file: string | undefined) => terminal.say(() => backup(terminal.place, file)));
}

export function addRestore(program: Command, terminal: Terminal): void {
  program
    .command("restore")
    .argument("<file>", "made by backup")
    .description("make the embedded data (DATA_DIR) from a backup; the server must be stopped")
    .option("--replace", "move what is there aside")
    .addHelpText("after", examples("restore loudhailer.backup --replace"))
    .action((file: string, options: { replace?: boolean }) =>
      terminal.say(() => restoreBackup(terminal.place, file, options)),
    );
}

export function addMoveToPostgres(program: Command, terminal: Terminal): void {
  program
    .command("move-to-postgres")
    .description("copy the embedded data into the empty PostgreSQL database of DATABASE_URL")
    .addHelpText(
      "after",
      `\nExamples:\n  $ DATABASE_URL=postgresql://… loudhailer move-to-postgres`,
    )
    .action(() => terminal.say(() => move(terminal.place)));
}

/** The embedded data into one file. */
async function backup(place: Place, file: string | undefined): Promise<Output> {
  requireEmbedded(place, "back it up with pg_dump");
  const { dataDir, version } = place;
  const path = resolve(file ?? `loudhailer-${timestamp()}.backup`);
  const { backUp } = await import("@/lib/maintenance/backup");
  const { rows } = await backUp({ dataDir, version, file: path });
  return {
    text: `${plural(rows, "row")} written to ${path}. It holds secrets: keep it safe.`,
    data: { file: path, rows },
  };
}

/** A backup's file into the place of the embedded data. */
async function restoreBackup(
  place: Place,
  file: string,
  { replace = false }: { replace?: boolean },
): Promise<Output> {
  requireEmbedded(place, "restore it with pg_restore");
  const { dataDir, migrations } = place;
  const { restore } = await import("@/lib/maintenance/restore");
  const restored = await restore({ dataDir, migrations, replace, file: resolve(file) });
  const lines = [
    `${plural(restored.rows, "row")} of ${restored.createdAt} restored to ${dataDir}.`,
    ...(restored.movedTo ? [`What was there is in ${restored.movedTo}.`] : []),
    ...(restored.needsSecret ? ["Start it with the AUTH_SECRET it had when it was saved."] : []),
  ];
  return { text: lines.join("\n"), data: restored };
}

/** The embedded data into the PostgreSQL database of DATABASE_URL. */
async function move(place: Place): Promise<Output> {
  const { dataDir, databaseUrl, migrations, authSecret } = place;
  if (databaseUrl === null) {
    throw new CliError("Set DATABASE_URL to an empty PostgreSQL database.", EXIT.usage);
  }
  const { moveToPostgres } = await import("@/lib/maintenance/move-to-postgres");
  const { rows } = await moveToPostgres({ dataDir, databaseUrl, migrations });
  const secret = authSecret === null ? `the content of ${dataDir}/auth-secret` : "the one you set";
  const lines = [
    `${plural(rows, "row")} copied. The embedded data are still in ${dataDir}.`,
    "From now on start the server with the same DATABASE_URL, with PUBLIC_URL, and with",
    `AUTH_SECRET: ${secret}.`,
  ];
  return { text: lines.join("\n"), data: { rows } };
}

function requireEmbedded({ databaseUrl }: Place, instead: string): void {
  if (databaseUrl === null) return;
  throw new CliError(
    `DATABASE_URL is set, so the data are in PostgreSQL: ${instead}. See docs/operations.md.`,
    EXIT.usage,
  );
}

function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(":", "-");
}
