import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { mustCall } from "@/tests/support/api";
import { clear, LONG, percentile, publish, type Stage, setStage, turn } from "./stage";
import { eventually, Swarm } from "./swarm";

let stage: Stage;
let swarm: Swarm | null = null;

// Each case leaves the cluster as it found it: healed is what it must be.
beforeAll(async () => {
  stage = await setStage(3);
});

afterAll(async () => {
  await stage?.stop();
});

afterEach(async () => {
  swarm?.close();
  swarm = null;
  await clear(stage, turn(stage, 0));
});

function gather(size: number): Swarm {
  swarm = new Swarm(
    size,
    stage.actors.map((actor) => actor.url),
  );
  return swarm;
}

/** At most 50 may be live: the oldest makes room. */
const MAX_LIVE = 40;

/** Publishes `count` broadcasts, one each `everyMs`, on one replica after the other. */
async function publishMany(
  count: number,
  everyMs: number,
): Promise<{ live: string[]; ms: number[] }> {
  const live: string[] = [];
  const ms: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const startedAt = performance.now();
    const published = await publish(stage, turn(stage, n), `Broadcast number ${n}`);
    live.push(published.id);
    ms.push(published.ms);
    const oldest = live.length > MAX_LIVE ? live.shift() : undefined;
    if (oldest) await clear(stage, turn(stage, n + 1), oldest);
    const left = everyMs - (performance.now() - startedAt);
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
  }
  return { live, ms };
}

describe("clients whose network breaks", () => {
  test("[PUB2] [PUB5] cut at random, each ends with exactly the right set, nothing twice", async () => {
    const everyone = gather(LONG ? 1_000 : 200);
    await everyone.whenOpen(60_000);
    // Each link lives so long on average.
    const meanLifeMs = LONG ? 15_000 : 5_000;
    const cutting = setInterval(() => {
      for (const { front } of stage.actors) {
        for (const link of front.links) if (Math.random() < 250 / meanLifeMs) link.cut();
      }
    }, 250);
    const { live } = await publishMany(LONG ? 120 : 50, LONG ? 500 : 150);
    clearInterval(cutting);
    await everyone.whenShowing(live, 45_000);
    expect(everyone.repeated).toEqual([]);
  });
});

describe("Redis subscriptions that break", () => {
  test("[PUB6] killed every 2 s during publishes, nothing is lost and gaps close within 1 s", async () => {
    const everyone = gather(60);
    await everyone.whenOpen(30_000);
    const killing = setInterval(() => {
      void stage.redis.command("CLIENT", "KILL", "TYPE", "pubsub");
    }, 2_000);
    const { live } = await publishMany(LONG ? 500 : 60, LONG ? 60 : 100);
    clearInterval(killing);
    await everyone.whenShowing(live, 5_000);
    expect(everyone.repeated).toEqual([]);
  });

  test("[DEG4] black-holed without an error, they are noticed within 10 s and nothing is lost", async () => {
    const everyone = gather(60);
    await everyone.whenOpen(30_000);
    const [cut] = stage.actors;
    if (!cut) throw new Error("no replica");
    cut.redis.hang();
    const { live } = await publishMany(10, 100);
    // Found by the counter (5 s), whatever the subscription says.
    await everyone.whenShowing(live, 6_000);
    await eventually("the replica to know that Redis is away", 10_000, async () => {
      const health = await fetch(`${cut.replica.url}/health`).then((answer) => answer.text());
      return health.includes('"message_broker_healthy":false') ? null : health;
    });
    await cut.redis.resume();
    await eventually("the replica to be well again", 10_000, async () => {
      const health = await fetch(`${cut.replica.url}/health`).then((answer) => answer.text());
      return health.includes('"status":"healthy"') ? null : health;
    });
    expect(everyone.repeated).toEqual([]);
  });
});

describe("Redis away", () => {
  test("[DEG2] [DEG3] killed while publishing: all within 3 s, live again within 5 s", async () => {
    const everyone = gather(90);
    await everyone.whenOpen(30_000);
    await publish(stage, turn(stage, 0), "Before");
    await clear(stage, turn(stage, 0));
    await stage.redis.kill();
    const { live, ms } = await publishMany(LONG ? 40 : 20, LONG ? 1_500 : 100);
    await everyone.whenShowing(live, 3_000);
    expect(percentile(ms, 0.99)).toBeLessThan(1_000);
    expect((await publish(stage, turn(stage, 0), "Degraded")).mode).toBe("degraded");
    await clear(stage, turn(stage, 1));
    await stage.redis.restart({ empty: true });
    await eventually("everything to be live again", 5_000, async () => {
      const published = await publish(stage, turn(stage, 2), "After");
      await clear(stage, turn(stage, 0));
      return published.mode === "live" && published.workers_answered === 3
        ? null
        : JSON.stringify(published);
    });
    expect(everyone.repeated).toEqual([]);
  });

  test("[DEG3] emptied under load: no client notices, sessions and counts are rebuilt", async () => {
    const everyone = gather(90);
    await everyone.whenOpen(30_000);
    const dropped: string[] = [];
    for (const { client } of everyone.clients) {
      client.on("connection", ({ state }) => dropped.push(state));
    }
    const publishing = publishMany(20, 100);
    await stage.redis.command("FLUSHALL");
    const { live } = await publishing;
    await everyone.whenShowing(live, 5_000);
    await eventually("every session to be counted again", 8_000, async () => {
      const { text } = await mustCall(
        turn(stage, 1).replica.url,
        "GET",
        "/api/creator/broadcast/stats",
        { cookie: stage.cookie },
      );
      return text.includes('"connected_sessions":90,') ? null : text;
    });
    expect(dropped).toEqual([]);
    expect(everyone.repeated).toEqual([]);
  });
});
