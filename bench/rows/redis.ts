import { setTimeout as sleep } from "node:timers/promises";
import type { TestRedis } from "@/tests/support/redis";
import { startLoudhailer } from "../loudhailer";
import type { Outcome, Plan } from "../plan";
import { onServices } from "../services";
import { crowdOf } from "../subject";

const WATCHED_MS = 10_000;
const BROADCASTS = 20;

/** Round trips to Redis, as Redis counts them. */
export async function redisCommands(plan: Plan): Promise<Outcome> {
  const size = Math.min(plan.connections, 1_000);
  return onServices({ redis: true }, async (ours, { redis, postgres }) => {
    if (!redis) throw new Error("There is no Redis.");
    const empty = await during(redis, () => sleep(WATCHED_MS));
    const crowd = await crowdOf(ours, 1);
    const one = await during(redis, () => crowd.clients.open(1));
    const few = await publishCost(redis, (text) => ours.say(text, { replace: true }));
    await crowd.clients.add(size - 1);
    const rest = await during(redis, () => crowd.clients.open(100));
    const idle = await during(redis, () => sleep(WATCHED_MS));
    const many = await publishCost(redis, (text) => ours.say(text, { replace: true }));
    const second = await startLoudhailer({ databaseUrl: postgres.url, redisUrl: redis.url });
    const two = await publishCost(redis, (text) => ours.say(text, { replace: true }));
    await second.stop();
    await crowd.clients.stop();
    return {
      lines: [
        {
          what: "Redis commands of a broadcast, each worker",
          target: "constant",
          limit: Math.max(few, 1) + 1,
          value: many,
          unit: "",
          detail: `${many} with ${size} connections, ${few} with one; ${two / 2} each of two workers`,
        },
        {
          what: "Redis round trips of a connect",
          target: "≤ 1",
          limit: 1,
          value: one,
          unit: "",
          detail: `${rest} for ${size - 1} that came together`,
        },
        {
          what: `Redis commands of ${size} idle connections, ${WATCHED_MS / 1000} s`,
          target: "none more than without them",
          limit: empty + 2,
          value: idle,
          unit: "",
          detail: `${empty} without any connection: the worker's heartbeat and probe`,
        },
      ],
    };
  });
}

/** Commands of one broadcast, heartbeats left out by counting what publishing adds. */
async function publishCost(
  redis: TestRedis,
  publish: (text: string) => Promise<unknown>,
): Promise<number> {
  const published = await during(redis, async () => {
    for (let n = 0; n < BROADCASTS; n += 1) await publish("How many commands is this?");
  });
  return Math.round(published / BROADCASTS);
}

/** What clients of Redis sent meanwhile; commands that a script ran are a part of the script. */
async function during(redis: TestRedis, work: () => Promise<unknown>): Promise<number> {
  const before = await received(redis);
  await work();
  // Minus the question itself.
  return (await received(redis)) - before - 1;
}

async function received(redis: TestRedis): Promise<number> {
  const calls = await redis.calls();
  const sent = ["evalsha", "eval", "fcall", "publish", "spublish", "get", "ping", "subscribe"];
  return sent.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0) + 1;
}
