import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { aBroadcast, aViewer } from "@/tests/support/broadcasts";
import { FakeFeedSource } from "@/tests/support/fake-broadcast-store";
import { FakeReceipts } from "@/tests/support/lone-worker";
import { Acknowledgements } from "./acknowledgements";
import { MemoryMessageBroker } from "./adapters/memory/memory-message-broker";
import { Feed } from "./feed";

const logger = pino({ level: "silent" });
const visitor = aViewer({ kind: "anonymous", recipient: "anon:v", subject: "v" });

let store: FakeFeedSource;
let receipts: FakeReceipts;
let workers: { feed: Feed; acknowledgements: Acknowledgements }[];

/** Two workers on one database. */
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  store = new FakeFeedSource();
  receipts = new FakeReceipts(() => store.now);
  workers = ["one", "two"].map((workerId) => {
    const feed = new Feed({ store, logger, brokerHealthy: () => true });
    const acknowledgements = new Acknowledgements({
      feed,
      broadcasts: { find: async (_, id) => store.rows.get(id) ?? null },
      receipts,
      receiptQueue: { add: () => {} },
      broker: new MemoryMessageBroker(),
      workerId,
      logger,
    });
    return { feed, acknowledgements };
  });
  store.commit(aBroadcast({ id: "b", workspaceId: "w1", publishedAt: store.now }));
  for (const { feed, acknowledgements } of workers) {
    await feed.start();
    await acknowledgements.start();
  }
});
afterEach(async () => {
  for (const { feed, acknowledgements } of workers) {
    await acknowledgements.close();
    await feed.close();
  }
  vi.useRealTimers();
});

function worker(index: number): Acknowledgements {
  const found = workers[index];
  if (!found) throw new Error(`no worker ${index}`);
  return found.acknowledgements;
}

describe("[ACK3] a visitor who signs in keeps what was dismissed", () => {
  test("and is on its way on the same worker", async () => {
    const dismissed = worker(0).acknowledge("w1", visitor, "b", 1);
    await worker(0).merge("anon:v", "user:u");
    await dismissed;
    expect(receipts.of("user:u")).toMatchObject([{ broadcastId: "b" }]);
  });

  test("and is on its way on another worker", async () => {
    const dismissed = worker(1).acknowledge("w1", visitor, "b", 1);
    await worker(0).merge("anon:v", "user:u");
    expect(receipts.of("user:u")).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_500);
    await dismissed;
    expect(receipts.of("user:u")).toMatchObject([{ broadcastId: "b" }]);
    expect(receipts.of("anon:v")).toEqual([]);
  });

  test("also when the worker that signed it in stops right after", async () => {
    const dismissed = worker(1).acknowledge("w1", visitor, "b", 1);
    await worker(0).merge("anon:v", "user:u");
    await worker(1).flush();
    await dismissed;
    await worker(0).close();
    expect(receipts.of("user:u")).toMatchObject([{ broadcastId: "b" }]);
  });

  test("once more and not for ever: nothing is left waiting", async () => {
    const merge = vi.spyOn(receipts, "merge");
    for (let n = 0; n < 5; n += 1) await worker(0).merge("anon:v", "user:u");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(merge).toHaveBeenCalledTimes(6);
  });
});
