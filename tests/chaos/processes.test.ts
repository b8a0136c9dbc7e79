import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { call, mustCall } from "@/tests/support/api";
import { SocketClient } from "@/tests/support/socket-client";
import { startBalancer } from "./balancer";
import { type Actor, clear, LONG, metric, publish, type Stage, setStage, turn } from "./stage";
import { eventually, Swarm } from "./swarm";

let stage: Stage;
let swarm: Swarm | null = null;

beforeEach(async () => {
  stage = await setStage(3);
});

afterEach(async () => {
  swarm?.close();
  swarm = null;
  await stage?.stop();
});

/** Clients reach the replicas as through a balancer: one address that leads to any of them. */
async function gatherBehindBalancer(size: number): Promise<Swarm> {
  swarm = new Swarm(size, await balancer(stage.actors));
  await swarm.whenOpen(60_000);
  return swarm;
}

/** Each attempt goes to the next replica that accepts, as a balancer without stickiness would. */
async function balancer(actors: readonly Actor[]): Promise<string[]> {
  const { url, close } = await startBalancer(actors.map(({ replica }) => replica.port));
  closers.push(close);
  return [url];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function health(actor: Actor): Promise<string> {
  return (await fetch(`${actor.replica.url}/health`)).text();
}

describe("replicas that die or leave", () => {
  test("[DEG6] killed: its clients are back within 15 s with the right set, its presence gone in 20 s", async () => {
    const everyone = await gatherBehindBalancer(LONG ? 2_000 : 300);
    const first = await publish(stage, turn(stage, 0), "Before the crash");
    await everyone.whenShowing([first.id], 5_000);
    const victim = turn(stage, 2);
    const [survivor] = stage.actors;
    if (!survivor) throw new Error("no replica");
    const loads = await metric(survivor, "loudhailer_feed_loads_total");
    await victim.replica.kill();
    const second = await publish(stage, survivor, "After the crash");
    await everyone.whenShowing([first.id, second.id], 15_000);
    await eventually("the dead worker to be forgotten", 20_000, async () => {
      const text = await health(survivor);
      return text.includes('"total_workers":2') ? null : text;
    });
    await eventually("every session to be counted once", 20_000, async () => {
      const text = await health(survivor);
      return text.includes(`"total_sessions":${everyone.clients.length}`) ? null : text;
    });
    expect(await metric(survivor, "loudhailer_feed_loads_total")).toBeLessThan(loads + 20);
    expect(everyone.repeated).toEqual([]);
  });

  test("[DEG7] told to stop: clients move over, it exits 0 in time, nothing is shown twice", async () => {
    const everyone = await gatherBehindBalancer(LONG ? 2_000 : 300);
    const first = await publish(stage, turn(stage, 0), "Before it leaves");
    await everyone.whenShowing([first.id], 5_000);
    const leaving = turn(stage, 1);
    const startedAt = performance.now();
    expect(await leaving.replica.stop()).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    const second = await publish(stage, turn(stage, 0), "After it left");
    await everyone.whenShowing([first.id, second.id], 15_000);
    expect(everyone.repeated).toEqual([]);
  });

  test("[DEG6] stopped for a while and resumed: it blocks nobody and is right within 5 s", async () => {
    const everyone = new Swarm(
      60,
      stage.actors.map((actor) => actor.url),
    );
    swarm = everyone;
    await everyone.whenOpen(30_000);
    const frozen = turn(stage, 1);
    frozen.replica.signal("SIGSTOP");
    const live: string[] = [];
    const stoppedAt = performance.now();
    const pauseMs = LONG ? 25_000 : 8_000;
    try {
      while (performance.now() - stoppedAt < pauseMs) {
        const published = await publish(stage, turn(stage, 0), `During ${live.length}`);
        expect(published.ms).toBeLessThan(5_000);
        live.push(published.id);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    } finally {
      frozen.replica.signal("SIGCONT");
    }
    await eventually("the resumed replica's own clients to be right", 5_000, () => {
      const own = everyone.clients.filter((_, n) => n % 3 === 1);
      const wrong = own.filter((client) => client.shown.length !== live.length);
      return wrong.length === 0 ? null : `${wrong.length} of ${own.length} are not`;
    });
    await everyone.whenShowing(live, 5_000);
    expect(everyone.repeated).toEqual([]);
  });
});

describe("the database away", () => {
  test("[DEG5] sockets stay, connects are answered, publishing says 503, dismissals arrive later", async () => {
    const everyone = new Swarm(
      60,
      stage.actors.map((actor) => actor.url),
    );
    swarm = everyone;
    await everyone.whenOpen(30_000);
    const { id } = await publish(stage, turn(stage, 0), "Still here");
    await everyone.whenShowing([id], 5_000);
    const dropped: string[] = [];
    for (const { client } of everyone.clients) {
      client.on("connection", ({ state }) => dropped.push(state));
    }
    await stage.postgres.kill();
    await eventually("publishing to be refused", 10_000, async () => {
      const answer = await call(turn(stage, 0).replica.url, "POST", "/api/creator/broadcast", {
        cookie: stage.cookie,
        body: { message: "Lost?" },
      });
      return answer.status === 503 && answer.headers.get("retry-after") ? null : answer.text;
    });
    const newcomer = await SocketClient.connect(turn(stage, 1).replica.url);
    expect(newcomer.shown).toEqual([id]);
    expect(newcomer.connected.acks).toBe("unknown");
    const [dismisser] = everyone.clients;
    if (!dismisser) throw new Error("nobody");
    dismisser.client.dismiss(id);
    await new Promise((resolve) => setTimeout(resolve, LONG ? 30_000 : 3_000));
    await stage.postgres.start();
    await eventually("publishing to work again", 10_000, async () => {
      const answer = await call(turn(stage, 0).replica.url, "POST", "/api/creator/broadcast", {
        cookie: stage.cookie,
        body: { message: "Back", replace: false },
      });
      return answer.status === 200 ? null : answer.text;
    });
    await eventually("the dismissal to be durable", 40_000, async () => {
      const { rows } = await stage.query(
        "SELECT count(*)::int AS n FROM acknowledgement WHERE broadcast_id = $1",
        [id],
      );
      return rows[0]?.n === 1 ? null : JSON.stringify(rows);
    });
    expect(dropped).toEqual([]);
    await newcomer.close();
  });

  test("[PUB6] restored from a backup of 20 publishes ago, then 30 more: everyone ends with its live set", async () => {
    const everyone = new Swarm(
      60,
      stage.actors.map((actor) => actor.url),
    );
    swarm = everyone;
    await everyone.whenOpen(30_000);
    const kept: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      kept.push((await publish(stage, turn(stage, n), `Kept ${n}`)).id);
    }
    await stage.backUp();
    for (let n = 0; n < 20; n += 1) await publish(stage, turn(stage, n), `Lost ${n}`);
    // What was changed since must be taken back as well, not only what was added.
    await mustCall(turn(stage, 1).replica.url, "PATCH", `/api/v1/broadcasts/${kept[1]}`, {
      cookie: stage.cookie,
      body: { message: "Lost too" },
      headers: { "if-match": '"1"' },
    });
    await stage.restore();
    await clear(stage, turn(stage, 0), kept.shift());
    for (let n = 0; n < 30; n += 1) {
      kept.push((await publish(stage, turn(stage, n), `New ${n}`)).id);
    }
    await everyone.whenShowing(kept, 10_000);
    for (const { client } of everyone.clients) {
      const texts = client.getSnapshot().banners.map(({ message }) => message);
      expect(texts).not.toContain("Lost too");
    }
  });
});
