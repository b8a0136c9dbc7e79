import { setTimeout as sleep } from "node:timers/promises";
import { startRedis } from "@/tests/support/redis";
import { median, rounded } from "../figures";
import { startLoudhailer } from "../loudhailer";
import { watchOwnLoop } from "../own-loop";
import type { Outcome, Plan } from "../plan";
import { startDatabase } from "../services";
import { crowdOf } from "../subject";

const LIVE = 3;
/** Until the server has noticed that all of them are gone. */
const QUIET_MS = 2_000;

interface Round {
  ms: number;
  statements: number;
  block: number;
  /** Of the bench's own loop, which is idle. */
  ownBlock: number;
  refused: number;
}

/** Everybody is cut off and back at once, with their session tokens, and the limits as they come. */
export async function storm(plan: Plan): Promise<Outcome> {
  const database = await startDatabase({ counted: true });
  const redis = await startRedis();
  const ours = await startLoudhailer({
    databaseUrl: database.postgres.url,
    redisUrl: redis.url,
    limitAdmissions: true,
  });
  const { clients } = await crowdOf(ours, plan.connections);
  const rounds: Round[] = [];
  try {
    for (let n = 0; n < LIVE; n += 1) await ours.say(`Live while they return, ${n}`);
    await clients.open(100);
    const [first = ""] = await ours.live();
    const acknowledgement = { type: "acknowledge_broadcast", broadcast_id: first };
    await clients.acknowledge(JSON.stringify(acknowledgement), plan.connections);
    for (let round = 0; round < plan.rounds; round += 1) {
      await clients.drop();
      await sleep(QUIET_MS);
      await clients.reset();
      const before = database.statements();
      await ours.measured.watchLoop();
      const watched = watchOwnLoop();
      const { ms, refused } = await clients.open(plan.connections, true);
      const block = await ours.measured.longestBlock();
      const ownBlock = watched();
      rounds.push({ ms, refused, block, ownBlock, statements: database.statements() - before });
      const { actives } = await clients.totals();
      const wanted = (LIVE - 1) * plan.connections;
      if (actives !== wanted) throw new Error(`${actives} banners came back instead of ${wanted}.`);
    }
  } finally {
    await clients.stop();
    await ours.stop();
    await redis.close();
    await database.stop();
  }
  const of = (pick: (round: Round) => number) => median(rounds.map(pick));
  const what = `${plan.connections.toLocaleString("en-US")} reconnecting at once`;
  return {
    lines: [
      {
        what: `${what}: all served`,
        target: "≤ 10 s",
        limit: 10,
        value: of(({ ms }) => ms) / 1000,
        unit: "s",
        detail: `admissions limited to 2,000 a second; told to come back later: ${rounded(of(({ refused }) => refused))}`,
      },
      {
        what: `${what}: statements to PostgreSQL`,
        target: "< 200",
        limit: 199,
        value: of(({ statements }) => statements),
        unit: "",
        detail: "all that its log has, transactions' BEGIN and COMMIT included",
      },
      {
        what: `${what}: longest block of the event loop`,
        target: "≤ 50 ms",
        limit: 50,
        value: of(({ block }) => block),
        unit: "ms",
        detail: `${rounds.map(({ block }) => rounded(block)).join(", ")}; the bench's own loop, idle meanwhile: ${rounded(of(({ ownBlock }) => ownBlock))} ms`,
      },
    ],
  };
}
