import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { readGeneratedSecret } from "@/lib/auth/secrets";
import { runningEmbeddedUrl } from "@/lib/embedded/embedded";
import { ConfigurationError, parseEnv } from "@/lib/env";
import type { Check } from "@/lib/maintenance/check";
import type { Connection } from "./api";
import { checkServer } from "./check-server";
import { EXIT } from "./failure";
import type { Place } from "./place";
import { examples, type Terminal } from "./terminal";

export function addDoctor(program: Command, terminal: Terminal): void {
  program
    .command("doctor")
    .description("look at everything that can be reached from here, and say what is wrong")
    .addHelpText("after", examples("doctor", "doctor --url https://loudhailer.example.com --json"))
    .action(() =>
      terminal.attempt(async () => {
        const checks = await doctor(terminal.connection, terminal.place);
        terminal.print(terminal.json ? JSON.stringify({ checks }, null, 2) : report(checks));
        if (checks.some((check) => check.state === "problem")) process.exitCode = EXIT.failed;
      }),
    );
}

/** Looks at everything that can be reached from here, and says what is wrong. */
async function doctor(connection: Connection, place: Place): Promise<Check[]> {
  const checks = await Promise.all([
    checkServer(connection),
    checkConfiguration(place.env),
    checkStore(place),
    checkBroker(place),
  ]);
  return checks.flat();
}

const WIDTH = 9;

function report(checks: readonly Check[]): string {
  const lines = checks.map(
    ({ state, name, says }) => `${state.padEnd(WIDTH)}${name.padEnd(WIDTH + 2)}${says}`,
  );
  const problems = checks.filter((check) => check.state === "problem").length;
  const verdict =
    problems === 0
      ? "Nothing is wrong as far as can be seen from here."
      : `${problems} of ${checks.length} checks found a problem.`;
  return [...lines, verdict].join("\n");
}

/** A server would refuse to start with these; a machine that only calls one has none. */
function checkConfiguration(env: NodeJS.ProcessEnv): Check[] {
  if (!env.DATABASE_URL && !env.REDIS_URL) return [];
  const name = "Settings";
  try {
    parseEnv(env);
    return [{ name, state: "ok", says: "a server would start with this environment" }];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.faults.map((says) => ({ name, state: "problem", says }));
  }
}

async function checkBroker({ redisUrl, redisPrefix }: Place): Promise<Check[]> {
  if (redisUrl === null) return [];
  const { checkRedis } = await import("@/lib/maintenance/check-redis");
  return checkRedis(redisUrl, redisPrefix);
}

async function checkStore(place: Place): Promise<Check[]> {
  const { databaseUrl, dataDir, migrations } = place;
  const authSecret = place.authSecret ?? (await readGeneratedSecret(dataDir));
  const { checkDatabase } = await import("@/lib/maintenance/check-database");
  if (databaseUrl) return checkDatabase({ url: databaseUrl, migrations, authSecret });
  if (!existsSync(join(dataDir, "db"))) return [];
  const url = runningEmbeddedUrl(dataDir);
  if (url !== null) return checkDatabase({ url, migrations, authSecret });
  const says = `embedded data are in ${dataDir}; no server has them open`;
  return [{ name: "Database", state: "warning", says }];
}
