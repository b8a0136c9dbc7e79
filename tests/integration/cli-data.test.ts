import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { mustCall } from "@/tests/support/api";
import { loudhailer, RunningCli } from "@/tests/support/cli";
import { createApiKey, OWNER_ENV, signIn } from "@/tests/support/owner";
import { startPostgres } from "@/tests/support/postgres";
import { type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";

/** The installation makes its own secret, as on a laptop. */
const OWN_SECRET = { AUTH_SECRET: "" };

const folder = mkdtempSync(join(tmpdir(), "cli-data-"));
const running: Replica[] = [];
afterAll(async () => {
  await Promise.all(running.map((replica) => replica.kill()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(dataDir: string, env: Record<string, string> = {}): Promise<Replica> {
  const replica = await startReplica({ dataDir, env: { ...OWN_SECRET, ...OWNER_ENV, ...env } });
  running.push(replica);
  return replica;
}

/** An installation in which something has happened: one broadcast is dismissed, one is not. */
async function lived(dataDir: string) {
  const replica = await start(dataDir);
  const key = await createApiKey(replica.url, await signIn(replica.url), "publisher");
  const say = (message: string) =>
    mustCall(replica.url, "POST", "/api/creator/broadcast", {
      bearer: key,
      body: { message, replace: false, title: 'Ünï\\cödé 🚀 "x"' },
    });
  await say("dismissed");
  await say("stays");
  const visitor = await SocketClient.connect(replica.url);
  const [dismissed] = visitor.frames.flatMap((frame) =>
    frame.type === "active_broadcast" && frame.broadcast.message === "dismissed"
      ? [frame.broadcast.id]
      : [],
  );
  visitor.send({ type: "acknowledge_broadcast", broadcast_id: dismissed });
  await visitor.waitFor("broadcast_acknowledged");
  const { session_token: session, epoch } = visitor.connected;
  await visitor.close();
  return { replica, key, session, epoch };
}

/** Nothing of `lived` may be missing. */
async function expectLife(url: string, { key, session }: { key: string; session: string }) {
  const listed = await mustCall(url, "GET", "/api/v1/broadcasts", { bearer: key });
  const { broadcasts } = z
    .object({ broadcasts: z.array(z.object({ message: z.string(), title: z.string() })) })
    .parse(listed.json);
  expect(broadcasts.map(({ message }) => message).sort()).toEqual(["dismissed", "stays"]);
  expect(broadcasts[0]?.title).toBe('Ünï\\cödé 🚀 "x"');
  const visitor = await SocketClient.connect(url, { session });
  expect(visitor.connected.active).toHaveLength(1);
  await visitor.close();
  // Numbers go on after the highest there is.
  await mustCall(url, "POST", "/api/creator/broadcast", { bearer: key, body: { message: "new" } });
  return visitor.connected.epoch;
}

/** Making a database from nothing takes seconds, and these tests make several. */
const PATIENT = { timeout: 180_000 };

const from = join(folder, "from");
const file = join(folder, "whole.backup");
let life: Awaited<ReturnType<typeof lived>>;

beforeAll(async () => {
  life = await lived(from);
});

describe("the embedded data", () => {
  test("[DEG1] are backed up while the server runs, and come back whole", PATIENT, async () => {
    const saved = await loudhailer(["backup", file], { DATA_DIR: from });
    expect(saved).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+ rows written to/) });
    expect(statSync(file).mode & 0o077).toBe(0);

    const to = join(folder, "to");
    const restored = await loudhailer(["restore", file], { DATA_DIR: to });
    expect(restored.stderr).toBe("");
    expect(restored.stdout).toMatch(/^\d+ rows of .* restored to/);
    const again = await start(to);
    expect(await expectLife(again.url, life)).not.toBe(life.epoch);
    await again.stop();
  });

  test(
    "[DEG1] are replaced only when that is asked for, and never under a server",
    PATIENT,
    async () => {
      const to = join(folder, "to");
      const refused = await loudhailer(["restore", file], { DATA_DIR: to });
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("--replace") });
      const inUse = await loudhailer(["restore", file, "--replace"], { DATA_DIR: from });
      expect(inUse.stderr).toContain(`Process ${life.replica.pid} has the data`);
      const replaced = await loudhailer(["restore", file, "--replace"], { DATA_DIR: to });
      expect(replaced.stdout).toContain("before-restore-");
      expect(readdirSync(to).sort()).toEqual([
        "auth-secret",
        expect.stringMatching(/^before-restore-/),
        "db",
        "lock",
      ]);
    },
  );

  test("a backup that is not whole changes nothing", PATIENT, async () => {
    const whole = readFileSync(file);
    const half = join(folder, "half.backup");
    const empty = join(folder, "empty");
    writeFileSync(half, whole.subarray(0, whole.length / 2));
    const cut = await loudhailer(["restore", half], { DATA_DIR: empty });
    expect(cut).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be read") });
    const lines = gunzipSync(whole).toString().trimEnd().split("\n");
    writeFileSync(half, gzipSync(lines.slice(0, -1).join("\n")));
    const endless = await loudhailer(["restore", half], { DATA_DIR: empty });
    expect(endless).toMatchObject({ code: 1, stderr: expect.stringContaining("not complete") });
    writeFileSync(half, "no backup at all");
    expect((await loudhailer(["restore", half], { DATA_DIR: empty })).code).toBe(1);
    const absent = await loudhailer(["restore", `${half}.x`], { DATA_DIR: empty });
    expect(absent.stderr).toContain("There is no file");
    expect(readdirSync(empty).filter((name) => name !== "lock")).toEqual([]);
  });

  test(
    "[DEG1] a restore that is killed hides nothing, and can be done again",
    PATIENT,
    async () => {
      const to = join(folder, "killed");
      const restoring = () => readdirSync(to).filter((name) => name.startsWith("restoring-"));
      mkdirSync(to);
      const killed = new RunningCli(["restore", file], { DATA_DIR: to });
      await expect.poll(restoring, { timeout: 20_000, interval: 10 }).toHaveLength(1);
      killed.child.kill("SIGKILL");
      await killed.ended;
      expect(readdirSync(to)).not.toContain("db");
      await expect(start(to)).rejects.toThrow(/A restore into .+ was interrupted\. Run it again/);
      const again = await loudhailer(["restore", file], { DATA_DIR: to });
      expect(again).toMatchObject({ code: 0, stderr: "" });
      expect(restoring()).toEqual([]);
    },
  );

  test("a backup that cannot be written, or was killed before, is said in words", async () => {
    const nowhere = await loudhailer(["backup", join(folder, "no/such/x")], { DATA_DIR: from });
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot be written/) });
    expect(nowhere.stderr.trim().split("\n")).toHaveLength(1);
    const second = join(folder, "second.backup");
    writeFileSync(`${second}.part`, "half a backup");
    expect(await loudhailer(["backup", second], { DATA_DIR: from })).toMatchObject({ code: 0 });
  });

  test("[DEG9] a newer version's backup is refused, naming what is not known", async () => {
    const lines = gunzipSync(readFileSync(file)).toString().split("\n");
    lines[0] = (lines[0] ?? "").replace("_init", "_from_the_future");
    const newer = join(folder, "newer.backup");
    writeFileSync(newer, gzipSync(lines.join("\n")));
    const { code, stderr } = await loudhailer(["restore", newer], {
      DATA_DIR: join(folder, "new"),
    });
    expect(stderr).toContain("_from_the_future. Use that version or a later one");
    expect(code).toBe(1);
  });

  test(
    "[DEG1] move to PostgreSQL whole, once, and only while no server has them",
    PATIENT,
    async () => {
      const postgres = await startPostgres();
      try {
        const env = { DATA_DIR: from, DATABASE_URL: postgres.url };
        const tooEarly = await loudhailer(["move-to-postgres"], env);
        expect(tooEarly).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("are in use by"),
        });
        await life.replica.stop();

        const moved = await loudhailer(["move-to-postgres"], env);
        expect(moved.stderr).toBe("");
        expect(moved.stdout).toMatch(/^\d+ rows copied\./);
        const secret = readFileSync(join(from, "auth-secret"), "utf8").trim();
        const replica = await start(join(folder, "unused"), {
          DATABASE_URL: postgres.url,
          AUTH_SECRET: secret,
        });
        expect(await expectLife(replica.url, life)).toBe(life.epoch);
        await replica.stop();

        const twice = await loudhailer(["move-to-postgres"], env);
        expect(twice).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("Give an empty one"),
        });
      } finally {
        await postgres.stop();
      }
    },
  );

  test("what there is none of is said in words", async () => {
    const nowhere = { DATA_DIR: join(folder, "nowhere") };
    expect((await loudhailer(["backup"], nowhere)).stderr).toContain("There are no embedded data");
    expect((await loudhailer(["move-to-postgres"], nowhere)).code).toBe(2);
    const elsewhere = { ...nowhere, DATABASE_URL: "postgresql://localhost/x" };
    expect((await loudhailer(["backup"], elsewhere)).stderr).toContain("pg_dump");
  });
});
