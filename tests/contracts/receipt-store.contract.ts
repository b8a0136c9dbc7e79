import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PrismaBroadcastStore } from "@/lib/adapters/prisma/broadcast-store";
import type { Database } from "@/lib/adapters/prisma/database";
import { PrismaReceiptStore } from "@/lib/adapters/prisma/receipt-store";
import type { Receipt } from "@/lib/ports/receipt-store";
import { aDraft, aWorkspace, ENGINES, type TestDatabase } from "../support/databases";

const MINUTE = 60_000;

/** What every keeper of dismissals and receipts must hold to, whichever engine is under it. */
export function receiptStoreContract(engine: keyof typeof ENGINES): void {
  describe(`receipt store on ${engine}`, () => {
    let opened: TestDatabase;
    let database: Database;
    let store: PrismaReceiptStore;
    let broadcasts: PrismaBroadcastStore;
    let workspaceId: string;

    beforeAll(async () => {
      opened = await ENGINES[engine]();
      database = opened.database;
      store = new PrismaReceiptStore(database);
      broadcasts = new PrismaBroadcastStore(database, { unseal: () => null });
      workspaceId = await aWorkspace(database);
    });
    afterAll(() => opened?.close());

    const now = async () => (await broadcasts.position()).now;
    const aRow = async () =>
      (await broadcasts.change((tx) => tx.insert(aDraft(workspaceId, tx.now)))).result;
    const anId = async () => (await aRow()).id;
    const revisionOf = async (broadcastId: string, recipient: string) => {
      const exceptions = await store.exceptionsOf([recipient], [broadcastId]);
      return exceptions.get(recipient)?.[0]?.acknowledgedRevision ?? 0;
    };

    describe("dismissals", () => {
      test("[ACK1] a batch is answered in its order, and the unknown fails nobody else", async () => {
        const id = await anId();
        const outcomes = await store.acknowledge([
          { broadcastId: randomUUID(), recipient: "user:1", revision: 1 },
          { broadcastId: id, recipient: "user:1", revision: 1 },
          { broadcastId: "not-a-uuid", recipient: "user:1", revision: 1 },
          { broadcastId: id.toUpperCase(), recipient: "user:2", revision: 1 },
        ]);
        expect(outcomes).toEqual(["not_found", "durable", "not_found", "durable"]);
        expect(await revisionOf(id, "user:1")).toBe(1);
        expect(await revisionOf(id, "user:2")).toBe(1);
        expect(await store.acknowledge([])).toEqual([]);
      });

      test("[ACK1] the greatest revision stays, within a batch and between batches", async () => {
        const id = await anId();
        const of = (revision: number) => ({ broadcastId: id, recipient: "user:1", revision });
        expect(await store.acknowledge([of(2), of(5), of(3)])).toEqual(Array(3).fill("durable"));
        expect(await revisionOf(id, "user:1")).toBe(5);
        await store.acknowledge([of(4)]);
        expect(await revisionOf(id, "user:1")).toBe(5);
        await store.acknowledge([of(6)]);
        expect(await revisionOf(id, "user:1")).toBe(6);
      });

      test("[ACK1] batches of several workers over the same rows in any order all get through", async () => {
        const ids = await Promise.all(Array.from({ length: 5 }, anId));
        const all = ids.flatMap((broadcastId) =>
          Array.from({ length: 20 }, (_, i) => ({ broadcastId, recipient: `user:${i}` })),
        );
        const batches = Array.from({ length: 12 }, (_, worker) => {
          const turned = [...all.slice(worker * 8), ...all.slice(0, worker * 8)];
          return store.acknowledge(
            (worker % 2 ? turned : turned.toReversed()).map((row) => ({
              ...row,
              revision: worker + 1,
            })),
          );
        });
        for (const outcomes of await Promise.all(batches)) {
          expect(outcomes.every((outcome) => outcome === "durable")).toBe(true);
        }
        const found = await store.exceptionsOf(
          Array.from({ length: 20 }, (_, i) => `user:${i}`),
          ids,
        );
        expect(found.size).toBe(20);
        const revisions = [...found.values()].flat().map((row) => row.acknowledgedRevision);
        expect(revisions).toEqual(Array(100).fill(12));
      });

      test("[ACK2] those since a time come oldest first; a repeated one is not new", async () => {
        const id = await anId();
        const since = await now();
        await store.acknowledge([{ broadcastId: id, recipient: "user:a", revision: 1 }]);
        await store.acknowledge([{ broadcastId: id, recipient: "user:b", revision: 2 }]);
        const found = await store.acknowledgedSince(since);
        expect(found).toMatchObject([
          { broadcastId: id, recipient: "user:a", revision: 1 },
          { broadcastId: id, recipient: "user:b", revision: 2 },
        ]);
        for (const { at } of found) expect(at).toBeGreaterThanOrEqual(since);
        await store.acknowledge([{ broadcastId: id, recipient: "user:a", revision: 1 }]);
        expect(await store.acknowledgedSince(since)).toEqual(found);
        expect(await store.acknowledgedSince((await now()) + MINUTE)).toEqual([]);
      });

      test("[DEG8] exceptions of many recipients come in one query, absent where there are none", async () => {
        const ids = await Promise.all([anId(), anId()]);
        const [first = "", second = ""] = ids;
        await store.acknowledge([
          { broadcastId: first, recipient: "user:x", revision: 1 },
          { broadcastId: second, recipient: "user:x", revision: 3 },
          { broadcastId: second, recipient: "user:y", revision: 2 },
        ]);
        const found = await store.exceptionsOf(["user:x", "user:y", "user:z"], ids);
        expect([...found.keys()].toSorted()).toEqual(["user:x", "user:y"]);
        expect(found.get("user:y")).toEqual([
          { broadcastId: second, acknowledgedRevision: 2, snoozedUntil: null },
        ]);
        expect(found.get("user:x")).toHaveLength(2);
        expect(await store.exceptionsOf([], ids)).toEqual(new Map());
        expect(await store.exceptionsOf(["user:x"], [])).toEqual(new Map());
        expect(await store.exceptionsOf(["user:x"], ["junk"])).toEqual(new Map());
      });
    });

    describe("receipts", () => {
      const receipt = (broadcastId: string, kind: Receipt["kind"], at: number): Receipt => ({
        ...{ broadcastId, revision: 1, recipient: "user:1", kind, at },
      });

      test("[ACK4] each kind counts once for a recipient, however often it is reported", async () => {
        const id = await anId();
        const at = await now();
        const batch = [
          receipt(id, "seen", at),
          receipt(id, "seen", at + 5),
          receipt(id, "clicked", at),
          { ...receipt(id, "seen", at), recipient: "user:2" },
        ];
        await store.record(batch, []);
        await store.record(batch, []);
        await store.record([receipt(id, "dismissed", at)], []);
        expect(await store.counts(id, 1)).toEqual({
          ...{ delivered: 0, seen: 2, clicked: 1, dismissed: 1, snoozed: 0 },
        });
        const row = await database.prisma.receipt.findFirst({
          where: { broadcastId: id, recipient: "user:1" },
        });
        expect(row?.seenAt?.getTime()).toBe(at);
      });

      test("[ACK4] workers that report the same at the same time count it once", async () => {
        const id = await anId();
        const at = await now();
        const batch = Array.from({ length: 30 }, (_, i) => [
          { ...receipt(id, "seen", at), recipient: `user:${i}` },
          { ...receipt(id, i % 2 ? "clicked" : "dismissed", at), recipient: `user:${i}` },
        ]).flat();
        await Promise.all(
          Array.from({ length: 8 }, (_, worker) =>
            store.record(worker % 2 ? batch : batch.slice(worker * 5).toReversed(), [
              { broadcastId: id, revision: 1, count: 10 },
            ]),
          ),
        );
        expect(await store.counts(id, 1)).toEqual({
          ...{ delivered: 80, seen: 30, clicked: 15, dismissed: 15, snoozed: 0 },
        });
      });

      test("[ACK4] counts are kept by the minute in which it happened", async () => {
        const id = await anId();
        const minute = Math.floor((await now()) / MINUTE) * MINUTE;
        await store.record(
          [
            { ...receipt(id, "seen", minute - MINUTE + 1), recipient: "user:1" },
            { ...receipt(id, "seen", minute - 1), recipient: "user:2" },
            { ...receipt(id, "seen", minute), recipient: "user:3" },
          ],
          [],
        );
        const rows = await database.prisma.receiptCount.findMany({
          where: { broadcastId: id },
          orderBy: { minute: "asc" },
        });
        expect(rows.map((row) => [row.minute.getTime(), Number(row.count)])).toEqual([
          [minute - MINUTE, 2],
          [minute, 1],
        ]);
      });

      test("[ACK4] shown again, a revision counts anew", async () => {
        const id = await anId();
        const at = await now();
        await store.record([receipt(id, "seen", at)], [{ broadcastId: id, revision: 1, count: 4 }]);
        await store.record([{ ...receipt(id, "seen", at), revision: 2 }], []);
        expect(await store.counts(id, 1)).toMatchObject({ seen: 1, delivered: 4 });
        expect(await store.counts(id, 2)).toMatchObject({ seen: 1, delivered: 0 });
        expect(await store.counts("junk", 1)).toMatchObject({ seen: 0 });
      });

      test("a broadcast that is gone takes nothing else with it", async () => {
        const id = await anId();
        const gone = randomUUID();
        const at = await now();
        await store.record(
          [receipt(gone, "seen", at), receipt("junk", "seen", at), receipt(id, "seen", at)],
          [
            { broadcastId: gone, revision: 1, count: 1 },
            { broadcastId: id, revision: 1, count: 1 },
          ],
        );
        expect(await store.counts(id, 1)).toMatchObject({ seen: 1, delivered: 1 });
        await store.record([], []);
      });
    });

    describe("snoozing", () => {
      const snooze = (broadcastId: string, at: number, snoozedUntil: number, revision = 1) =>
        store.snooze({
          ...{ broadcastId, revision, recipient: "anon:1", kind: "snoozed", at, snoozedUntil },
        });
      const untilOf = async (broadcastId: string, recipient = "anon:1") => {
        const found = await store.exceptionsOf([recipient], [broadcastId]);
        return found.get(recipient)?.[0]?.snoozedUntil ?? null;
      };

      test("[ACK5] holds until its time; the latest one counts, once", async () => {
        const id = await anId();
        const at = await now();
        await snooze(id, at, at + 10 * MINUTE);
        expect(await untilOf(id)).toBe(at + 10 * MINUTE);
        await snooze(id, at + 1, at + 2 * MINUTE);
        await snooze(id, at, at + 10 * MINUTE);
        expect(await untilOf(id)).toBe(at + 2 * MINUTE);
        expect(await store.counts(id, 1)).toMatchObject({ snoozed: 1 });
        await snooze(id, at + 2, at - 1);
        expect(await store.exceptionsOf(["anon:1"], [id])).toEqual(new Map());
      });

      test("[ACK5] a reset shows it again", async () => {
        const row = await aRow();
        const at = await now();
        await snooze(row.id, at, at + MINUTE);
        await store.acknowledge([{ broadcastId: row.id, recipient: "anon:1", revision: 1 }]);
        await broadcasts.change((tx) => tx.update({ ...row, revision: 2, showFromRevision: 2 }));
        const found = await store.exceptionsOf(["anon:1"], [row.id]);
        expect(found.get("anon:1")).toEqual([
          { broadcastId: row.id, acknowledgedRevision: 1, snoozedUntil: null },
        ]);
      });

      test("[ACK3] signing in takes dismissals and snoozes along, the greatest and latest of both", async () => {
        const [a = "", b = "", c = "", d = ""] = await Promise.all([
          anId(),
          anId(),
          anId(),
          anId(),
        ]);
        const at = await now();
        await store.acknowledge([
          { broadcastId: a, recipient: "anon:m", revision: 3 },
          { broadcastId: b, recipient: "anon:m", revision: 1 },
          { broadcastId: b, recipient: "user:m", revision: 2 },
        ]);
        const receipt = { revision: 1, kind: "snoozed" } as const;
        for (const [broadcastId, recipient, when, until] of [
          [c, "anon:m", at, at + 5 * MINUTE],
          [d, "anon:m", at, at + 5 * MINUTE],
          [d, "user:m", at + 1, at + 3 * MINUTE],
        ] as const) {
          await store.snooze({ ...receipt, broadcastId, recipient, at: when, snoozedUntil: until });
        }
        const since = await now();
        await store.merge("anon:m", "user:m");
        await store.merge("anon:m", "user:m");
        const ids = [a, b, c, d];
        const found = await store.exceptionsOf(["anon:m", "user:m"], ids);
        expect(found.get("anon:m")).toBeUndefined();
        const merged = new Map(found.get("user:m")?.map((row) => [row.broadcastId, row]));
        expect(merged.get(a)?.acknowledgedRevision).toBe(3);
        expect(merged.get(b)?.acknowledgedRevision).toBe(2);
        expect(merged.get(c)?.snoozedUntil).toBe(at + 5 * MINUTE);
        expect(merged.get(d)?.snoozedUntil).toBe(at + 3 * MINUTE);
        // The other workers hear of what the user has now.
        expect(await store.acknowledgedSince(since)).toMatchObject([
          { broadcastId: a, recipient: "user:m", revision: 3 },
        ]);
        // A merge is no new receipt.
        expect(await store.counts(c, 1)).toMatchObject({ snoozed: 1 });
        await store.merge("user:m", "user:m");
        expect(await untilOf(c, "user:m")).toBe(at + 5 * MINUTE);
      });
    });
  });
}
