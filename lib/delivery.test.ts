import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aBroadcast } from "@/tests/support/broadcasts";
import { FakeFeedSource } from "@/tests/support/fake-broadcast-store";
import { MemoryMessageBroker } from "./adapters/memory/memory-message-broker";
import { FeedDelivery, type ReachCounter } from "./delivery";
import { Feed } from "./feed";

const logger = pino({ level: "silent" });

/** Counts as a hub with so many connections of as many recipients would. */
class Audience implements ReachCounter {
  constructor(readonly size: number) {}
  eligible = () => ({ connections: this.size, recipients: this.size });
  showing = (_: string, ids: readonly string[]) => ({
    connections: ids.length > 0 ? this.size : 0,
    recipients: ids.length > 0 ? this.size : 0,
  });
}

let store: FakeFeedSource;
let broker: MemoryMessageBroker;
let workers: string[];
let feeds: Feed[];

async function aWorker(workerId: string, connections: number, listens = true) {
  const feed = new Feed({ store, logger, brokerHealthy: () => true });
  await feed.start();
  feeds.push(feed);
  const delivery = new FeedDelivery({
    feed,
    broker,
    sessions: {
      workers: async () =>
        workers.map((id) => ({
          workerId: id,
          nodeId: "n",
          startedAt: 0,
          lastBeatAt: 0,
          traffic: null,
          connections: 0,
          version: "0",
        })),
    },
    workerId,
    logger,
  });
  delivery.countWith(new Audience(connections));
  if (listens) await delivery.start();
  workers.push(workerId);
  return { feed, delivery };
}

function published() {
  const at = store.now - 10;
  return aBroadcast({ id: randomUUID(), workspaceId: "w1", publishedAt: at, wentLiveAt: at });
}

beforeEach(() => {
  store = new FakeFeedSource();
  broker = new MemoryMessageBroker();
  workers = [];
  feeds = [];
});

afterEach(async () => {
  await Promise.all(feeds.map((feed) => feed.close()));
  await broker.close();
});

describe("announcing a change", () => {
  test("[PUB1] reaches every worker and counts the connections of all", async () => {
    const a = await aWorker("a", 3);
    const b = await aWorker("b", 4);
    const change = store.commit(published());
    const report = await a.delivery.announce(change, change.broadcasts[0]?.id ?? null);
    expect(report).toEqual({
      mode: "live",
      sentToConnections: 7,
      sentToRecipients: 7,
      workersAnswered: 2,
      workersExpected: 2,
    });
    expect(b.feed.position.seq).toBe(1);
  });

  test("[PUB1] counts who showed what it takes away", async () => {
    const a = await aWorker("a", 3);
    const row = published();
    a.feed.apply(store.commit(row));
    const change = store.commit({ ...row, clearedAt: store.now, clearedReason: "cleared" });
    expect((await a.delivery.announce(change, null)).sentToConnections).toBe(3);
  });

  test("[PUB1] waits at most 250 ms for a worker, and not again for one known silent", async () => {
    const a = await aWorker("a", 1);
    await aWorker("silent", 1, false);
    const first = performance.now();
    const report = await a.delivery.announce(store.commit(published()), null);
    expect(report).toMatchObject({ workersAnswered: 1, workersExpected: 2 });
    expect(performance.now() - first).toBeLessThan(500);
    const second = performance.now();
    await a.delivery.announce(store.commit(published()), null);
    expect(performance.now() - second).toBeLessThan(200);
  });

  test("[PUB6] one that arrives after a gap makes the other worker load", async () => {
    const a = await aWorker("a", 1);
    const b = await aWorker("b", 1);
    a.feed.apply(store.commit(published()));
    const change = store.commit(published());
    const report = await a.delivery.announce(change, change.broadcasts[0]?.id ?? null);
    expect(report.workersAnswered).toBe(2);
    expect(b.feed.broadcastsOf("w1")).toHaveLength(2);
  });

  test("[PUB1] never fails for a broker that is away: the change is committed", async () => {
    const a = await aWorker("a", 2);
    await broker.close();
    const change = store.commit(published());
    const report = await a.delivery.announce(change, change.broadcasts[0]?.id ?? null);
    expect(report.sentToConnections).toBe(2);
    expect(a.feed.position.seq).toBe(1);
  });
});
