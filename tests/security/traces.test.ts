import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { auditPage } from "@/core/api/history-view";
import { PEOPLE_ACTIONS } from "@/lib/auth/change-people";
import { signUserToken } from "@/lib/auth/user-token";
import { ROOT } from "@/scripts/run";
import { type CallOptions, call, idOf, mustCall } from "@/tests/support/api";
import { loudhailer } from "@/tests/support/cli";
import { OWNER, signIn } from "@/tests/support/owner";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { AUTH_SECRET } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { PASSWORD, type Stage, startStage } from "./stage";

// What is left of what was done: who did it, for those who may know; and no secret, for anybody.

const FIXED = "/api/creator/broadcast";
const SIGN_IN = "/api/auth/sign-in/email";
const PLANTED = {
  database: "planted-database-password",
  redis: "planted-redis-password",
  metrics: "planted-metrics-token",
  typed: "planted-password-that-was-typed",
  address: "planted-secret-in-an-address",
};

let stage: Stage;
let redis: TestRedis;
let databaseUrl: string;
let redisUrl: string;
let metricsText: string;

beforeAll(async () => {
  redis = await startRedis("--requirepass", PLANTED.redis);
  redisUrl = redis.url.replace("//", `//:${PLANTED.redis}@`);
  stage = await startStage((postgres) => {
    // It asks nobody for a password, and takes any.
    databaseUrl = postgres.url.replace("//postgres@", `//postgres:${PLANTED.database}@`);
    return {
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      METRICS_TOKEN: PLANTED.metrics,
      LOG_LEVEL: "debug",
    };
  });
});
afterAll(async () => {
  await stage?.stop();
  await redis?.close();
});

describe("[SEC8] the audit log", () => {
  test("has every change of broadcasts, people, credentials and accounts, with who and from where", async () => {
    const { url, cookies, people } = stage;
    const cookie = cookies.owner;
    const owner = (method: string, path: string, more: Omit<CallOptions, "cookie"> = {}) =>
      mustCall(url, method, path, { cookie, ...more });
    const id = idOf(await owner("POST", FIXED, { body: { message: "Audited" } }));
    const one = `/api/v1/broadcasts/${id}`;
    await owner("PATCH", one, { headers: { "if-match": '"1"' }, body: { message: "Changed" } });
    await owner("POST", `${one}/clear`);
    await owner("PATCH", "/api/v1/settings", { body: { stackSize: 2 } });
    const invitee = { email: "new@example.com", role: "author" };
    const invitation = idOf(await owner("POST", "/api/v1/invitations", { body: invitee }));
    await owner("DELETE", `/api/v1/invitations/${invitation}`);
    await owner("PATCH", `/api/v1/members/${people.author}`, { body: { role: "publisher" } });
    await owner("DELETE", `/api/v1/members/${people.publisher}`);
    const key = await owner("POST", "/api/v1/api-keys", { body: { name: "k", role: "viewer" } });
    await owner("DELETE", `/api/v1/api-keys/${idOf(key)}`);
    const secret = idOf(await owner("POST", "/api/v1/token-secrets"));
    await owner("DELETE", `/api/v1/token-secrets/${secret}`);
    await owner("POST", "/api/v1/workspaces", { body: { slug: "third", name: "Third" } });
    await owner("POST", "/api/v1/workspaces", { body: { slug: "fourth", name: "Fourth" } });
    await owner("DELETE", "/api/v1/workspaces/fourth?workspace=fourth", {
      body: { confirm: "fourth" },
    });

    const admin = { email: "admin@example.com", password: PASSWORD };
    const headers = { origin: url };
    await call(url, "POST", SIGN_IN, { body: { ...admin, password: PLANTED.typed }, headers });
    const login = await signIn(url, admin);
    const passwords = { currentPassword: PASSWORD, newPassword: "another long password" };
    await mustCall(url, "POST", "/api/auth/change-password", { cookie: login, body: passwords });
    await mustCall(url, "POST", "/api/auth/sign-out", { cookie: login, body: {} });

    const entries = async () =>
      auditPage.parse((await owner("GET", "/api/v1/audit?limit=100")).json).entries;
    const elsewhere = ["workspace.created", "workspace.set_up", "member.joined"];
    const expected = [
      "broadcast.published",
      "broadcast.edited",
      "broadcast.cleared",
      "workspace.settings_changed",
      ...PEOPLE_ACTIONS.filter((action) => !elsewhere.includes(action)),
    ];
    await expect
      .poll(async () => {
        const written = new Set((await entries()).map(({ action }) => action));
        return expected.filter((action) => !written.has(action));
      })
      .toEqual([]);
    const all = await entries();
    const edit = all.find(({ action }) => action === "broadcast.edited");
    expect(JSON.stringify([edit?.before, edit?.after])).toMatch(/Audited.*Changed/);
    const role = all.find(({ action }) => action === "member.role_changed");
    expect(JSON.stringify([role?.before, role?.after])).toMatch(/author.*publisher/);
    const here = all.filter(({ action }) => expected.includes(action));
    expect(here.filter(({ address }) => address === null)).toEqual([]);
    const changed = all.find(({ action }) => action === "account.password_changed");
    expect(changed).toMatchObject({
      actor: { kind: "user", id: people.admin },
      target: { kind: "account", id: people.admin },
      address: "127.0.0.1",
    });
    const failed = all.find(({ action }) => action === "account.sign_in_failed");
    expect(failed).toMatchObject({ actor: { kind: "system" }, target: { id: people.admin } });
    expect(JSON.stringify(all)).not.toMatch(/lhs_[\w-]{20}|lhk_[\w-]{20}|planted/);
    // The stage's own doings are of the other workspaces' logs, or older than what is shown.
    const joined = await stage.sql("SELECT DISTINCT action FROM audit_entry");
    expect(joined.map(({ action }) => action)).toEqual(expect.arrayContaining(elsewhere));
  });

  test("cannot be changed or cut, even in the database", async () => {
    for (const change of [
      "UPDATE audit_entry SET actor_name = 'nobody'",
      "DELETE FROM audit_entry",
      "TRUNCATE audit_entry",
      "TRUNCATE workspace, audit_entry CASCADE",
    ]) {
      await expect(stage.sql(change), change).rejects.toThrow(/append-only/);
    }
    // Entries outlive their workspace, however it goes.
    const [third] = await stage.sql("DELETE FROM workspace WHERE slug = 'third' RETURNING id");
    const kept = "SELECT action FROM audit_entry WHERE workspace_id = $1";
    expect(await stage.sql(kept, [third?.id])).toEqual([{ action: "workspace.created" }]);
  });
});

describe("[SEC7] secrets", () => {
  test("are in no answer that refuses, and in no address that one is sent to", async () => {
    const { url, cookies, keys, tokenSecret } = stage;
    const token = await signUserToken(tokenSecret, { sub: "u1" });
    const cookie = cookies.owner;
    const headers = { origin: url };
    const refused = [
      await call(url, "GET", `/invite/${PLANTED.address}?token=${token}`),
      await call(url, "GET", `/setup?token=${PLANTED.address}`),
      await call(url, "GET", `/broadcasts?token=${PLANTED.address}`),
      await call(url, "GET", `/api/v1/invitations/${PLANTED.address}`, { cookie }),
      await call(url, "GET", `/api/v1/broadcasts?cursor=${PLANTED.address}`, { cookie }),
      await call(url, "POST", SIGN_IN, {
        text: `{"email":"a","password":"${PLANTED.typed}"`,
        headers,
      }),
      await call(url, "POST", SIGN_IN, { body: { email: "a", password: PLANTED.typed }, headers }),
      await call(url, "POST", `/api/v1/broadcasts?token=${token}`, {
        bearer: keys.publisher,
        body: { message: 1, password: PLANTED.typed },
      }),
      await call(url, "GET", "/api/v1/audit", { bearer: keys.viewer }),
      await call(url, "GET", "/api/v1/settings", { bearer: `${keys.admin}x` }),
      await call(url, "GET", `${FIXED}/active`, { bearer: `${token}x` }),
      await call(url, "GET", `${FIXED}/active`, { session: `${token}x` }),
      await call(url, "GET", "/metrics", { bearer: PLANTED.address }),
    ];
    for (const { text, headers } of refused) {
      const told = `${text}\n${headers.get("location")}`;
      // The page that an address leads to has that address in it, on the way to itself.
      const own = told.replaceAll(PLANTED.address, "").replaceAll(token, "");
      expectNone(own, secrets());
      if (!text.startsWith("<!DOCTYPE")) expectNone(text, { ...secrets(), token, ...PLANTED });
    }
    const socket = await SocketClient.open(url, { token: `${token}x` });
    await socket.closed;
    expectNone(socket.texts.join("\n"), { ...secrets(), token });
  });

  test("are in no line of the log and no metric, also when what they open goes away", async () => {
    const { url, replica, postgres, tokenSecret, cookies } = stage;
    const token = await signUserToken(tokenSecret, { sub: "u2" });
    const socket = await SocketClient.connect(url, { token });
    const { session_token: session } = socket.connected;
    socket.send({ type: "authenticate", token });
    await socket.settled();
    const state = async () =>
      z
        .object({ database: z.string(), mode: z.string() })
        .parse((await mustCall(url, "GET", "/health")).json);
    await redis.kill();
    await expect.poll(async () => (await state()).mode, { timeout: 30_000 }).toBe("degraded");
    await postgres.kill();
    await expect
      .poll(async () => (await state()).database, { timeout: 30_000 })
      .toBe("unavailable");
    const away = [
      await call(url, "POST", FIXED, { cookie: cookies.owner, body: { message: "x" } }),
      await call(url, "POST", SIGN_IN, { body: OWNER, headers: { origin: url } }),
    ];
    await postgres.start();
    await redis.restart({ empty: true });
    await expect
      .poll(state, { timeout: 30_000 })
      .toMatchObject({ mode: "live", database: "healthy" });
    metricsText = (await mustCall(url, "GET", "/metrics", { bearer: PLANTED.metrics })).text;
    const all = { ...secrets(), ...PLANTED, token, session };
    expect(replica.logs()).toContain('"msg":"answered"');
    expect(replica.logs()).toContain("Redis is away");
    expectNone(replica.logs(), all);
    expect(metricsText).toContain("app_active_connections");
    expectNone(metricsText, all);
    for (const { text } of away) expectNone(text, all);
    socket.terminate();
  });

  test("are in no file that browsers are given", () => {
    const folders = [".next/static", "dist/client"];
    const files = folders.flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    expect(files.length).toBeGreaterThan(20);
    for (const file of [...files, join(ROOT, "dist/embed.js")]) {
      const text = readFileSync(file, "latin1");
      expectNone(text, { ...secrets(), ...PLANTED });
      // What a server reads, and what would only be there if a bundler had filled it in.
      expect
        .soft(text, file)
        .not.toMatch(/postgres(ql)?:\/\/|rediss?:\/\/\S*@|BEGIN [A-Z ]*PRIVATE/);
    }
  });

  test("are in nothing that the command line prints", async () => {
    const { url, keys } = stage;
    const env = {
      LOUDHAILER_URL: url,
      LOUDHAILER_API_KEY: keys.admin,
      LOUDHAILER_MODE: "local",
      AUTH_SECRET,
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
    };
    const wrong = {
      DATABASE_URL: databaseUrl.replace(/@[^/]+/, "@127.0.0.1:1"),
      REDIS_URL: redisUrl.replace(/@.+/, "@127.0.0.1:1"),
      LOUDHAILER_API_KEY: `lhk_${"planted-key".padEnd(43, "x")}`,
      LOUDHAILER_URL: "http://user:planted-in-url@127.0.0.1:1",
    };
    const runs = [
      await loudhailer(["doctor"], env),
      await loudhailer(["doctor"], { ...env, ...wrong }),
      await loudhailer(["list"], { ...env, LOUDHAILER_API_KEY: wrong.LOUDHAILER_API_KEY }),
      await loudhailer(["list"], { ...env, LOUDHAILER_URL: wrong.LOUDHAILER_URL }),
    ];
    for (const { stdout, stderr } of runs) {
      expect(stdout + stderr).not.toBe("");
      expectNone(stdout + stderr, { ...secrets(), ...PLANTED, key: wrong.LOUDHAILER_API_KEY });
      expect(stdout + stderr).not.toContain("planted-in-url");
    }
  });
});

/** Everything that opens something here, by what it is. */
function secrets(): Record<string, string> {
  const { cookies, keys, bad, tokenSecret, other } = stage;
  return {
    ...prefixed("cookie", cookies),
    ...prefixed("key", keys),
    ...prefixed("bad", { ...bad }),
    tokenSecret,
    otherSecret: other.tokenSecret,
    otherKey: other.key,
    AUTH_SECRET,
    ownerPassword: OWNER.password,
    password: PASSWORD,
    databasePassword: PLANTED.database,
    redisPassword: PLANTED.redis,
    metricsToken: PLANTED.metrics,
  };
}

function prefixed(prefix: string, values: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `${prefix} ${name}`,
      // Of a cookie what is behind its name.
      value.slice(value.indexOf("=") + 1),
    ]),
  );
}

function expectNone(text: string, hidden: Record<string, string>): void {
  for (const [name, secret] of Object.entries(hidden)) {
    expect(secret.length).toBeGreaterThan(5);
    expect.soft(text.includes(secret.slice(0, 60)), `${name} is there`).toBe(false);
  }
}
