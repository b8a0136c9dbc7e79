import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { idOf, mustCall } from "@/tests/support/api";
import { buildNewerServer, NEW_CONDITION } from "@/tests/support/newer-server";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { type Replica, startReplica } from "@/tests/support/replica";
import { aboutBroadcast, SocketClient } from "@/tests/support/socket-client";

let postgres: PostgresServer;
let redis: TestRedis;
let database: Client;
let removeNewer: () => void = () => undefined;
let newer: Replica;
let older: Replica;
let cookie: string;

/** The newer version was here first: it migrated, and it serves. Then an older one starts. */
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const { entry, remove } = await buildNewerServer();
  removeNewer = remove;
  const shared = { databaseUrl: postgres.url, redisUrl: redis.url, env: OWNER_ENV };
  newer = await startReplica({ ...shared, entry });
  database = new Client({ connectionString: postgres.url });
  await database.connect();
  await database.query(NEWER_SCHEMA);
  older = await startReplica(shared);
  cookie = await signIn(older.url);
});

afterAll(async () => {
  await Promise.all([newer?.kill(), older?.kill()]);
  await database?.end();
  await Promise.all([postgres.stop(), redis.close()]);
  removeNewer();
});

/** What a migration may do within one version: add, never take away. */
const NEWER_SCHEMA = `
  ALTER TABLE broadcast ADD COLUMN sound TEXT NOT NULL DEFAULT 'none';
  CREATE TABLE sound (name TEXT PRIMARY KEY);
  INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count)
  VALUES ('x', 'x', '29990101000000_sounds', now(), 1);
  UPDATE workspace SET settings = settings || '{"soundsAllowed": true}';
`;

async function publish(url: string, message: string): Promise<string> {
  const body = { message, replace: false };
  return idOf(await mustCall(url, "POST", "/api/creator/broadcast", { cookie, body }));
}

/** As the newer version's dashboard would: a change in one transaction, the counter first. */
async function change(id: string, assignments: string, values: unknown[]): Promise<void> {
  await database.query("BEGIN");
  const { rows } = await database.query("UPDATE position SET seq = seq + 1 RETURNING seq");
  const { seq } = z.object({ seq: z.coerce.number() }).parse(rows[0]);
  await database.query(
    `UPDATE broadcast SET seq = $1, change_id = gen_random_uuid(), revision = revision + 1,
       updated_at = now(), ${assignments} WHERE id = $2`,
    [seq, id, ...values],
  );
  await database.query("COMMIT");
}

const shows = (socket: SocketClient, id: string) => socket.shown.includes(id);

describe("[DEG9] two versions side by side", () => {
  test("the older starts and runs on the newer's schema, and says whose it is", async () => {
    expect(older.logs()).toContain("29990101000000_sounds");
    const [here, there] = [
      await SocketClient.connect(older.url),
      await SocketClient.connect(newer.url),
    ];
    for (const url of [older.url, newer.url]) {
      const id = await publish(url, `from ${url}`);
      for (const socket of [here, there]) await socket.waitFor("new_broadcast", aboutBroadcast(id));
    }
    await Promise.all([here.close(), there.close()]);
    const { rows } = await database.query("SELECT DISTINCT sound FROM broadcast");
    expect(rows).toEqual([{ sound: "none" }]);
  });

  test("a condition that only the newer knows takes the banner off the older's screens", async () => {
    const [here, there] = [
      await SocketClient.connect(older.url),
      await SocketClient.connect(newer.url),
    ];
    const id = await publish(newer.url, "for the full moon");
    for (const socket of [here, there]) await socket.waitFor("new_broadcast", aboutBroadcast(id));
    await change(id, "audience = $3, message = 'only for the full moon'", [NEW_CONDITION]);
    const cleared = await here.waitFor("broadcast_cleared", aboutBroadcast(id));
    expect(cleared.reason).toBe("audience");
    await there.waitFor("broadcast_updated", aboutBroadcast(id));
    expect([shows(here, id), shows(there, id)]).toEqual([false, true]);

    const latecomer = await SocketClient.connect(older.url);
    expect(shows(latecomer, id)).toBe(false);
    const polled = await mustCall(older.url, "GET", "/api/creator/broadcast/active");
    expect(polled.text).not.toContain(id);
    const elsewhere = await SocketClient.connect(newer.url);
    expect(shows(elsewhere, id)).toBe(true);
    await Promise.all([here, there, latecomer, elsewhere].map((socket) => socket.close()));
  });

  test("a row that the older cannot read at all is shown to nobody, and hides nothing else", async () => {
    const id = await publish(older.url, "loud");
    const other = await publish(older.url, "readable");
    const socket = await SocketClient.connect(older.url);
    expect(shows(socket, id)).toBe(true);
    await change(id, "level = $3", ["deafening"]);
    await socket.waitFor("broadcast_cleared", aboutBroadcast(id));
    expect([shows(socket, id), shows(socket, other)]).toEqual([false, true]);
    const next = await publish(older.url, "after it");
    await socket.waitFor("new_broadcast", aboutBroadcast(next));
    await socket.close();
  });

  test("a message that the older cannot read is made up for by its own look", async () => {
    const socket = await SocketClient.connect(older.url);
    const change = { epoch: "x", from: 1, to: 2, broadcasts: "a new form", control: [] };
    const message = JSON.stringify({ workerId: "newer", question: null, change });
    await redis.command("PUBLISH", "loudhailer:change", message);
    const id = await publish(newer.url, "understood all the same");
    await socket.waitFor("new_broadcast", aboutBroadcast(id));
    await socket.close();
  });

  test("[AUD4] an author on the older is told which condition it does not know", async () => {
    const id = await publish(older.url, "asked about");
    await change(id, "audience = $3", [NEW_CONDITION]);
    const body = { broadcastId: id, viewers: [{ subject: "u1" }] };
    const explained = async () => {
      const answer = await mustCall(older.url, "POST", "/api/v1/broadcasts/dry-run", {
        cookie,
        body,
      });
      return answer.text;
    };
    await expect.poll(explained, { timeout: 10_000 }).toContain("moonPhase");
  });
});
