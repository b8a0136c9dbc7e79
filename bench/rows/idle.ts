import { setTimeout as sleep } from "node:timers/promises";
import { rounded } from "../figures";
import { now } from "../load-client";
import { startLoudhailer } from "../loudhailer";
import type { Outcome, Plan } from "../plan";
import { crowdOf } from "../subject";

/** One round of pings, so that each connection has had its own. */
const WATCHED_MS = 30_000;
/** As long: what opening them left to compile and to collect is done by then. */
const SETTLED_MS = 30_000;

export async function idle(plan: Plan): Promise<Outcome> {
  const ours = await startLoudhailer();
  const { clients } = await crowdOf(ours, plan.connections);
  try {
    await sleep(SETTLED_MS);
    const empty = await share();
    await clients.open(100);
    await sleep(SETTLED_MS);
    const full = await share();
    return {
      lines: [
        {
          what: `CPU of ${plan.connections.toLocaleString("en-US")} idle connections`,
          target: "< 2 % of a core",
          limit: 2,
          value: full.server,
          unit: "%",
          detail: `${rounded(empty.server)} % without any; embedded database's process ${rounded(full.database)} %`,
        },
      ],
    };
  } finally {
    await clients.stop();
    await ours.stop();
  }

  async function share() {
    const before = { ...ours.measured.cpu(), at: now() };
    await sleep(WATCHED_MS);
    const after = ours.measured.cpu();
    const seconds = (now() - before.at) / 1000;
    return {
      server: (100 * (after.server - before.server)) / seconds,
      database: (100 * (after.database - before.database)) / seconds,
    };
  }
}
