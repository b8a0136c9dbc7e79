import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PrismaBroadcastStore } from "@/lib/adapters/prisma/broadcast-store";
import { PrismaHousekeeping } from "@/lib/adapters/prisma/housekeeping";
import { PrismaReceiptStore } from "@/lib/adapters/prisma/receipt-store";
import type { BroadcastDraft } from "@/lib/ports/broadcast-store";
import { PERISHABLES, type Perishable } from "@/lib/ports/housekeeping";
import { aDraft, aWorkspace, ENGINES, type TestDatabase } from "../support/databases";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const engines = Object.keys(ENGINES) as (keyof typeof ENGINES)[];

describe.each(engines)("housekeeping on %s", (engine) => {
  let opened: TestDatabase;
  let housekeeping: PrismaHousekeeping;
  let broadcasts: PrismaBroadcastStore;
  let receipts: PrismaReceiptStore;
  let workspaceId: string;

  beforeAll(async () => {
    opened = await ENGINES[engine]();
    housekeeping = new PrismaHousekeeping(opened.database);
    broadcasts = new PrismaBroadcastStore(opened.database, { unseal: () => null });
    receipts = new PrismaReceiptStore(opened.database);
    workspaceId = await aWorkspace(opened.database);
  });
  afterAll(() => opened?.close());

  async function removeAll(what: Perishable): Promise<void> {
    while (((await housekeeping.removePast(what, 100)) ?? 0) > 0);
  }

  /** A broadcast that two recipients dismissed and one saw. */
  async function dismissed(
    changes: (now: number) => Partial<BroadcastDraft>,
    workspace = workspaceId,
  ): Promise<string> {
    const { result } = await broadcasts.change((tx) =>
      tx.insert(aDraft(workspace, tx.now - 200 * DAY_MS, changes(tx.now))),
    );
    const { id: broadcastId } = result;
    const of = (recipient: string) => ({ broadcastId, recipient, revision: 1 });
    await receipts.acknowledge([of("user:1"), of("user:2")]);
    const at = (await broadcasts.position()).now;
    await receipts.record([{ ...of("user:1"), kind: "seen", at }], [{ ...of("user:1"), count: 5 }]);
    return broadcastId;
  }

  async function kept(broadcastId: string) {
    const { prisma } = opened.database;
    const where = { broadcastId };
    return {
      acknowledgements: await prisma.acknowledgement.count({ where }),
      receipts: await prisma.receipt.count({ where }),
    };
  }

  test("[PUB5] an answer under an Idempotency-Key is kept 24 h, and not for good", async () => {
    const { prisma } = opened.database;
    const answer = { requestHash: "00".repeat(32), status: 200, response: {} };
    const keep = (key: string) => broadcasts.change((tx) => tx.keepAnswer("key:1", key, answer));
    await keep("yesterday");
    await keep("today");
    const { now } = await broadcasts.position();
    const age = (key: string, ms: number) =>
      prisma.idempotencyKey.updateMany({ where: { key }, data: { createdAt: new Date(now - ms) } });
    await age("yesterday", DAY_MS + 1_000);
    await age("today", DAY_MS - HOUR_MS);
    expect(await housekeeping.removePast("idempotency_keys", 10)).toBe(1);
    const left = await prisma.idempotencyKey.findMany({ select: { key: true } });
    expect(left).toEqual([{ key: "today" }]);
  });

  test("a control entry is kept 7 days, and the newest always", async () => {
    const { prisma } = opened.database;
    const note = () =>
      broadcasts.change((tx) => tx.control({ workspaceId, kind: "member", subject: "u1" }));
    for (let i = 0; i < 4; i += 1) await note();
    const { now } = await broadcasts.position();
    const entries = await prisma.controlEntry.findMany({ orderBy: { seq: "asc" } });
    const old = entries.slice(0, 2).map(({ seq }) => seq);
    const at = (ageMs: number) => ({ at: new Date(now - ageMs) });
    await prisma.controlEntry.updateMany({ where: { seq: { in: old } }, data: at(8 * DAY_MS) });
    await removeAll("control_entries");
    expect(await prisma.controlEntry.count()).toBe(2);
    await prisma.controlEntry.updateMany({ data: at(30 * DAY_MS) });
    await removeAll("control_entries");
    const left = await prisma.controlEntry.findMany();
    expect(left.map(({ seq }) => seq)).toEqual([entries.at(-1)?.seq]);
  });

  test("[ACK6] dismissals and receipts live while their broadcast can be shown or looked up", async () => {
    const present = {
      live: await dismissed(() => ({})),
      ending: await dismissed((now) => ({ endsAt: now + HOUR_MS })),
      lately: await dismissed((now) => ({ endsAt: now - 89 * DAY_MS })),
    };
    const past = {
      ended: await dismissed((now) => ({ endsAt: now - 91 * DAY_MS })),
      cleared: await dismissed((now) => ({ clearedAt: now - 91 * DAY_MS })),
      archived: await dismissed((now) => ({
        archivedAt: now - 91 * DAY_MS,
        endsAt: now + DAY_MS,
      })),
    };
    await removeAll("acknowledgements");
    await removeAll("receipts");
    for (const id of Object.values(present)) {
      expect(await kept(id)).toEqual({ acknowledgements: 2, receipts: 1 });
    }
    for (const id of Object.values(past)) {
      expect(await kept(id)).toEqual({ acknowledgements: 0, receipts: 0 });
    }
    // What the figures say does not change.
    expect(await receipts.counts(past.ended, 1)).toMatchObject({ delivered: 5, seen: 1 });
  });

  test("removes no more at once than it was told", async () => {
    await dismissed((now) => ({ endsAt: now - 91 * DAY_MS }));
    await dismissed((now) => ({ endsAt: now - 91 * DAY_MS }));
    const removed: (number | null)[] = [];
    for (let i = 0; i < 3; i += 1)
      removed.push(await housekeeping.removePast("acknowledgements", 3));
    expect(removed).toEqual([3, 1, 0]);
  });

  test("what hangs on a deleted workspace goes in steps, the audit log and other workspaces stay", async () => {
    const { prisma } = opened.database;
    const doomed = await aWorkspace(opened.database);
    const kept = await dismissed(() => ({}));
    const ids = [await dismissed(() => ({}), doomed), await dismissed(() => ({}), doomed)];
    await broadcasts.change(async (tx) => {
      await tx.audit({
        workspaceId: doomed,
        actorKind: "user",
        actorId: "u1",
        actorName: "Ada",
        action: "workspace.deleted",
        targetKind: "workspace",
        targetId: doomed,
        address: null,
      });
      await tx.identity.deleteWorkspace(doomed);
    });
    const again = broadcasts.change((tx) => tx.identity.deleteWorkspace(doomed));
    await expect(again).rejects.toMatchObject({ code: "not_found" });
    const { workspaces } = await broadcasts.loadFeed();
    expect(workspaces.map(({ id }) => id)).not.toContain(doomed);

    // Parents wait for their children.
    expect(await housekeeping.removePast("deleted_broadcasts", 10)).toBe(0);
    expect(await housekeeping.removePast("deleted_workspaces", 10)).toBe(0);
    expect(await housekeeping.removePast("deleted_acknowledgements", 3)).toBe(3);
    for (const what of PERISHABLES) await removeAll(what);
    const where = { broadcastId: { in: ids } };
    expect([
      await prisma.broadcast.count({ where: { workspaceId: doomed } }),
      await prisma.receipt.count({ where }),
      await prisma.receiptCount.count({ where }),
      await prisma.acknowledgement.count({ where }),
      await prisma.workspace.count({ where: { id: doomed } }),
    ]).toEqual([0, 0, 0, 0, 0]);
    expect(await prisma.auditEntry.count({ where: { workspaceId: doomed } })).toBe(1);
    expect(await receipts.counts(kept, 1)).toMatchObject({ delivered: 5, seen: 1 });
  });

  test("finds nothing to do in an installation that has nothing", async () => {
    for (const what of PERISHABLES) await removeAll(what);
    for (const what of PERISHABLES) expect(await housekeeping.removePast(what, 10)).toBe(0);
    expect(await receipts.counts(randomUUID(), 1)).toMatchObject({ seen: 0 });
  });
});

describe("housekeeping of several workers", () => {
  test("one is at it, the others leave it to that one", async () => {
    const opened = await ENGINES.PostgreSQL();
    const client = await opened.database.pool.connect();
    try {
      const housekeeping = new PrismaHousekeeping(opened.database);
      await client.query("BEGIN; SELECT pg_advisory_xact_lock(7203118654)");
      expect(await housekeeping.removePast("receipts", 10)).toBeNull();
      await client.query("ROLLBACK");
      expect(await housekeeping.removePast("receipts", 10)).toBe(0);
    } finally {
      client.release();
      await opened.close();
    }
  });
});
