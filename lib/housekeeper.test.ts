import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Housekeeper } from "./housekeeper";
import { createLogger } from "./logger";
import { PERISHABLES, type Perishable } from "./ports/housekeeping";

const HOUR_MS = 3_600_000;
const BATCH = 10;
const logger = createLogger("silent", { worker: "test" });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A store that has so many rows to remove, and notes what it was asked. */
function aStore(rows: Partial<Record<Perishable, number>>) {
  const left = new Map(Object.entries(rows));
  const asked: Perishable[] = [];
  return {
    asked,
    left,
    removePast: async (what: Perishable, limit: number) => {
      asked.push(what);
      const removed = Math.min(limit, left.get(what) ?? 0);
      left.set(what, (left.get(what) ?? 0) - removed);
      return removed;
    },
  };
}

function housekeeper(housekeeping: ReturnType<typeof aStore>): Housekeeper {
  return new Housekeeper({ housekeeping, logger, batch: BATCH, firstAfterMs: 1_000 });
}

describe("the housekeeper", () => {
  test("removes batch by batch until there is nothing left, and looks again in an hour", async () => {
    const store = aStore({ idempotency_keys: 25, receipts: BATCH });
    const keeper = housekeeper(store);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([...store.left.values()].every((rows) => rows === 0)).toBe(true);
    const looks = store.asked.length;
    expect(looks).toBe(3 + 2 + (PERISHABLES.length - 2));
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(store.asked.length).toBe(looks + PERISHABLES.length);
    await keeper.close();
  });

  test("looks at once when there is something to do, and once more after a look under way", async () => {
    const store = aStore({ deleted_receipts: 15 });
    const keeper = housekeeper(store);
    keeper.look();
    keeper.look();
    await vi.advanceTimersByTimeAsync(500);
    expect(store.left.get("deleted_receipts")).toBe(0);
    expect(store.asked.length).toBe(1 + 2 * PERISHABLES.length);
    await vi.advanceTimersByTimeAsync(HOUR_MS);
    expect(store.asked.length).toBe(1 + 3 * PERISHABLES.length);
    await keeper.close();
  });

  test("leaves it to the worker that is at it", async () => {
    const store = aStore({});
    const removePast = (what: Perishable) => store.removePast(what, 0).then(() => null);
    const keeper = new Housekeeper({
      housekeeping: { removePast },
      logger,
      firstAfterMs: 1_000,
    });
    await vi.advanceTimersByTimeAsync(2_000);
    expect(store.asked).toEqual(PERISHABLES);
    await keeper.close();
  });

  test("tries again an hour after the database was away", async () => {
    let looks = 0;
    const keeper = new Housekeeper({
      housekeeping: {
        removePast: async () => {
          looks += 1;
          throw new Error("away");
        },
      },
      logger,
      firstAfterMs: 1_000,
    });
    await vi.advanceTimersByTimeAsync(1_000 + HOUR_MS);
    expect(looks).toBe(2);
    await keeper.close();
  });

  test("stops after the batch that is under way", async () => {
    const store = aStore({ receipts: 1_000 });
    const keeper = housekeeper(store);
    await vi.advanceTimersByTimeAsync(1_000);
    const closed = keeper.close();
    await vi.advanceTimersByTimeAsync(1_000);
    await closed;
    const left = store.left.get("receipts");
    expect(left).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(2 * HOUR_MS);
    expect(store.left.get("receipts")).toBe(left);
  });
});
