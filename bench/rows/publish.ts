import { median, rounded } from "../figures";
import { now } from "../load-client";
import { type Loudhailer, startLoudhailer } from "../loudhailer";
import type { Line, Outcome, Plan } from "../plan";
import { onServices } from "../services";
import { storeSessions } from "../sessions";
import { crowdOf } from "../subject";

const CONNECTIONS = 1_000;
const PUBLISHES = 100;
const FEW = 100;

/** From the request until the answer: committed, and queued for every connection. */
export async function publishing(plan: Plan): Promise<Outcome> {
  const many = plan.connections >= 10_000 ? 1_000_000 : 20_000;
  const embedded = await startLoudhailer();
  const onEmbedded = await p50(embedded, plan).finally(() => embedded.stop());
  const onPostgres = await onServices({}, (ours) => p50(ours, plan));
  const [withFew, withMany] = await onServices({ redis: true }, async (ours, { redis }) => {
    await storeSessions(redis?.url ?? "", ours, FEW);
    const few = await p50(ours, plan);
    await storeSessions(redis?.url ?? "", ours, many);
    const stored = await ours.metric("loudhailer_sessions");
    return [few, { ms: await p50(ours, plan), stored }] as const;
  });
  const what = "Publish until committed and queued, p50";
  const atMost = (name: string, limit: number, value: number, detail: string): Line => ({
    what: `${what}, ${name}`,
    target: `< ${limit} ms`,
    limit,
    value,
    unit: "ms",
    detail,
  });
  const crowd = `${CONNECTIONS.toLocaleString("en-US")} connections, ${PUBLISHES} publishes with replace`;
  return {
    lines: [
      atMost("embedded", 10, onEmbedded, crowd),
      atMost("PostgreSQL", 5, onPostgres, `${crowd}, fsync on`),
      atMost("added by Redis", 5, withFew - onPostgres, `${rounded(withFew)} ms with it`),
      {
        what: `${what}, ${many.toLocaleString("en-US")} stored sessions against ${FEW}`,
        target: "≤ 1.1",
        limit: 1.1,
        value: withMany.ms / withFew,
        unit: "×",
        detail: `${rounded(withMany.ms)} : ${rounded(withFew)} ms`,
      },
    ],
  };
}

async function p50(ours: Loudhailer, { rounds }: Plan): Promise<number> {
  const { clients } = await crowdOf(ours, CONNECTIONS);
  await clients.open(100);
  const found: number[] = [];
  for (let n = -20; n < PUBLISHES * rounds; n += 1) {
    const startedAt = now();
    await ours.say("What is said now replaces what was said before", { replace: true });
    if (n >= 0) found.push(now() - startedAt);
  }
  await clients.stop();
  return median(found);
}
