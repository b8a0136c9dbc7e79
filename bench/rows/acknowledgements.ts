import { median, rounded } from "../figures";
import { now } from "../load-client";
import { type Loudhailer, startLoudhailer } from "../loudhailer";
import type { Line, Outcome, Plan } from "../plan";
import { onServices } from "../services";
import { crowdOf } from "../subject";

/** Everybody dismisses at once; a second's worth of those that were told it is durable. */
export async function acknowledgements(plan: Plan): Promise<Outcome> {
  const onPostgres = await onServices({}, (ours) => perSecond(ours, plan));
  const embedded = await startLoudhailer();
  const onEmbedded = await perSecond(embedded, plan).finally(() => embedded.stop());
  const line = (name: string, limit: number, found: number[]): Line => ({
    what: `Acknowledgements durable and confirmed, ${name}`,
    target: `≥ ${limit.toLocaleString("en-US")} a second`,
    limit,
    atLeast: true,
    value: median(found),
    unit: "a second",
    detail: `rounds: ${found.map(rounded).join(", ")}`,
  });
  return {
    lines: [line("PostgreSQL (fsync on)", 5_000, onPostgres), line("embedded", 2_000, onEmbedded)],
  };
}

async function perSecond(ours: Loudhailer, plan: Plan): Promise<number[]> {
  const { clients } = await crowdOf(ours, plan.connections);
  await clients.open(100);
  const found: number[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    await ours.clear();
    await clients.reset();
    const id = await ours.say(`Dismiss this, ${round}`);
    await clients.reached(plan.connections);
    const startedAt = now();
    const frame = JSON.stringify({ type: "acknowledge_broadcast", broadcast_id: id });
    const doneAt = await clients.acknowledge(frame, plan.connections);
    found.push(plan.connections / ((doneAt - startedAt) / 1000));
  }
  await clients.stop();
  return found;
}
