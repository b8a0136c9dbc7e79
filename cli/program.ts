import { Command } from "commander";
import { addBroadcast } from "./broadcast";
import { addClear } from "./clear";
import { addCompletion } from "./completion";
import { addBackup, addMoveToPostgres, addRestore } from "./data";
import { addDoctor } from "./doctor";
import { EXIT } from "./failure";
import { addList } from "./list";
import { addSessions } from "./sessions";
import { type Globals, Terminal } from "./terminal";
import { addToken } from "./token";
import { addWatch } from "./watch";

const HELP = `
Environment:
  LOUDHAILER_URL       the server; default http://localhost:3000
  LOUDHAILER_API_KEY   a key of the workspace (dashboard, API keys)
  DATA_DIR, DATABASE_URL, REDIS_URL, REDIS_PREFIX, AUTH_SECRET
                       the server's own; read by token, doctor, backup, restore, move-to-postgres

Exit codes:
  0 done, 1 failed, 2 wrong usage, 3 no server answers, 4 not allowed

Examples:
  $ loudhailer broadcast "Back at 14:00" --level warning --ends-in 2h
  $ loudhailer clear --all
  $ loudhailer sessions --json
  $ loudhailer watch --token "$(loudhailer token --user u1 --role admin)"`;

/** The whole command line. */
export function buildProgram(env: NodeJS.ProcessEnv, version: string): Command {
  const program = new Command("loudhailer")
    .description("Publishes, clears and looks at broadcasts of a running Loudhailer.")
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .option("--url <url>", "the server, instead of LOUDHAILER_URL")
    .option("--workspace <name>", "the workspace", "default")
    .option("--json", "print JSON")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT.usage))
    .addHelpText("after", HELP);
  const terminal = new Terminal(env, () => program.opts<Globals>());
  for (const add of [
    addBroadcast,
    addClear,
    addList,
    addSessions,
    addWatch,
    addToken,
    addDoctor,
    addBackup,
    addRestore,
    addMoveToPostgres,
    addCompletion,
  ]) {
    add(program, terminal);
  }
  return program;
}
