import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { loudhailer, RunningCli } from "@/tests/support/cli";
import { createApiKey, OWNER_ENV, signIn } from "@/tests/support/owner";
import { AUTH_SECRET, type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";

const dataDir = mkdtempSync(join(tmpdir(), "cli-"));
let replica: Replica;
let env: Record<string, string>;

const run = (...args: string[]) => loudhailer(args, env);

beforeAll(async () => {
  replica = await startReplica({ dataDir, env: OWNER_ENV });
  const key = await createApiKey(replica.url, await signIn(replica.url), "publisher");
  env = { LOUDHAILER_URL: replica.url, LOUDHAILER_API_KEY: key, DATA_DIR: dataDir, AUTH_SECRET };
});

afterAll(async () => {
  await replica.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

describe("loudhailer broadcast", () => {
  test("§ 9: says how many have it and for how many it is stored", async () => {
    const sockets = [await SocketClient.connect(replica.url)];
    const session = sockets[0]?.connected.session_token;
    sockets.push(await SocketClient.connect(replica.url, { session }));
    sockets.push(await SocketClient.connect(replica.url));
    const gone = await SocketClient.connect(replica.url);
    await gone.close();

    const { stdout, code } = await run("broadcast", "text", "--level", "warning");
    expect(stdout).toBe(
      'Broadcast message sent: "text" (level: warning) - live on 3 connections, stored for 3 sessions\n',
    );
    expect(code).toBe(0);
    for (const socket of sockets) {
      const { broadcast } = await socket.waitFor("new_broadcast");
      expect(broadcast).toMatchObject({ message: "text", type: "warning" });
      await socket.close();
    }
    await run("clear", "--all");
  });

  test("§ 9: everything that an author can say can be said", async () => {
    const { stdout } = await run(
      ...["broadcast", "Read this", "--json", "--title", "News", "--ends-in", "2h", "--replace"],
      ...["--no-dismissible", "--action-label", "Read", "--action-url", "/news"],
      ...["--path", "/pricing", "/docs/*", "--audience", '{"roles":["admin"]}'],
    );
    const { id } = z
      .object({ id: z.string(), sent_to_users: z.literal(0) })
      .parse(JSON.parse(stdout));
    const { stdout: listed } = await run("list", "--status", "live", "--json");
    const { broadcasts } = z
      .object({ broadcasts: z.array(z.looseObject({})) })
      .parse(JSON.parse(listed));
    expect(broadcasts).toEqual([
      expect.objectContaining({
        id,
        title: "News",
        dismissible: false,
        action: { label: "Read", url: "/news" },
        paths: ["/pricing", "/docs/*"],
        audience: { roles: ["admin"] },
      }),
    ]);
    expect((await run("clear", id)).stdout).toMatch(/^Broadcast cleared successfully/);
  });

  test("§ 9: one for later says when", async () => {
    const { stdout } = await run("broadcast", "Soon", "--starts-in", "2h");
    expect(stdout).toMatch(/^Broadcast scheduled for \d{4}-.*Z: "Soon" \(level: info\)\n$/);
    expect((await run("list", "--status", "scheduled")).stdout).toMatch(
      /scheduled {2}info {5}Soon/,
    );
  });

  test.each([
    [["broadcast", ""], 1, "Broadcast message cannot be empty"],
    [["broadcast", "x", "--level", "loud"], 2, "Allowed choices are info"],
    [["broadcast", "x", "--ends-in", "soon"], 2, "is not a duration"],
    [["broadcast", "x", "--audience", "everyone"], 2, "--audience takes JSON"],
    [["broadcast", "x", "--action-label", "Read"], 2, "go together"],
    [["clear"], 2, "Name one broadcast"],
    [["clear", "11111111-1111-4111-8111-111111111111"], 1, "Broadcast not found"],
    [["list", "--limit", "0"], 2, "from 1 to 100"],
    [["sing"], 2, "unknown command"],
  ])("§ 9: %j exits with %i and says why", async (args, code, words) => {
    const result = await run(...args);
    expect(result.stderr).toContain(words);
    expect(result.code).toBe(code);
    expect(result.stdout).toBe("");
  });

  test("[SEC4] a key that may not is refused, and told apart from no key", async () => {
    const viewer = await createApiKey(replica.url, await signIn(replica.url), "viewer");
    const refused = await loudhailer(["clear", "--all"], { ...env, LOUDHAILER_API_KEY: viewer });
    expect(refused.code).toBe(4);
    const nobody = await loudhailer(["clear", "--all"], { LOUDHAILER_URL: replica.url });
    expect(nobody).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("LOUDHAILER_API_KEY"),
    });
  });

  test("§ 9: where no server answers it says so, and exits with 3", async () => {
    const url = `http://127.0.0.1:${await closedPort()}`;
    const result = await loudhailer(["list"], { ...env, LOUDHAILER_URL: url });
    expect(result.code).toBe(3);
    expect(result.stderr).toContain(`No server answers at ${url}`);
    expect(result.stderr).toContain("ECONNREFUSED");
  });
});

describe("loudhailer sessions", () => {
  test("§ 9: explains the difference between connected and stored", async () => {
    const [one, two] = [
      await SocketClient.connect(replica.url),
      await SocketClient.connect(replica.url),
    ];
    await two.close();
    const { stdout } = await run("sessions");
    expect(stdout).toMatch(/^Active connections {2}1 \(1 recipient, 1 session\)$/m);
    expect(stdout).toMatch(/^Would reach {9}(\d+) \(1 now, \d+ on their return\)$/m);
    expect(stdout).toMatch(/^The difference: \d+ sessions? without an open connection/m);
    await one.close();
  });

  test("[AUD4] counts whom an audience would reach now", async () => {
    const socket = await SocketClient.connect(replica.url);
    const { stdout } = await run("sessions", "--audience", '{"signedIn":"signed-in"}');
    expect(stdout).toMatch(/^Would reach {9}0 of 1 now$/m);
    await socket.close();
  });
});

describe("loudhailer token and watch", () => {
  test("§ 9: a token from the server's own data is a user of its workspace", async () => {
    const { stdout } = await run(
      ...["token", "--user", "u1", "--role", "admin", "--name", "Ulla", "--trait", "plan=pro"],
    );
    const socket = await SocketClient.connect(replica.url, { token: stdout.trim() });
    expect(socket.connected.user_id).toBe("u1");
    await run("broadcast", "For admins", "--audience", '{"roles":["admin"]}');
    await socket.waitFor("new_broadcast");
    await socket.close();
    await run("clear", "--all");
  });

  test("[SEC7] a token can be signed where there is only the workspace's secret", async () => {
    const secret = "lhs_a-secret-that-is-not-this-workspaces";
    const { stdout } = await loudhailer(
      ["token", "--user", "u1", "--secret-file", "-"],
      {},
      `${secret}\n`,
    );
    const [, payload = ""] = stdout.split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ sub: "u1" });
    expect(stdout).not.toContain(secret);
  });

  test("[SEC9] with another AUTH_SECRET no token can be had", async () => {
    const other = { ...env, AUTH_SECRET: "another secret of at least 32 characters" };
    const result = await loudhailer(["token", "--user", "u1"], other);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toContain("not the one of that database");
  });

  test("§ 9: watch is a recipient, and ends when it is told to", async () => {
    const watcher = new RunningCli(["watch"], env);
    await watcher.until(/Connected to default .* as an anonymous visitor: 0 banners\./);
    await run("broadcast", "Hello", "--title", "Hi");
    await watcher.until(/^new .* info {4}Hi: Hello \(by .*\)$/m);
    await run("clear", "--all");
    await watcher.until(/^gone .* \(cleared\)$/m);
    expect(await watcher.stop()).toBe(0);
  });

  test("§ 9: watch with --json prints the frames as they come; the team has figures", async () => {
    const watcher = new RunningCli(["watch", "--team", "--json"], env);
    await watcher.until(/"type":"stats"/);
    await watcher.stop();
    for (const line of watcher.stdout.trim().split("\n")) {
      expect(JSON.parse(line)).toHaveProperty("type");
    }
  });

  test("§ 9: watch says why it is not let in", async () => {
    const watcher = await loudhailer(["watch", "--token", "nonsense"], env);
    expect(watcher.code).toBe(4);
    expect(watcher.stderr).toContain("token expired or invalid (4401)");
  });
});

test("§ 9: help shows every command, with examples and exit codes", async () => {
  const { stdout, code } = await run("--help");
  expect(code).toBe(0);
  for (const word of ["broadcast", "restore", "Examples:", "Exit codes:"]) {
    expect(stdout).toContain(word);
  }
});

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
