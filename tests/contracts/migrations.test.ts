import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { migrate } from "@/lib/adapters/prisma/migrate";
import { diffToSchema } from "@/scripts/schema-engine";
import { MIGRATIONS, temporaryFolder } from "../support/databases";
import { type PostgresServer, startPostgres } from "../support/postgres";

/** The product's own, in order. */
const OWN = readdirSync(MIGRATIONS)
  .filter((name) => /^\d/.test(name))
  .sort();
const INIT = "20261121000000_init";

describe("migrations", () => {
  let server: PostgresServer;
  let url: string;
  let directory: string;
  let logged: { message: string; fields: Record<string, unknown> }[];
  let databases = 0;

  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    databases += 1;
    url = await server.createDatabase(`migrations_${databases}`);
    directory = temporaryFolder();
    cpSync(MIGRATIONS, directory, { recursive: true });
    logged = [];
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const log = (message: string, fields: Record<string, unknown>) => {
    logged.push({ message, fields });
  };
  const run = () => migrate({ url, directory, log });
  const add = (name: string, sql: string) => {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, "migration.sql"), sql);
  };
  const query = async (text: string) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows;
  };
  const record = () => query("SELECT * FROM _prisma_migrations ORDER BY started_at");

  test("lead to exactly prisma/schema.prisma", async () => {
    await run();
    expect(await diffToSchema(url)).toBeNull();
  });

  test("insert the rows that there is exactly one of", async () => {
    await run();
    expect(await query("SELECT id, seq FROM position")).toEqual([{ id: 1, seq: "0" }]);
    expect(await query("SELECT id FROM installation")).toEqual([{ id: 1 }]);
  });

  test("of three replicas that start at once, each migration is applied by one", async () => {
    add("29990101000000_slow", "SELECT pg_sleep(0.3); CREATE TABLE slow (id int)");
    const results = await Promise.all([run(), run(), run()]);
    const applied = results.flatMap((result) => result.applied).toSorted();
    expect(applied).toEqual([...OWN, "29990101000000_slow"]);
    expect(await run()).toEqual({ applied: [] });
  });

  test("leave the record that Prisma's own tools read", async () => {
    await run();
    const [row] = await record();
    expect(row).toMatchObject({
      migration_name: INIT,
      checksum: expect.stringMatching(/^[0-9a-f]{64}$/),
      logs: null,
      rolled_back_at: null,
      applied_steps_count: 1,
    });
    expect(row.finished_at.getTime()).toBeGreaterThanOrEqual(row.started_at.getTime());
  });

  test("one that fails says so and leaves nothing of itself", async () => {
    add(
      "29990101000000_broken",
      "CREATE TABLE half (id int); INSERT INTO half SELECT 1; CREATE TABLE half (id int)",
    );
    await expect(run()).rejects.toMatchObject({
      code: "internal",
      message: expect.stringMatching(/29990101000000_broken failed.*"half" already exists/),
    });
    expect(await query("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
    expect(await record()).toHaveLength(OWN.length);
    writeFileSync(
      join(directory, "29990101000000_broken", "migration.sql"),
      "CREATE TABLE half (id int)",
    );
    expect(await run()).toEqual({ applied: ["29990101000000_broken"] });
  });

  test("may hold semicolons in texts and functions", async () => {
    add(
      "29990101000000_function",
      `CREATE FUNCTION answer() RETURNS text LANGUAGE plpgsql AS $$
         BEGIN RETURN 'a;b'; END;
       $$;`,
    );
    await run();
    expect(await query("SELECT answer()")).toEqual([{ answer: "a;b" }]);
  });

  test("[DEG9] an older server starts on a newer schema, and says so once", async () => {
    add("29990101000000_newer", "CREATE TABLE newer (id int)");
    await run();
    rmSync(join(directory, "29990101000000_newer"), { recursive: true });
    logged.length = 0;
    expect(await run()).toEqual({ applied: [] });
    expect(logged.map(({ fields }) => fields)).toEqual([{ newer: ["29990101000000_newer"] }]);
  });

  test("one that another tool left unfinished stops the start, by name", async () => {
    await run();
    await query("UPDATE _prisma_migrations SET finished_at = NULL");
    await expect(run()).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining(INIT),
    });
  });

  test("[DEG5] a database that is away is unavailable", async () => {
    const away = migrate({ url: "postgresql://postgres@127.0.0.1:9/x", directory, log });
    await expect(away).rejects.toMatchObject({ code: "unavailable" });
  });

  test("a folder without its file is named", async () => {
    mkdirSync(join(directory, "29990101000000_empty"));
    await expect(run()).rejects.toThrow(/29990101000000_empty/);
  });
});
