import { pino } from "pino";
import { expect, test } from "vitest";
import { AppError } from "@/core/errors";
import type { DeliveryCount, Receipt } from "./ports/receipt-store";
import { ReceiptQueue } from "./receipt-queue";

const logger = pino({ level: "silent" });

/** A database that cannot hold some of what it is given, and may be away. */
class Store {
  readonly receipts: string[] = [];
  readonly deliveries: DeliveryCount[] = [];
  calls = 0;
  away = false;
  constructor(readonly cannotHold: (recipient: string) => boolean) {}

  async record(receipts: readonly Receipt[], deliveries: readonly DeliveryCount[]): Promise<void> {
    this.calls += 1;
    if (this.away) throw new AppError("unavailable", "away");
    const bad = receipts.some(({ recipient }) => this.cannotHold(recipient));
    if (bad || deliveries.some(({ count }) => count < 0)) throw new AppError("invalid", "no");
    this.receipts.push(...receipts.map(({ recipient }) => recipient));
    this.deliveries.push(...deliveries);
  }
}

function aReceipt(recipient: string): Receipt {
  return { broadcastId: "b", revision: 1, recipient, kind: "seen", at: 0 };
}

const NAMES = Array.from({ length: 200 }, (_, n) => `user:${n}`);

test("[ACK4] a receipt that cannot be stored is left out, the others of its batch are not", async () => {
  for (const bad of [0, 77, 199]) {
    const store = new Store((recipient) => recipient === `user:${bad}`);
    const queue = new ReceiptQueue(store, logger);
    for (const name of NAMES) queue.add(aReceipt(name));
    queue.addDelivered("b", 1, 200);
    await queue.close();
    expect(store.receipts.sort()).toEqual(NAMES.filter((_, n) => n !== bad).sort());
    expect(store.deliveries).toEqual([{ broadcastId: "b", revision: 1, count: 200 }]);
    expect(queue.waiting).toBe(0);
    expect(queue.lost).toBe(1);
    // Halving finds one of 200 in a few steps.
    expect(store.calls).toBeLessThan(25);
  }
});

test("[ACK4] a count that cannot be stored takes no receipt and no other count with it", async () => {
  const store = new Store(() => false);
  const queue = new ReceiptQueue(store, logger);
  queue.add(aReceipt("user:1"));
  queue.addDelivered("bad", 1, -1);
  queue.addDelivered("b", 1, 3);
  await queue.close();
  expect(store.receipts).toEqual(["user:1"]);
  expect(store.deliveries).toEqual([{ broadcastId: "b", revision: 1, count: 3 }]);
});

test("[ACK4] [DEG5] nothing is left out or counted twice where the database is away in between", async () => {
  const store = new Store((recipient) => recipient === "user:3");
  const record = store.record.bind(store);
  // Away from the third call on: some of the parts are written by then.
  store.record = async (...batch) => {
    store.away = store.calls >= 2;
    await record(...batch);
  };
  const queue = new ReceiptQueue(store, logger);
  for (const name of NAMES) queue.add(aReceipt(name));
  queue.addDelivered("b", 1, 200);
  await queue.flush();
  expect(store.away).toBe(true);
  expect(queue.waiting).toBeGreaterThan(0);
  store.record = record;
  store.away = false;
  await queue.close();
  expect([...new Set(store.receipts)].sort()).toEqual(NAMES.filter((_, n) => n !== 3).sort());
  expect(store.deliveries.reduce((sum, { count }) => sum + count, 0)).toBe(200);
  expect(queue.lost).toBe(1);
});
