import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { call, mustCall } from "@/tests/support/api";
import { SocketClient } from "@/tests/support/socket-client";
import { eventually, now } from "./eventually";
import { listen, present } from "./listeners";
import {
  type Actor,
  clear,
  LONG,
  metric,
  PATIENCE,
  percentile,
  publish,
  report,
  type Stage,
  setStage,
  turn,
} from "./stage";
import { Swarm } from "./swarm";
import { since, totalTimes } from "./traffic";

let stage: Stage;
let swarm: Swarm | null = null;

beforeAll(async () => {
  stage = await setStage(3);
});

afterAll(async () => {
  await stage?.stop();
});

afterEach(async () => {
  await swarm?.close();
  swarm = null;
  for (const actor of [...stage.actors]) {
    if (!(await health(actor).catch(() => null))) await replace(actor);
  }
  await clear(stage, turn(stage, 0));
});

/** Another takes the place of a replica that has ended, and the cluster is whole again. */
async function replace(actor: Actor): Promise<void> {
  stage.drop(actor);
  await stage.add();
  for (const one of stage.actors) {
    await eventually("three workers to know each other", 20_000, async () => {
      const text = await health(one);
      return text.includes('"total_workers":3') ? null : text;
    });
  }
}

/** Each attempt goes to the next replica that accepts, as a balancer without stickiness would. */
async function gatherBehindBalancer(size: number): Promise<Swarm> {
  swarm = await Swarm.gather({
    size,
    urls: [],
    balanced: stage.actors.map(({ replica }) => replica.port),
  });
  await swarm.whenOpen(60_000);
  return swarm;
}

/** Each keeps to one replica, the first to the first. */
async function gather(size: number): Promise<Swarm> {
  swarm = await Swarm.gather({ size, urls: stage.actors.map(({ replica }) => replica.url) });
  await swarm.whenOpen(60_000);
  return swarm;
}

async function health(actor: Actor): Promise<string> {
  return (await fetch(`${actor.replica.url}/health`)).text();
}

describe("replicas that die or leave", () => {
  test("[DEG6] [DEG8] killed: its clients are back within 15 s with the right set, its presence gone in 20 s, for a few queries", async () => {
    const everyone = await gatherBehindBalancer(LONG ? 2_000 : 200);
    const first = await publish(stage, turn(stage, 0), "Before the crash");
    await everyone.whenShowing([first.id], 5_000 * PATIENCE);
    const victim = turn(stage, 2);
    const [survivor] = stage.actors;
    if (!survivor) throw new Error("no replica");
    const listeners = await listen(stage, randomUUID());
    const lost = await metric(victim, "app_active_connections");
    const before = stage.statements.read();
    const killedAt = performance.now();
    await victim.replica.kill();
    const second = await publish(stage, survivor, "After the crash");
    await everyone.whenShowing([first.id, second.id], 15_000 * PATIENCE);
    await everyone.whenOpen(15_000 * PATIENCE - (performance.now() - killedAt));
    const backMs = performance.now() - killedAt;
    const queries = totalTimes(since(before, stage.statements.read()));
    await present(listeners[0], 2, 20_000 * PATIENCE - (performance.now() - killedAt));
    const goneMs = performance.now() - killedAt;
    await eventually("the dead worker to be forgotten", 20_000 * PATIENCE, async () => {
      const text = await health(survivor);
      return text.includes('"total_workers":2') ? null : text;
    });
    await eventually("every session to be counted once", 20_000 * PATIENCE, async () => {
      const text = await health(survivor);
      return text.includes(`"total_sessions":${everyone.size}`) ? null : text;
    });
    report("replica killed", {
      "clients lost": lost,
      "all back after ms": backMs,
      "presence gone after ms": goneMs,
      queries,
    });
    expect(lost).toBeGreaterThan(everyone.size / 4);
    // Those of two workers for some seconds: batches of acknowledgements, looks at the counter.
    expect(queries).toBeLessThan(150 * PATIENCE);
    expect((await everyone.look()).repeated).toEqual([]);
    for (const listener of listeners.slice(0, 2)) await listener.close();
  });

  test("[DEG7] told to stop: reconnects are spread as told, it exits 0, no receipt is lost, nothing shown twice", async () => {
    const everyone = await gatherBehindBalancer(LONG ? 2_000 : 200);
    const { id } = await publish(stage, turn(stage, 0), "Before it leaves");
    await everyone.whenShowing([id], 5_000 * PATIENCE);
    const leaving = turn(stage, 1);
    const own = await metric(leaving, "app_active_connections");
    await everyone.ask("mark");
    // Seen is told spread over 10 s, so that some is on its way whenever it happens; clicks are
    // on their way now.
    await everyone.ask("act", "markSeen", id);
    await everyone.ask("act", "click", id);
    const startedAt = now();
    expect(await leaving.replica.stop()).toBe(0);
    const stoppedMs = now() - startedAt;
    expect(stoppedMs).toBeLessThan(30_000);
    const second = await publish(stage, turn(stage, 0), "After it left");
    await everyone.whenShowing([id, second.id], 15_000 * PATIENCE);
    await everyone.whenOpen(15_000 * PATIENCE);
    const { states, repeated } = await everyone.look();
    // Of each that was sent away: from its good-bye until it was back.
    const leftAt = new Map<number, number>();
    const returns = states.flatMap(({ who, state, at }) => {
      if (state !== "live" && !leftAt.has(who)) leftAt.set(who, at);
      return state === "live" ? at - (leftAt.get(who) ?? at) : [];
    });
    let receipts = "";
    await eventually("every receipt to be there", 20_000 * PATIENCE, async () => {
      const { rows } = await stage.query(
        "SELECT count(seen_at)::int AS seen, count(clicked_at)::int AS clicked FROM receipt WHERE broadcast_id = $1",
        [id],
      );
      receipts = JSON.stringify(rows[0]);
      const all = everyone.size;
      return rows[0]?.seen === all && rows[0]?.clicked === all ? null : receipts;
    });
    report("told to stop", {
      "clients sent away": own,
      "exit 0 after ms": stoppedMs,
      receipts,
      "back p10 ms": percentile(returns, 0.1),
      "back p50 ms": percentile(returns, 0.5),
      "back p90 ms": percentile(returns, 0.9),
    });
    expect(returns).toHaveLength(own);
    // They were told to come back at any moment of five seconds.
    expect(percentile(returns, 0.1)).toBeLessThan(2_000 * PATIENCE);
    expect(percentile(returns, 0.9)).toBeGreaterThan(3_500);
    expect(repeated).toEqual([]);
  });

  test("[DEG6] [STR2] stopped for a while and resumed: it blocks nobody, and is right within 5 s", async () => {
    const everyone = await gather(60);
    const listeners = await listen(stage, randomUUID());
    const frozen = turn(stage, 1);
    const live: string[] = [];
    const ms: number[] = [];
    const pauseMs = LONG ? 25_000 : 13_000;
    frozen.replica.signal("SIGSTOP");
    const stoppedAt = performance.now();
    try {
      for (let n = 0; performance.now() - stoppedAt < pauseMs; n += 1) {
        const published = await publish(stage, turn(stage, n % 2 === 0 ? 0 : 2), `During ${n}`);
        ms.push(published.ms);
        live.push(published.id);
        const oldest = live.length > 40 ? live.shift() : undefined;
        if (oldest) await clear(stage, turn(stage, 2), oldest);
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
      // Longer than a worker may be silent: it counts as dead.
      await present(listeners[0], 2, 8_000 * PATIENCE);
    } finally {
      frozen.replica.signal("SIGCONT");
    }
    const resumedAt = performance.now();
    await everyone.ask("whenShowing", live, 5_000 * PATIENCE, { each: 3, from: 1 });
    const rightMs = performance.now() - resumedAt;
    await present(listeners[0], 3, 5_000 * PATIENCE - rightMs);
    report("stopped and resumed", {
      published: ms.length,
      "longest publish ms": percentile(ms, 1),
      "clients right after ms": rightMs,
      "presence right after ms": performance.now() - resumedAt,
    });
    expect(percentile(ms, 1)).toBeLessThan(5_000 * PATIENCE);
    await everyone.whenShowing(live, 5_000 * PATIENCE);
    const { repeated, backwards } = await everyone.look();
    expect(repeated).toEqual([]);
    expect(backwards).toEqual([]);
    for (const listener of listeners) await listener.close();
  });
});

describe("the database away", () => {
  test("[DEG5] sockets stay, connects are answered, publishing says 503, dismissals arrive later", async () => {
    const everyone = await gather(60);
    const { id } = await publish(stage, turn(stage, 0), "Still here");
    await everyone.whenShowing([id], 5_000 * PATIENCE);
    await everyone.ask("mark");
    await stage.postgres.kill();
    await eventually("publishing to be refused", 10_000 * PATIENCE, async () => {
      const answer = await call(turn(stage, 0).replica.url, "POST", "/api/creator/broadcast", {
        cookie: stage.cookie,
        body: { message: "Lost?" },
      });
      return answer.status === 503 && answer.headers.get("retry-after") ? null : answer.text;
    });
    const downAt = performance.now();
    const askedAt = performance.now();
    const newcomer = await SocketClient.connect(turn(stage, 1).replica.url);
    const answeredMs = performance.now() - askedAt;
    expect(newcomer.shown).toEqual([id]);
    expect(newcomer.connected.acks).toBe("unknown");
    // Whoever is known by what only the database holds is refused, in words; not before what it
    // said is too old, 2 s.
    const { url } = turn(stage, 2).replica;
    await eventually("people to be told to come back", 5_000 * PATIENCE, async () => {
      const person = await SocketClient.open(url, { cookie: stage.cookie, origin: url });
      await Promise.race([person.closed, person.waitFor("connected")]);
      person.terminate();
      const { code } = await person.closed;
      return code === 1013 ? null : `closed with ${code}`;
    });
    await eventually("the worker to say in words what is wrong", 6_000 * PATIENCE, async () => {
      const text = await health(turn(stage, 1));
      return text.includes("The database does not answer") ? null : text;
    });
    await everyone.ask("act", "dismiss", id);
    const left = downAt + (LONG ? 30_000 : 3_000) - performance.now();
    await new Promise((resolve) => setTimeout(resolve, Math.max(left, 0)));
    await stage.postgres.start();
    const backAt = performance.now();
    await eventually("publishing to work again", 10_000 * PATIENCE, async () => {
      const answer = await call(turn(stage, 0).replica.url, "POST", "/api/creator/broadcast", {
        cookie: stage.cookie,
        body: { message: "Back", replace: false },
      });
      return answer.status === 200 ? null : answer.text;
    });
    await eventually("every dismissal to be durable", 40_000 * PATIENCE, async () => {
      const { rows } = await stage.query(
        "SELECT count(*)::int AS n FROM acknowledgement WHERE broadcast_id = $1",
        [id],
      );
      return rows[0]?.n === everyone.size ? null : JSON.stringify(rows);
    });
    report("database down", {
      "newcomer answered after ms": answeredMs,
      "all dismissals durable after ms": performance.now() - backAt,
    });
    await newcomer.waitFor("connected", ({ acks }) => acks === undefined);
    expect((await everyone.look()).states).toEqual([]);
    await newcomer.close();
  });

  test("[PUB6] restored from a backup of 20 publishes ago, then 30 more: everyone ends with its live set", async () => {
    const everyone = await gather(60);
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
    const endedAt = performance.now();
    await everyone.whenShowing(kept, 5_000 * PATIENCE);
    expect([...kept].sort()).toEqual((await stage.live()).sort());
    report("restored", { "right after ms": performance.now() - endedAt });
    expect((await everyone.look()).texts).not.toContain("Lost too");
  });
});
