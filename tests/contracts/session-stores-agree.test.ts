import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MemorySessionStore } from "@/lib/adapters/memory/memory-session-store";
import type { RedisConnection } from "@/lib/adapters/redis/redis-connection";
import type { RedisSessionStore } from "@/lib/adapters/redis/redis-session-store";
import type { SessionOpening, SessionStore } from "@/lib/ports/session-store";
import { startRedis, type TestRedis } from "../support/redis";
import { freshPrefix, openConnection, openSessions } from "../support/redis-parts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy";

const ABOUT = { nodeId: "n", version: "1", ttlS: 3600 };

let redis: TestRedis;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.close());

const WORKERS = 2;
const index = (below: number) => fc.integer({ min: 0, max: below - 1 });

/** What may happen to few sessions of few recipients in two workspaces. */
const event = fc.oneof(
  fc.record({
    kind: fc.constant("open"),
    worker: index(WORKERS),
    who: index(3),
    session: index(4),
  }),
  fc.record({ kind: fc.constant("close"), which: index(100) }),
  fc.record({ kind: fc.constant("change"), which: index(100), who: index(3) }),
  fc.record({ kind: fc.constant("cut"), worker: index(WORKERS) }),
  fc.record({ kind: fc.constant("flush") }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

interface Open {
  worker: number;
  opening: SessionOpening;
}

function opening(connectionId: string, session: number, who: number): SessionOpening {
  return {
    connectionId,
    session: {
      id: `s${session % 2}`,
      workspaceId: session < 2 ? "ws" : "other",
      recipient: `user:${who}`,
      label: null,
      traits: { who },
      roles: [],
      locale: null,
      client: null,
    },
  };
}

interface Worker {
  store: RedisSessionStore;
  connection: RedisConnection;
  proxy: TcpProxy;
}

async function startWorker(workerId: string, prefix: string): Promise<Worker> {
  const proxy = await startTcpProxy(redis);
  const connection = await openConnection(`redis://127.0.0.1:${proxy.port}`, prefix);
  const store = await openSessions(connection, { ...ABOUT, workerId, beatMs: 50 });
  return { store, connection, proxy };
}

/**
 * The store in memory hears of everything, those in Redis each of what happens to them. Says
 * what befell Redis.
 */
async function play(events: readonly Event[], memory: SessionStore, workers: readonly Worker[]) {
  const open: Open[] = [];
  let [lost, cut] = [false, false];
  for (const [step, each] of events.entries()) {
    const chosen = "which" in each ? open[each.which % Math.max(open.length, 1)] : undefined;
    switch (each.kind) {
      case "open": {
        const made = opening(`c${step}`, each.session, each.who);
        open.push({ worker: each.worker, opening: made });
        await memory.opened(made);
        await workers[each.worker]?.store.opened(made);
        break;
      }
      case "close": {
        if (!chosen) break;
        open.splice(open.indexOf(chosen), 1);
        const { session, connectionId } = chosen.opening;
        await memory.closed(session.id, connectionId);
        await workers[chosen.worker]?.store.closed(session.id, connectionId);
        break;
      }
      case "change": {
        if (!chosen) break;
        const session = { ...chosen.opening.session, recipient: `user:${each.who}` };
        await memory.changed(session);
        await workers[chosen.worker]?.store.changed(session);
        break;
      }
      case "cut":
        cut = true;
        workers[each.worker]?.proxy.cut();
        break;
      case "flush":
        lost = true;
        await redis.command("FLUSHALL");
    }
  }
  return { lost, cut };
}

test("[DEG3] whatever happens, in whatever order, Redis and memory end with the same", async () => {
  const events = fc.array(event, { minLength: 1, maxLength: 40 });
  const property = fc.asyncProperty(events, async (happened) => {
    await redis.command("FLUSHALL");
    const prefix = freshPrefix();
    const memory = new MemorySessionStore({ ...ABOUT, workerId: "m" });
    const workers = [await startWorker("a", prefix), await startWorker("b", prefix)];
    const { lost, cut } = await play(happened, memory, workers);
    for (const workspace of ["ws", "other", null]) {
      const { activeSessions, allSessions, connections, recipients } =
        await memory.counts(workspace);
      const expected = {
        activeSessions,
        connections,
        // After a loss there is what is open.
        ...(lost ? {} : { allSessions }),
        // Which of two workers spoke last of a session is not known of an outage.
        ...(lost || cut ? {} : { recipients }),
        clusterWide: true,
      };
      await expect
        .poll(() => workers[0]?.store.counts(workspace), { timeout: 5_000, interval: 10 })
        .toMatchObject(expected);
    }
    for (const id of ["s0", "s1"]) {
      const known = await memory.find("ws", id);
      if (!known || lost || cut) continue;
      const { recipient, traits, connections } = known;
      expect(await workers[1]?.store.find("ws", id)).toMatchObject({
        recipient,
        traits,
        connections,
      });
    }
    for (const { store, connection, proxy } of workers) {
      for (const part of [store, connection, proxy]) await part.close();
    }
  });
  await fc.assert(property, { numRuns: 40 });
});
