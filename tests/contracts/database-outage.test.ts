import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PrismaBroadcastStore } from "@/lib/adapters/prisma/broadcast-store";
import { type Database, openDatabase } from "@/lib/adapters/prisma/database";
import { migrate } from "@/lib/adapters/prisma/migrate";
import { aDraft, aWorkspace, MIGRATIONS } from "../support/databases";
import { type PostgresServer, startPostgres } from "../support/postgres";

describe("a database that goes away and comes back", () => {
  let server: PostgresServer;
  let database: Database;
  let store: PrismaBroadcastStore;
  let workspaceId: string;
  const lost: Error[] = [];

  beforeAll(async () => {
    server = await startPostgres({ fsync: true });
    const { url } = server;
    await migrate({ url, directory: MIGRATIONS, log: () => {} });
    database = await openDatabase({
      url,
      poolSize: 4,
      onConnectionError: (error) => lost.push(error),
    });
    store = new PrismaBroadcastStore(database, { unseal: () => null });
    workspaceId = await aWorkspace(database);
  });
  afterAll(async () => {
    await database?.close();
    await server?.stop();
  });

  const publish = (id: string) =>
    store.change((tx) => tx.insert({ ...aDraft(workspaceId, tx.now), id }));

  test("[DEG5] everything is unavailable meanwhile, nothing crashes, and all goes on after", async () => {
    const before = await store.position();
    await server.kill();
    for (const attempt of [
      () => publish(randomUUID()),
      () => store.loadFeed(),
      () => database.ping(),
      () => database.run((prisma) => prisma.workspace.findMany()),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: "unavailable", retryAfterS: 2 });
    }
    expect(lost.length).toBeGreaterThan(0);
    await server.start();
    await database.ping();
    await expect(publish(randomUUID())).resolves.toBeDefined();
    await database.run((prisma) => prisma.workspace.findMany());
    expect(await store.position()).toMatchObject({ epoch: before.epoch, seq: before.seq + 1 });
  });

  test("[PUB1] what was confirmed survives a crash, and positions have no gap after it", async () => {
    const before = await store.position();
    const confirmed: string[] = [];
    let stopped = false;
    const publishing = Array.from({ length: 3 }, async () => {
      while (!stopped) {
        const id = randomUUID();
        await publish(id).then(
          () => confirmed.push(id),
          () => {
            stopped = true;
          },
        );
      }
    });
    while (confirmed.length < 30 && !stopped) await new Promise(setImmediate);
    await server.restart();
    stopped = true;
    await Promise.all(publishing);

    const { broadcasts, seq } = await store.loadFeed();
    const stored = new Set(broadcasts.map(({ id }) => id));
    expect(confirmed.filter((id) => !stored.has(id))).toEqual([]);
    const positions = broadcasts.map((row) => row.seq).filter((at) => at > before.seq);
    expect(positions.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: seq - before.seq }, (_, i) => before.seq + 1 + i),
    );
  });

  test("closing twice is closing once, and afterwards everything is unavailable", async () => {
    const other = await openDatabase({ url: server.url, poolSize: 1 });
    await other.ping();
    await Promise.all([other.close(), other.close()]);
    await expect(other.ping()).rejects.toMatchObject({ code: "unavailable" });
  });
});
