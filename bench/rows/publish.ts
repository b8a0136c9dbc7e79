import { setTimeout as sleep } from "node:timers/promises";
import { median, rounded } from "../figures";
import { now } from "../load-client";
import { type Loudhailer, startLoudhailer } from "../loudhailer";
import type { Line, Outcome, Plan } from "../plan";
import { onServices } from "../services";
import { storeSessions } from "../sessions";
import { crowdOf } from "../subject";

const CONNECTIONS = 1_000;
const PUBLISHES = 100;
/** One server's turn: short, because the machine's speed changes from second to second. */
const PER_TURN = 50;
/** Before a turn counts: it had rested, and the one before may still be delivering. */
const UNCOUNTED = 10;
const REST_MS = 200;
const FEW = 100;

/**
 * From the request until the answer: committed, and queued for every connection. Four servers in
 * turns, because what one adds to another is little.
 */
export async function publishing(plan: Plan): Promise<Outcome> {
  const many = plan.connections >= 10_000 ? 1_000_000 : 20_000;
  const embedded = await startLoudhailer();
  const found = await onServices({}, (postgres) =>
    onSessions(FEW, (withFew) =>
      onSessions(many, (withMany) => p50s([embedded, postgres, withFew, withMany], plan)),
    ),
  ).finally(() => embedded.stop());
  const [onEmbedded = 0, onPostgres = 0, withFew = 0, withMany = 0] = found;
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
        value: withMany / withFew,
        unit: "×",
        detail: `${rounded(withMany)} : ${rounded(withFew)} ms`,
      },
    ],
  };
}

/** A server on PostgreSQL and Redis, with so many sessions stored. */
function onSessions<T>(count: number, work: (ours: Loudhailer) => Promise<T>): Promise<T> {
  return onServices({ redis: true }, async (ours, { redis }) => {
    await storeSessions(redis?.url ?? "", ours, count);
    return work(ours);
  });
}

/** Medians, ms, of turns after the first round of them, which is everybody's warming up. */
async function p50s(servers: readonly Loudhailer[], { rounds }: Plan): Promise<number[]> {
  const crowds = await Promise.all(servers.map((ours) => crowdOf(ours, CONNECTIONS)));
  for (const { clients } of crowds) await clients.open(100);
  const found = servers.map((): number[] => []);
  const turns = PUBLISHES / PER_TURN;
  for (let turn = -turns; turn < rounds * turns; turn += 1) {
    for (const [at, ours] of servers.entries()) {
      await sleep(REST_MS);
      for (let n = -UNCOUNTED; n < PER_TURN; n += 1) {
        const startedAt = now();
        await ours.say("What is said now replaces what was said before", { replace: true });
        if (turn >= 0 && n >= 0) found[at]?.push(now() - startedAt);
      }
    }
  }
  for (const { clients } of crowds) await clients.stop();
  return found.map(median);
}
