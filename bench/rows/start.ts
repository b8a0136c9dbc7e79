import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { SOCKET_PATH } from "@/core/protocol";
import { startReplica } from "@/tests/support/replica";
import { median, rounded } from "../figures";
import { LoadClient, now } from "../load-client";
import { startLoudhailer } from "../loudhailer";
import type { Outcome, Plan } from "../plan";

/** From the process's start until a client has the banner that was live before. */
export async function starting(plan: Plan): Promise<Outcome> {
  const dataDir = mkdtempSync(join(plan.folder, "data-"));
  const first = await startLoudhailer({ dataDir });
  await first.say("Was here before");
  await first.stop();
  const found: number[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    const startedAt = now();
    const replica = await startReplica({ dataDir });
    const clients = await LoadClient.start(replica.port, SOCKET_PATH, "loudhailer");
    await clients.add(1);
    await clients.open(1);
    const { actives } = await clients.totals();
    if (actives !== 1) throw new Error("The banner was not there.");
    found.push((now() - startedAt) / 1000);
    await clients.stop();
    await replica.stop();
  }
  rmSync(dataDir, { recursive: true, force: true });
  return {
    lines: [
      {
        what: "Second start until the first banner",
        target: "< 3 s",
        limit: 3,
        value: median(found),
        unit: "s",
        detail: `embedded; rounds: ${found.map(rounded).join(", ")}`,
      },
    ],
  };
}
