import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PrismaBroadcastStore } from "@/lib/adapters/prisma/broadcast-store";
import { PrismaHistory } from "@/lib/adapters/prisma/history";
import { aWorkspace, ENGINES, type TestDatabase } from "../support/databases";

const engines = Object.keys(ENGINES) as (keyof typeof ENGINES)[];

describe.each(engines)("the audit list on %s", (engine) => {
  let opened: TestDatabase;

  beforeAll(async () => {
    opened = await ENGINES[engine]();
  });
  afterAll(() => opened?.close());

  test("[SEC8] is newest first across pages, also beyond the ninth entry", async () => {
    const workspaceId = await aWorkspace(opened.database);
    const broadcasts = new PrismaBroadcastStore(opened.database, { unseal: () => null });
    const history = new PrismaHistory(opened.database);
    const written = Array.from({ length: 25 }, (_, n) => `test.entry_${n}`);
    for (const action of written) {
      await broadcasts.change((tx) =>
        tx.audit({
          workspaceId,
          actorKind: "system",
          actorId: "system",
          actorName: "system",
          action,
          targetKind: "test",
          targetId: "t",
          address: null,
        }),
      );
    }
    const read: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await history.audit({ workspaceId }, { limit: 7, cursor });
      read.push(...page.entries.map((entry) => entry.action));
      cursor = page.next;
    } while (cursor !== null);
    expect(read).toEqual(written.reverse());
  });
});
