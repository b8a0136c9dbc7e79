import type { Command } from "commander";
import type { z } from "zod";
import { dryRunView } from "@/core/api/dry-run";
import { sessionsPage, workersView } from "@/core/api/session-view";
import { plural } from "@/lib/plural";
import { type Connection, request } from "./api";
import { parseAudience } from "./broadcast";
import type { Output } from "./output";
import { examples, type Terminal } from "./terminal";

interface SessionsOptions {
  audience?: string;
}

export function addSessions(program: Command, terminal: Terminal): void {
  program
    .command("sessions")
    .description("who is connected, who is stored, whom a broadcast would reach")
    .option("--audience <json>", "how many of the connected it would reach")
    .addHelpText("after", examples("sessions", `sessions --audience '{"signedIn":"anonymous"}'`))
    .action((options: SessionsOptions) =>
      terminal.say(() => sessions(terminal.connection, options)),
    );
}

const counted = sessionsPage.pick({ counts: true });
type Counts = z.output<typeof counted>["counts"];
type Reach = z.output<typeof dryRunView>["reach"];

/** The coverage report: who is connected, who is stored, whom a broadcast would reach, and why. */
async function sessions(connection: Connection, options: SessionsOptions): Promise<Output> {
  const [{ counts }, { workers }, reach] = await Promise.all([
    request(connection, "GET", "/api/v1/sessions", counted, { query: { limit: 1 } }),
    request(connection, "GET", "/api/v1/workers", workersView),
    options.audience === undefined ? null : askReach(connection, options.audience),
  ]);
  const lines = [
    ...coverage(counts, reach),
    ...caveats(counts),
    ...workers.map(
      ({ workerId, nodeId, connections }) =>
        `  ${workerId} on ${nodeId}: ${plural(connections, "connection")}`,
    ),
  ];
  return { text: lines.join("\n"), data: { counts, reach, workers } };
}

async function askReach(connection: Connection, audience: string): Promise<Reach> {
  const answer = await request(connection, "POST", "/api/v1/broadcasts/dry-run", dryRunView, {
    body: { audience: parseAudience(audience) },
  });
  return answer.reach;
}

function coverage(counts: Counts, reach: Reach | null): string[] {
  const { connections, recipients, activeSessions: active, allSessions: all } = counts;
  const away = all - active;
  const lines = [
    `Active connections  ${connections} (${plural(recipients, "recipient")}, ${plural(active, "session")})`,
    `Sessions stored     ${all}`,
  ];
  if (reach) {
    return [
      ...lines,
      `Would reach         ${reach.matching} of ${reach.connected} now`,
      ...(reach.examined < reach.connected ? [`Only ${reach.examined} were looked at.`] : []),
      "Whoever else matches sees it when they return; they are not counted before.",
    ];
  }
  return [
    ...lines,
    `Would reach         ${all} (${active} now, ${away} on their return)`,
    all === 0 ? "Nobody is here, or was lately." : difference(connections, active, away),
  ];
}

/** Why the three figures differ, or that they do not. */
function difference(connections: number, active: number, away: number): string {
  const reasons: string[] = [];
  if (away > 0) {
    reasons.push(
      `${plural(away, "session")} without an open connection, whose time has not run out`,
    );
  }
  if (connections > active) {
    reasons.push(`${plural(connections - active, "further connection")} of the same sessions`);
  }
  if (reasons.length === 0) return "Every stored session is connected, by one connection each.";
  return `The difference: ${reasons.join("; ")}.`;
}

function caveats({ clusterWide, incomplete }: Counts): string[] {
  return [
    ...(clusterWide ? [] : ["Counted on one worker only: Redis is away."]),
    ...(incomplete ? ["Redis lost data: sessions that were inactive then are not counted."] : []),
  ];
}
