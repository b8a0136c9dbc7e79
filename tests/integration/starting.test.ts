import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { mustCall } from "@/tests/support/api";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { PATIENCE } from "@/tests/support/patience";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { type Replica, type ReplicaOptions, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";

const PUBLISH = "/api/creator/broadcast";
/** [DEG2] What is published elsewhere is there by then, while degraded. */
const DEGRADED_MS = 3_000 * PATIENCE;
/** [DEG3] */
const BACK_MS = 5_000 * PATIENCE;

let postgres: PostgresServer;
let redis: TestRedis;
const running: Replica[] = [];

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((replica) => replica.kill()));
});
afterAll(async () => {
  await Promise.all([postgres?.stop(), redis?.close()]);
});

async function start(options: ReplicaOptions): Promise<Replica> {
  const replica = await startReplica(options);
  running.push(replica);
  return replica;
}

/** Starts one that must not: it ends by itself, saying `why`. */
async function expectRefusal(options: ReplicaOptions, why: RegExp): Promise<void> {
  const said = start(options).then(
    () => "It started.",
    (error) => String(error),
  );
  expect(await said).toMatch(why);
  expect(await said).toContain("exit code 1");
}

describe("[DEG1] the embedded database", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "starting-"));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  test("is one process's: a second says which holds it, until that one is gone", async () => {
    const first = await start({ dataDir });
    await expectRefusal(
      { dataDir },
      new RegExp(`The data in ${dataDir} are in use by process ${first.pid}, started 2.+Z`),
    );
    await first.kill();
    await start({ dataDir });
  });
});

describe("[DEG1] one PostgreSQL", () => {
  test("a worker without Redis is alone on it, until it is gone", async () => {
    const databaseUrl = await postgres.createDatabase("alone");
    const alone = await start({ databaseUrl });
    const cluster = { databaseUrl, redisUrl: redis.url };
    await Promise.all([
      expectRefusal({ databaseUrl }, /Another worker uses this database.+need REDIS_URL/),
      expectRefusal(
        { ...cluster, env: { DISTRIBUTED_WEBSOCKET_ENABLED: "false" } },
        /Another worker uses this database/,
      ),
      expectRefusal(
        cluster,
        /A worker without Redis uses this database\. Set REDIS_URL for every worker/,
      ),
    ]);
    await alone.kill();
    await start(cluster);
    await expectRefusal({ databaseUrl }, /Another worker uses this database/);
  });

  test("a worker's id is its own while it beats; [SEC9] its secret is everybody's", async () => {
    const databaseUrl = await postgres.createDatabase("shared");
    const cluster = { databaseUrl, redisUrl: redis.url };
    const named = { ...cluster, env: { WORKER_ID: "worker-1" } };
    const first = await start(named);
    await Promise.all([
      expectRefusal(named, /Another process that runs is worker worker-1\./),
      expectRefusal(
        { ...cluster, env: { AUTH_SECRET: "another secret, that nobody else here has" } },
        /AUTH_SECRET is not the one that this database was set up with/,
      ),
    ]);
    await first.kill();
    const health = await fetch(`${(await start(named)).url}/health`);
    expect(await health.json()).toMatchObject({ websocket: { worker_id: "worker-1" } });
  });
});

describe("Redis that is not there", () => {
  test("[DEG2] [DEG3] at the start: workers serve without it, and are live when it appears", async () => {
    const databaseUrl = await postgres.createDatabase("degraded");
    const away = await startRedis();
    await away.kill();
    try {
      const cluster = { databaseUrl, redisUrl: away.url, env: OWNER_ENV };
      const [one, other] = await Promise.all([start(cluster), start(cluster)]);
      const cookie = await signIn(one.url);
      const publish = async (message: string) => {
        const body = { message };
        return (await mustCall(one.url, "POST", PUBLISH, { cookie, body })).json;
      };
      const modes = () =>
        Promise.all(
          [one, other].map(async ({ url }) => (await (await fetch(`${url}/health`)).json()).mode),
        );
      expect(await modes()).toEqual(["degraded", "degraded"]);
      const [near, far] = await Promise.all(
        [one, other].map(({ url }) => SocketClient.connect(url)),
      );
      expect(await publish("Without Redis")).toMatchObject({ mode: "degraded" });
      await near?.waitFor("new_broadcast");
      await far?.waitFor("new_broadcast", undefined, { timeoutMs: DEGRADED_MS });

      await away.restart();
      const live = { mode: "live", sent_to_users: 2, workers_answered: 2, workers_expected: 2 };
      await expect
        .poll(() => publish("With Redis"), { timeout: BACK_MS, interval: 500 })
        .toMatchObject(live);
      expect(await modes()).toEqual(["live", "live"]);
      await far?.waitFor("new_broadcast", ({ broadcast }) => broadcast.message === "With Redis");
    } finally {
      await away.close();
    }
  });

  test("§ 14: with DISTRIBUTED_WEBSOCKET_ENABLED=true nothing starts", async () => {
    const env = { DISTRIBUTED_WEBSOCKET_ENABLED: "true" };
    const databaseUrl = await postgres.createDatabase("required");
    const away = await startRedis();
    await away.close();
    await Promise.all([
      expectRefusal(
        { databaseUrl, redisUrl: away.url, env },
        /Redis does not answer, and DISTRIBUTED_WEBSOCKET_ENABLED=true refuses to start without it/,
      ),
      expectRefusal({ databaseUrl, env }, /REDIS_URL: required with DISTRIBUTED_/),
    ]);
    await start({ databaseUrl, redisUrl: redis.url, env });
  });
});

describe("§ 14 production mode", () => {
  /** Empty values count as absent: all that the other tests are given. */
  const NOTHING = { LOUDHAILER_MODE: "", AUTH_SECRET: "" };

  test("is the default with PostgreSQL, and refuses to start without what it needs", async () => {
    await expectRefusal(
      { databaseUrl: postgres.url, env: NOTHING },
      /AUTH_SECRET: required in production mode.+PUBLIC_URL: required in production mode/s,
    );
  });

  test("refuses what is for trying things", async () => {
    const env = {
      LOUDHAILER_MODE: "production",
      PUBLIC_URL: "https://example.com",
      ALLOW_INSECURE_USER_ID: "true",
      ALLOW_OPEN_SESSION_STREAMS: "true",
    };
    await expectRefusal(
      { databaseUrl: postgres.url, env },
      /ALLOW_INSECURE_USER_ID: refused.+ALLOW_OPEN_SESSION_STREAMS: refused/s,
    );
  });
});
