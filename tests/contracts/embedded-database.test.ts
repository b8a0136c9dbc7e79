import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, rmSync, watch } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client, Pool } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type EmbeddedDatabase, startEmbedded } from "@/lib/embedded/embedded";
import { typescript } from "@/scripts/run";
import { temporaryFolder } from "../support/databases";
import { guard } from "../support/processes";

describe("embedded database", () => {
  /** A database as a first start makes it: making one takes seconds. */
  const made = temporaryFolder();
  let dataDir: string;
  let ends: (() => unknown)[];

  beforeAll(async () => {
    const database = await startEmbedded({ dataDir: made, log: () => {} });
    await database.stop();
  });
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  beforeEach(() => {
    dataDir = temporaryFolder();
    ends = [];
    cpSync(made, dataDir, { recursive: true });
  });
  afterEach(async () => {
    for (const end of ends.reverse()) await end();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const start = async (
    options: Partial<Parameters<typeof startEmbedded>[0]> = {},
  ): Promise<EmbeddedDatabase> => {
    const database = await startEmbedded({ dataDir, log: () => {}, ...options });
    ends.push(() => database.stop());
    return database;
  };
  const connect = async (url: string): Promise<Client> => {
    const client = new Client({ connectionString: url });
    client.on("error", () => {});
    await client.connect();
    ends.push(() => client.end());
    return client;
  };
  const numbersIn = async (url: string): Promise<number[]> => {
    const client = await connect(url);
    const { rows } = await client.query<{ n: number }>("SELECT n FROM confirmed ORDER BY n");
    return rows.map(({ n }) => n);
  };

  test("keeps its data over a stop and a start, and leaves no socket behind", async () => {
    const first = await start();
    const client = await connect(first.url);
    await client.query("CREATE TABLE confirmed (n int); INSERT INTO confirmed VALUES (7)");
    await first.stop();
    await first.stop();
    expect(existsSync(new URL(first.url).searchParams.get("host") ?? "")).toBe(false);
    expect(readdirSync(join(dataDir, "lock"))).toEqual([]);
    const second = await start();
    expect(await numbersIn(second.url)).toEqual([7]);
  });

  test("[DEG1] a second process on the same data is refused, and told who has them", async () => {
    await start();
    const startedAt = new Date(Date.now() - process.uptime() * 1000).toISOString();
    await expect(start()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(new RegExp(`in use by process ${process.pid}, started .*Z`)),
      details: { pid: process.pid, startedAt: expect.stringContaining(startedAt.slice(0, 16)) },
    });
  });

  test("[DEG1] of two that start together one gets the data", async () => {
    const results = await Promise.allSettled([start(), start()]);
    expect(results.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("[DEG1] a holder that is stopped, not dead, still has the data", async () => {
    const { pid = 0 } = await start();
    process.kill(pid, "SIGSTOP");
    ends.push(() => process.kill(pid, "SIGCONT"));
    await expect(start()).rejects.toMatchObject({ code: "conflict" });
  });

  test("[DEG1] kill -9 of the server leaves no lock, no process, and loses no confirmed row", async () => {
    for (let round = 0; round < 2; round++) {
      const holder = await startHolder(dataDir);
      ends.push(() => holder.kill());
      await holder.confirmed(20 + round * 7);
      await holder.kill();
      const database = await start();
      const kept = await numbersIn(database.url);
      expect(kept).toEqual(expect.arrayContaining(holder.numbers()));
      // The system may take a moment to bury it.
      const probe = () => process.kill(holder.databasePid, 0);
      await vi.waitFor(() => expect(probe).toThrow(/ESRCH/), { timeout: 20_000 });
      await (await connect(database.url)).query("TRUNCATE confirmed");
      await database.stop();
    }
  });

  test("a database process that is killed is started again at the same address", async () => {
    const messages: string[] = [];
    const restarted = withResolver();
    const database = await start({
      log: (message) => {
        messages.push(message);
        if (messages.filter((text) => text.includes("running")).length === 2) restarted.resolve();
      },
    });
    const pool = new Pool({ connectionString: database.url, max: 2 });
    pool.on("error", () => {});
    ends.push(() => pool.end());
    await pool.query("CREATE TABLE confirmed (n int); INSERT INTO confirmed VALUES (1)");
    const firstPid = database.pid ?? 0;
    process.kill(firstPid, "SIGKILL");
    await restarted.promise;
    expect(database.pid).not.toBe(firstPid);
    const { rows } = await pool.query("SELECT n FROM confirmed");
    expect(rows).toEqual([{ n: 1 }]);
  });

  test("a database process that keeps ending is given up with a clear error", async () => {
    const gone = withResolver<Error>();
    await start({
      onGone: gone.resolve,
      log: (message, { pid }) => {
        if (message.includes("running")) process.kill(Number(pid), "SIGKILL");
      },
    });
    expect((await gone.promise).message).toMatch(/embedded database is gone: it keeps ending/);
  });

  test("[DEG7] signals to the whole group leave it to the server when the database ends", async () => {
    const database = await start();
    const client = await connect(database.url);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.kill(database.pid ?? 0, signal);
    for (let i = 0; i < 20; i++) await client.query("SELECT 1");
  });

  test("a first start that was interrupted leaves nothing that looks like data", async () => {
    rmSync(join(dataDir, "db"), { recursive: true });
    const begun = once(watch(dataDir, { signal: AbortSignal.timeout(30_000) }), "change");
    const holder = spawnHolder(dataDir);
    ends.push(() => holder.kill("SIGKILL"));
    await begun;
    while (!existsSync(join(dataDir, "db.new", "base"))) await new Promise(setImmediate);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const database = await start();
    const client = await connect(database.url);
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  test("statements that waited for a transaction get their own answers", async () => {
    const { url } = await start();
    const [owner, ...others] = await Promise.all(Array.from({ length: 6 }, () => connect(url)));
    await owner?.query("BEGIN");
    const waiting = others.map((client, i) =>
      client.query(`SELECT $1::int AS i${", 0".repeat(i)}`, [i]),
    );
    await owner?.query("SELECT 1");
    await owner?.query("COMMIT");
    const answers = await Promise.all(waiting);
    expect(answers.map(({ rows, fields }) => [rows[0]?.i, fields.length])).toEqual(
      others.map((_, i) => [i, i + 1]),
    );
  });

  test("a transaction whose connection is lost is rolled back, and the others go on", async () => {
    const { url } = await start();
    const [lost, other] = await Promise.all([connect(url), connect(url)]);
    await lost.query("CREATE TABLE confirmed (n int)");
    await lost.query("BEGIN");
    await lost.query("INSERT INTO confirmed VALUES (1)");
    const waiting = other.query("SELECT count(*)::int AS count FROM confirmed");
    await lost.end();
    expect((await waiting).rows).toEqual([{ count: 0 }]);
  });

  test("a wrong statement spoils nobody else's", async () => {
    const { url } = await start();
    const pool = new Pool({ connectionString: url, max: 5 });
    ends.push(() => pool.end());
    const results = await Promise.allSettled(
      Array.from({ length: 60 }, (_, i) =>
        i % 3 ? pool.query("SELECT $1::int AS i", [i]) : pool.query("SELECT $1::int / 0", [i]),
      ),
    );
    for (const [i, result] of results.entries()) {
      if (i % 3 === 0) expect(result.status).toBe("rejected");
      else expect(result).toMatchObject({ value: { rows: [{ i }] } });
    }
  });
});

function spawnHolder(dataDir: string): ChildProcess {
  const args = typescript("tests/support/embedded-holder.ts", dataDir);
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  guard(child);
  return child;
}

/** A server process that writes, and what it saw confirmed. */
async function startHolder(dataDir: string) {
  const child = spawnHolder(dataDir);
  const exited = once(child, "exit");
  const numbers: number[] = [];
  const lines = createInterface({ input: child.stdout ?? process.stdin })[Symbol.asyncIterator]();
  const [, pid] = ((await lines.next()).value ?? "").split(" ");
  return {
    databasePid: Number(pid),
    numbers: () => numbers,
    confirmed: async (count: number) => {
      while (numbers.length < count) numbers.push(Number((await lines.next()).value));
    },
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
      for (let line = await lines.next(); !line.done; line = await lines.next()) {
        numbers.push(Number(line.value));
      }
    },
  };
}

function withResolver<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve };
}
