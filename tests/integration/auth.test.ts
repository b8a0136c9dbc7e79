import { fileURLToPath } from "node:url";
import { decodeJwt, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Role } from "@/core/roles";
import { createApiKey, listApiKeys, revokeApiKey } from "@/lib/auth/api-key";
import { type Auth, createAuth } from "@/lib/auth/auth";
import {
  completeSetup,
  ensureInstallation,
  ensureOwnerFromEnv,
  needsSetup,
} from "@/lib/auth/setup";
import { addTokenSecret, listTokenSecrets, revokeTokenSecret } from "@/lib/auth/token-secret";
import { signUserToken } from "@/lib/auth/user-token";
import type { Caller, MemberCaller, ServiceContext } from "@/lib/context";
import { parseEnv } from "@/lib/env";
import { createLogger } from "@/lib/logger";
import { type Composition, compose } from "@/lib/runtime";
import type { Runtime } from "@/lib/runtime-context";
import { acceptInvitation, viewInvitation } from "@/lib/team/accept-invitation";
import { createWorkspace } from "@/lib/team/create-workspace";
import { cancelInvitation, inviteMember, listInvitations } from "@/lib/team/invitations";
import { changeRole, listMembers, removeMember } from "@/lib/team/members";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const URL_ = "http://localhost:3000";
const HOST = { host: "localhost:3000" };
const ADDRESS = "10.0.0.1";
const OWNER = { email: "owner@example.com", password: "correct horse battery" };
const logger = createLogger("silent", { worker: "test" });

let postgres: PostgresServer;
let composition: Composition;
let runtime: Runtime;
let databases = 0;

beforeAll(async () => {
  postgres = await startPostgres();
  await start();
});
afterAll(async () => {
  await composition?.close();
  await postgres?.stop();
});

/** A process as it starts on an empty database. */
async function start(env: Record<string, string> = {}): Promise<void> {
  await composition?.close();
  databases += 1;
  const url = await postgres.createDatabase(`auth${databases}`);
  composition = await compose({
    env: parseEnv({
      LOUDHAILER_MODE: "local",
      DATABASE_URL: url,
      AUTH_SECRET: "a secret that only the tests know, 44 chars.",
      ...env,
    }),
    logger,
    root: ROOT,
    version: "0.0.0",
    workerId: "test",
  });
  runtime = composition.runtime;
  composition.feed.onControl((control) => runtime.authenticator.apply(control));
}

async function code(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error) => String(error.code),
  );
}

function post(
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  return runtime.auth.handler(
    new Request(`${URL_}/api/auth${path}`, {
      method: "POST",
      headers: { ...HOST, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    }),
    { address: ADDRESS },
  );
}

/** What goes into a `Cookie` header. */
function cookieOf(setCookies: string[]): string {
  return setCookies.map((line) => line.split(";")[0]).join("; ");
}

async function signIn(credentials = OWNER): Promise<string> {
  return cookieOf(await runtime.auth.signIn(credentials, HOST, { address: ADDRESS }));
}

function resolve(headers: Record<string, string>, query = ""): Promise<Caller> {
  return runtime.authenticator.resolve({
    headers: { ...HOST, ...headers },
    url: new URL(`${URL_}/api/v1/broadcasts?${query}`),
    address: ADDRESS,
    method: "GET",
  });
}

async function member(cookie: string): Promise<MemberCaller> {
  const caller = await resolve({ cookie });
  if (caller.kind !== "member") throw new Error(`It is a ${caller.kind}.`);
  return caller;
}

async function contextOf(credentials = OWNER): Promise<ServiceContext> {
  const { workspace, actor } = await member(await signIn(credentials));
  return { workspace, actor };
}

async function setUp(): Promise<void> {
  const input = { ...OWNER, name: "Olga", workspaceName: "Acme", token: runtime.vault.setupToken };
  await completeSetup(input, ADDRESS);
}

let people = 0;
/** Somebody with an account and this role, joined by invitation. */
async function join(owner: ServiceContext, role: Exclude<Role, "owner">) {
  people += 1;
  const credentials = { email: `person${people}@example.com`, password: "a long password" };
  const { id } = await inviteMember(owner, { email: credentials.email, role });
  const input = { id, name: `Person ${people}`, password: credentials.password };
  const cookie = cookieOf(await acceptInvitation(input, { headers: HOST, address: ADDRESS }));
  const caller = await member(cookie);
  return {
    credentials,
    cookie,
    caller,
    context: { workspace: caller.workspace, actor: caller.actor },
  };
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return (await runtime.database.pool.query(sql)).rows;
}

async function actions(): Promise<unknown[]> {
  return (await rows("SELECT action FROM audit_entry ORDER BY id")).map((row) => row.action);
}

describe("the first start", () => {
  beforeAll(() => start());

  test("[SEC2] has the workspace `default`, with a secret, and nobody in it", async () => {
    const workspace = runtime.feed.workspaceBySlug("default");
    expect(workspace?.tokenSecrets).toEqual([expect.stringMatching(/^lhs_[\w-]{43}$/)]);
    expect(await needsSetup()).toBe(true);
    expect(await rows('SELECT 1 FROM "user"')).toEqual([]);
  });

  test("keeps that secret sealed", async () => {
    const [secret = ""] = runtime.feed.workspaceBySlug("default")?.tokenSecrets ?? [];
    const [row] = await rows("SELECT sealed FROM token_secret");
    expect(row?.sealed).not.toContain(secret.slice(4));
  });

  test("of several replicas at once makes one installation", async () => {
    const { identity } = runtime;
    const secret = "a secret that only the tests know, 44 chars.";
    await Promise.all(Array.from({ length: 8 }, () => ensureInstallation(identity, secret)));
    expect(await rows("SELECT slug FROM workspace")).toEqual([{ slug: "default" }]);
    expect(await rows("SELECT 1 FROM token_secret")).toHaveLength(1);
  });

  test("[SEC9] a replica with another AUTH_SECRET is refused", async () => {
    await expect(
      ensureInstallation(runtime.identity, "another secret, also with 44 characters in it"),
    ).rejects.toThrow(/AUTH_SECRET is not the one/);
  });

  test("[SEC2] nobody can sign up", async () => {
    const body = { email: "me@example.com", password: "a long password", name: "Me" };
    expect((await post("/sign-up/email", body)).status).toBe(404);
    expect(await rows('SELECT 1 FROM "user"')).toEqual([]);
  });
});

describe("set-up", () => {
  beforeEach(() => start());
  const input = { ...OWNER, name: "Olga", workspaceName: "Acme" };

  test("[SEC2] takes the link's token", async () => {
    for (const token of ["", "x", "x".repeat(43)]) {
      expect(await code(completeSetup({ ...input, token }, ADDRESS))).toBe("forbidden");
    }
    expect(await needsSetup()).toBe(true);
  });

  test("[SEC2] of two at once, one wins and the other is told", async () => {
    const { setupToken: token } = runtime.vault;
    const outcomes = await Promise.all([
      code(completeSetup({ ...input, token, email: "one@example.com" }, ADDRESS)),
      code(completeSetup({ ...input, token, email: "two@example.com" }, ADDRESS)),
    ]);
    expect(outcomes.sort()).toEqual(["conflict", "done"]);
    expect(await rows('SELECT 1 FROM "user"')).toHaveLength(1);
    expect(await rows("SELECT role FROM member")).toEqual([{ role: "owner" }]);
    expect(await code(completeSetup({ ...input, token }, ADDRESS))).toBe("conflict");
  });

  test("makes an owner who can sign in, names the workspace, and is on record", async () => {
    await setUp();
    const { actor, workspace, viewer } = await member(await signIn());
    expect(actor).toMatchObject({ kind: "user", name: "Olga", role: "owner" });
    expect(viewer.recipient).toBe(`team:${actor.id}`);
    expect(workspace.name).toBe("Acme");
    expect(await rows("SELECT action, actor_name, address FROM audit_entry")).toEqual([
      { action: "workspace.set_up", actor_name: "Olga", address: ADDRESS },
      { action: "account.signed_in", actor_name: "Olga", address: ADDRESS },
    ]);
  });

  test("[SEC2] from the environment makes an owner where there is none, once", async () => {
    await start({
      LOUDHAILER_ADMIN_EMAIL: "Boss@Example.com",
      LOUDHAILER_ADMIN_PASSWORD: OWNER.password,
    });
    const boss = { email: "boss@example.com", password: OWNER.password };
    expect((await contextOf(boss)).actor.role).toBe("owner");
    await Promise.all([ensureOwnerFromEnv(OWNER), ensureOwnerFromEnv(OWNER)]);
    expect(await rows('SELECT email FROM "user"')).toEqual([{ email: "boss@example.com" }]);
  });

  test("[SEC2] of many replicas from the environment at once ends with one owner", async () => {
    await Promise.all(Array.from({ length: 4 }, () => ensureOwnerFromEnv(OWNER)));
    expect(await rows('SELECT 1 FROM "user"')).toHaveLength(1);
  });
});

describe("signing in", () => {
  beforeAll(async () => {
    await start();
    await setUp();
  });

  test("[SEC3] sets a cookie that scripts and other sites cannot use", async () => {
    const response = await post("/sign-in/email", OWNER);
    expect(response.status).toBe(200);
    const [line = ""] = response.headers.getSetCookie();
    expect(line).toMatch(/^loudhailer\.session_token=/);
    expect(line).toMatch(/; HttpOnly/i);
    expect(line).toMatch(/; SameSite=Lax/i);
    expect(line).toMatch(/; Path=\//i);
    expect(line).not.toMatch(/; Secure/i);
  });

  test("[SEC3] over https, as a trusted proxy says, the cookie is Secure", async () => {
    const auth = authWith({ publicUrl: null, mode: "local", trustProxy: 1 });
    const headers = { ...HOST, "x-forwarded-proto": "https" };
    const [line = ""] = await auth.signIn(OWNER, headers, { address: ADDRESS });
    expect(line).toMatch(/; Secure/i);
  });

  test("[SEC3] in production over https the cookie's name says that it is Secure", async () => {
    const publicUrl = "https://loud.example.com";
    const auth = authWith({ publicUrl, mode: "production", trustProxy: 1 });
    const [line = ""] = await auth.signIn(OWNER, HOST, { address: ADDRESS });
    expect(line).toMatch(/^__Secure-loudhailer\.session_token=.*; Secure/i);
    expect(await auth.login({ cookie: cookieOf([line]) })).toMatchObject({
      user: { email: OWNER.email },
    });
  });

  test("[SEC3] from a foreign page is refused", async () => {
    const response = await post("/sign-in/email", OWNER, { origin: "http://evil.test" });
    expect(response.status).toBe(403);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect(await response.json()).toMatchObject({ status: "error", code: "foreign_origin" });
  });

  test("[SEC3] from a form of another site is refused, though browsers name no origin then", async () => {
    const headers = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    expect((await post("/sign-in/email", OWNER, headers)).status).toBe(403);
  });

  test.each([
    ["the wrong password", { ...OWNER, password: "wrong password" }],
    ["an unknown address", { email: "nobody@example.com", password: "wrong password" }],
  ])("with %s is refused in the same words", async (_, credentials) => {
    const response = await post("/sign-in/email", credentials);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ message: "Invalid email or password" });
  });

  test("keeps nothing of the password but a slow hash", async () => {
    const [account] = await rows("SELECT password FROM account");
    expect(account?.password).toMatch(/^scrypt\$/);
    expect(account?.password).not.toContain("horse");
  });

  test("[SEC3] too often with wrong passwords is answered 429, in words, with the time to wait", async () => {
    const target = { email: "victim@example.com", password: "guess guess" };
    const statuses: number[] = [];
    for (let index = 0; index < 10; index += 1) {
      statuses.push((await post("/sign-in/email", target)).status);
    }
    expect(new Set(statuses)).toEqual(new Set([401]));
    const refused = await post("/sign-in/email", target);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(500);
    expect(await refused.json()).toEqual({
      status: "error",
      code: "too_many",
      message: expect.stringMatching(/^Too many sign-ins\. Try again in \d+ minutes\.$/),
    });
    expect((await post("/sign-in/email", OWNER)).status).toBe(200);
  });

  test.each([
    ["{", 400],
    ["null", 400],
    ['{"email":1,"password":2}', 400],
    [JSON.stringify({ email: "x".repeat(20_000) }), 413],
  ])("with a body such as %.20s is answered, not crashed on", async (body, status) => {
    const request = new Request(`${URL_}/api/auth/sign-in/email`, {
      method: "POST",
      headers: { ...HOST, "content-type": "application/json" },
      body,
    });
    expect((await runtime.auth.handler(request)).status).toBe(status);
  });

  test("notes where it came from, and believes no header about that", async () => {
    const headers = { "x-loudhailer-address": "6.6.6.6", "x-forwarded-for": "6.6.6.6" };
    await post("/sign-in/email", OWNER, headers);
    const [login] = await rows("SELECT ip_address FROM login ORDER BY created_at DESC LIMIT 1");
    expect(login?.ip_address).toBe(ADDRESS);
  });

  test("better-auth's own ways to change people are closed", async () => {
    const cookie = await signIn();
    const headers = { cookie, origin: URL_ };
    const paths = [
      "/organization/create",
      "/organization/delete",
      "/organization/invite-member",
      "/organization/remove-member",
      "/organization/update-member-role",
      "/organization/leave",
      "/update-user/../organization/delete",
      "/delete-user",
      "/change-email",
      "/request-password-reset",
    ];
    for (const path of paths) expect((await post(path, {}, headers)).status).toBe(404);
  });

  test("the person can be asked for, and its workspaces", async () => {
    const cookie = await signIn();
    const get = async (path: string) => {
      const request = new Request(`${URL_}/api/auth${path}`, { headers: { ...HOST, cookie } });
      return (await runtime.auth.handler(request)).json();
    };
    expect(await get("/get-session")).toMatchObject({ user: { email: OWNER.email } });
    expect(await get("/organization/list")).toMatchObject([{ slug: "default", name: "Acme" }]);
  });

  function authWith(origins: Parameters<typeof createAuth>[0]["origins"]): Auth {
    return createAuth({
      prisma: runtime.database.prisma,
      secret: "a secret that only the tests know, 44 chars.",
      origins,
      logger,
      signInsPer10Minutes: 0,
    });
  }
});

describe("a login", () => {
  beforeAll(async () => {
    await start();
    await setUp();
  });

  test("[SEC3] ends when the person signs out, here and for what is open", async () => {
    const cookie = await signIn();
    const caller = await member(cookie);
    expect((await post("/sign-out", {}, { cookie, origin: URL_ })).status).toBe(200);
    expect(runtime.authenticator.isRevoked(caller)).toBe(true);
    expect(await runtime.authenticator.recheck(caller)).toBe("ended");
    expect((await resolve({ cookie })).kind).toBe("nobody");
  });

  test("[SEC3] is not ended from a foreign page", async () => {
    const cookie = await signIn();
    const response = await post("/sign-out", {}, { cookie, origin: "http://evil.test" });
    expect(response.status).toBe(403);
    expect((await resolve({ cookie })).kind).toBe("member");
  });

  test("[SEC3] ends elsewhere when the password changes, if that is asked for", async () => {
    const elsewhere = await member(await signIn());
    const cookie = await signIn();
    const body = {
      currentPassword: OWNER.password,
      newPassword: "another long password",
      revokeOtherSessions: true,
    };
    const response = await post("/change-password", body, { cookie, origin: URL_ });
    expect(response.status).toBe(200);
    expect(await runtime.authenticator.recheck(elsewhere)).toBe("ended");
    expect(await code(signIn())).toBe("unauthenticated");
    expect(await code(signIn({ ...OWNER, password: "another long password" }))).toBe("done");
    const back = { currentPassword: "another long password", newPassword: OWNER.password };
    const again = await signIn({ ...OWNER, password: "another long password" });
    expect((await post("/change-password", back, { cookie: again, origin: URL_ })).status).toBe(
      200,
    );
  });

  test("[SEC3] is no way to find out the password: it is asked for as often as at sign-in", async () => {
    const { cookie, credentials } = await join(await contextOf(), "viewer");
    const headers = { cookie, origin: URL_ };
    const guess = { currentPassword: "guess guess", newPassword: "another long password" };
    for (let index = 0; index < 10; index += 1) {
      expect((await post("/change-password", guess, headers)).status).toBe(400);
    }
    const right = { ...guess, currentPassword: credentials.password };
    const refused = await post("/change-password", right, headers);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(500);
    expect((await post("/sign-in/email", credentials)).status).toBe(429);
    expect((await post("/change-password", guess, { origin: URL_ })).status).toBe(401);
  });

  test("[SEC8] what people do with their account is on record where they are members", async () => {
    const owner = await contextOf();
    const { cookie, credentials, caller } = await join(owner, "author");
    const [{ before } = {}] = await rows("SELECT max(id) AS before FROM audit_entry");
    const password = "another long password";
    await post("/sign-in/email", { ...credentials, password: "wrong wrong" });
    await post("/sign-in/email", { email: "nobody@example.com", password: "wrong wrong" });
    const body = { currentPassword: credentials.password, newPassword: password };
    await post("/change-password", body, { cookie, origin: URL_ });
    await post("/sign-out", {}, { cookie, origin: URL_ });
    await signIn({ ...credentials, password });
    const written = () =>
      rows(
        `SELECT action, actor_kind, actor_name, target_id, address FROM audit_entry
         WHERE id > ${before} ORDER BY action`,
      );
    const { id, name } = caller.actor;
    const own = { actor_kind: "user", actor_name: name, target_id: id, address: ADDRESS };
    await expect.poll(written).toEqual([
      { ...own, action: "account.password_changed" },
      {
        ...own,
        action: "account.sign_in_failed",
        actor_kind: "system",
        actor_name: "Somebody",
      },
      { ...own, action: "account.signed_in" },
      { ...own, action: "account.signed_out" },
    ]);
    expect(JSON.stringify(await rows("SELECT * FROM audit_entry"))).not.toContain(password);
  });

  test("a password that is too short is refused", async () => {
    const cookie = await signIn();
    const body = { currentPassword: OWNER.password, newPassword: "123456789" };
    const response = await post("/change-password", body, { cookie, origin: URL_ });
    expect(response.status).toBe(400);
  });

  test.each([
    ["a changed signature", (cookie: string) => `${cookie.slice(0, -6)}AAAAAA`],
    ["no signature", (cookie: string) => cookie.split(".").slice(0, 2).join(".")],
    ["nothing", () => "loudhailer.session_token="],
    ["nonsense", () => "loudhailer.session_token=%00%ff"],
  ])("a cookie with %s is nobody's", async (_, damage) => {
    expect((await resolve({ cookie: damage(await signIn()) })).kind).toBe("nobody");
  });
});

describe("API keys", () => {
  let owner: ServiceContext;
  beforeAll(async () => {
    await start();
    await setUp();
    owner = await contextOf();
  });
  const input = { name: "Deploys", role: "publisher", expiresAt: null } as const;

  test("open what their role may do, until they are revoked", async () => {
    const { key, apiKey } = await createApiKey(owner, input);
    const caller = await resolve({ authorization: `Bearer ${key}` });
    expect(caller).toMatchObject({
      kind: "key",
      actor: { kind: "key", id: apiKey.id, name: "Deploys", role: "publisher" },
    });
    await revokeApiKey(owner, { id: apiKey.id });
    expect(runtime.authenticator.isRevoked(caller)).toBe(true);
    expect(await code(resolve({ authorization: `Bearer ${key}` }))).toBe("unauthenticated");
    await revokeApiKey(owner, { id: apiKey.id });
    expect((await actions()).filter((action) => action === "api_key.revoked")).toHaveLength(1);
  });

  test("are kept as a hash; nothing in the database or its audit log opens anything", async () => {
    const { key, apiKey } = await createApiKey(owner, input);
    expect(key).toMatch(/^lhk_[\w-]{43}$/);
    expect(key.startsWith(apiKey.prefix)).toBe(true);
    const kept = JSON.stringify([
      await rows("SELECT * FROM api_key"),
      await rows("SELECT * FROM audit_entry"),
    ]);
    expect(kept).not.toContain(key.slice(apiKey.prefix.length));
  });

  test("show when they were used", async () => {
    const { key, apiKey } = await createApiKey(owner, input);
    await resolve({ authorization: `Bearer ${key}` });
    await expect
      .poll(async () => (await listApiKeys(owner)).find(({ id }) => id === apiKey.id)?.lastUsedAt)
      .toBeGreaterThan(0);
  });

  test("run out when they are to", async () => {
    const past = new Date(Date.now() - 1000).toISOString();
    expect(await code(createApiKey(owner, { ...input, expiresAt: past }))).toBe("invalid");
    const soon = new Date(runtime.feed.now() + 300).toISOString();
    const { key } = await createApiKey(owner, { ...input, expiresAt: soon });
    await expect
      .poll(() => code(resolve({ authorization: `Bearer ${key}` })))
      .toBe("unauthenticated");
  });

  test("[SEC4] are the business of admins, and of their own workspace", async () => {
    const { apiKey } = await createApiKey(owner, input);
    for (const role of ["viewer", "author", "publisher"] as const) {
      const { context } = await join(owner, role);
      expect(await code(createApiKey(context, input))).toBe("forbidden");
      expect(await code(listApiKeys(context))).toBe("forbidden");
      expect(await code(revokeApiKey(context, { id: apiKey.id }))).toBe("forbidden");
    }
    const elsewhere = { ...owner, workspace: { ...owner.workspace, id: "another" } };
    expect(await code(revokeApiKey(elsewhere, { id: apiKey.id }))).toBe("not_found");
    expect(await code(revokeApiKey(owner, { id: "not an id" }))).toBe("not_found");
  });
});

describe("token secrets", () => {
  let owner: ServiceContext;
  beforeAll(async () => {
    await start();
    await setUp();
    owner = await contextOf();
  });

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  test("[SEC3] change over without a gap: the old one is good until it is revoked", async () => {
    const [old] = await listTokenSecrets(owner);
    const before = await signUserToken(old?.secret ?? "", { sub: "u1" });
    const caller = await resolve(bearer(before));
    const added = await addTokenSecret(owner);
    const after = await signUserToken(added.secret, { sub: "u1" });
    expect((await resolve(bearer(before))).kind).toBe("recipient");
    await expect.poll(() => code(resolve(bearer(after)))).toBe("done");
    expect(await code(addTokenSecret(owner))).toBe("conflict");

    await revokeTokenSecret(owner, { id: old?.id ?? "" });
    await expect.poll(() => runtime.authenticator.isRevoked(caller)).toBe(true);
    expect(await code(resolve(bearer(before)))).toBe("token_invalid");
    expect((await resolve(bearer(after))).kind).toBe("recipient");
    expect(await code(revokeTokenSecret(owner, { id: added.id }))).toBe("conflict");
    expect(await actions()).toEqual(
      expect.arrayContaining(["token_secret.added", "token_secret.revoked"]),
    );
    expect(JSON.stringify(await rows("SELECT * FROM audit_entry"))).not.toContain("lhs_");
  });

  test("a token made by hand with the secret as it is shown is one of ours", async () => {
    const [present] = await listTokenSecrets(owner);
    const token = await new SignJWT({ name: "Ada" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("u9")
      .setExpirationTime("1h")
      .sign(Buffer.from(present?.secret ?? ""));
    expect(decodeJwt(token).sub).toBe("u9");
    expect(await resolve(bearer(token))).toMatchObject({ viewer: { recipient: "user:u9" } });
  });

  test("[SEC4] are the owner's alone", async () => {
    const { context } = await join(owner, "admin");
    expect(await code(listTokenSecrets(context))).toBe("forbidden");
    expect(await code(addTokenSecret(context))).toBe("forbidden");
    expect(await code(revokeTokenSecret(context, { id: "x" }))).toBe("forbidden");
  });
});

describe("the team", () => {
  let owner: ServiceContext;
  beforeAll(async () => {
    await start();
    await setUp();
    owner = await contextOf();
  });

  const request = { headers: HOST, address: ADDRESS };
  const accept = (id: string, password = "a long password") =>
    acceptInvitation({ id, name: "Ada", password }, request);

  test("grows by a link: it says who invites, and makes an account with the role", async () => {
    const { id } = await inviteMember(owner, { email: "ada@example.com", role: "author" });
    expect(await viewInvitation(id)).toEqual({
      workspaceName: "Acme",
      inviterName: "Olga",
      email: "ada@example.com",
      role: "author",
      hasAccount: false,
    });
    const caller = await member(cookieOf(await accept(id)));
    expect(caller.actor).toMatchObject({ name: "Ada", role: "author" });
    expect(await code(accept(id))).toBe("not_found");
    expect(await code(viewInvitation(id))).toBe("not_found");
    expect(await actions()).toEqual(expect.arrayContaining(["member.invited", "member.joined"]));
    expect(JSON.stringify(await rows("SELECT * FROM audit_entry"))).not.toContain(id);
  });

  test("a link works once, also when it is used twice at the same time", async () => {
    const { id } = await inviteMember(owner, { email: "twice@example.com", role: "viewer" });
    const outcomes = await Promise.all([code(accept(id)), code(accept(id))]);
    expect(outcomes.filter((outcome) => outcome === "done")).toHaveLength(1);
    expect(await rows(`SELECT 1 FROM "user" WHERE email = 'twice@example.com'`)).toHaveLength(1);
  });

  test("somebody with an account joins with its password only", async () => {
    const { credentials, caller } = await join(owner, "author");
    await removeMember(owner, { userId: caller.actor.id });
    const { id } = await inviteMember(owner, { email: credentials.email, role: "publisher" });
    expect(await viewInvitation(id)).toMatchObject({ hasAccount: true });
    expect(await code(accept(id, "another password"))).toBe("unauthenticated");
    const again = await member(cookieOf(await accept(id, credentials.password)));
    expect(again.actor).toMatchObject({ id: caller.actor.id, role: "publisher" });
  });

  test("a member is not invited again; a second link replaces the first", async () => {
    const { credentials } = await join(owner, "viewer");
    const again = inviteMember(owner, { email: credentials.email, role: "admin" });
    expect(await code(again)).toBe("conflict");
    const first = await inviteMember(owner, { email: "two@example.com", role: "viewer" });
    const second = await inviteMember(owner, { email: "two@example.com", role: "admin" });
    expect(await code(viewInvitation(first.id))).toBe("not_found");
    expect(await viewInvitation(second.id)).toMatchObject({ role: "admin" });
  });

  test("a cancelled link and one that ran out are dead", async () => {
    const { id } = await inviteMember(owner, { email: "late@example.com", role: "viewer" });
    await cancelInvitation(owner, { id });
    expect(await code(accept(id))).toBe("not_found");
    expect(await code(cancelInvitation(owner, { id }))).toBe("not_found");
    const next = await inviteMember(owner, { email: "late@example.com", role: "viewer" });
    await rows(`UPDATE invitation SET expires_at = now() - interval '1 s' WHERE id = '${next.id}'`);
    expect(await code(accept(next.id))).toBe("not_found");
    const statuses = (await listInvitations(owner)).map(({ email, status }) => [email, status]);
    expect(statuses).toContainEqual(["late@example.com", "canceled"]);
  });

  test("[SEC3] a role takes effect at once, for what is open and for the next call", async () => {
    const { caller, cookie } = await join(owner, "author");
    await changeRole(owner, { userId: caller.actor.id, role: "viewer" });
    expect(runtime.authenticator.isRevoked(caller)).toBe(true);
    expect(await runtime.authenticator.recheck(caller)).toBe("changed");
    expect((await member(cookie)).actor.role).toBe("viewer");
  });

  test("[SEC3] who is removed is out at once", async () => {
    const { caller, cookie } = await join(owner, "admin");
    await removeMember(owner, { userId: caller.actor.id });
    expect(await runtime.authenticator.recheck(caller)).toBe("ended");
    expect((await resolve({ cookie })).kind).toBe("nobody");
    expect(await code(removeMember(owner, { userId: caller.actor.id }))).toBe("not_found");
  });

  test("[SEC4] never loses its last owner, also to two at once", async () => {
    const userId = owner.actor.id;
    expect(await code(removeMember(owner, { userId }))).toBe("conflict");
    expect(await code(changeRole(owner, { userId, role: "admin" }))).toBe("conflict");
    const { caller } = await join(owner, "admin");
    await changeRole(owner, { userId: caller.actor.id, role: "owner" });
    const other: ServiceContext = { ...owner, actor: { ...caller.actor, role: "owner" } };
    const outcomes = await Promise.all([
      code(changeRole(owner, { userId, role: "admin" })),
      code(changeRole(other, { userId: caller.actor.id, role: "admin" })),
    ]);
    expect(outcomes.sort()).toEqual(["conflict", "done"]);
    const owners = (await listMembers(owner)).filter(({ role }) => role === "owner");
    expect(owners).toHaveLength(1);
    // For the tests that follow, the first owner is one again.
    await rows(`UPDATE member SET role = 'owner' WHERE user_id = '${userId}'`);
  });

  test("[SEC4] an admin has no power over owners, and makes none", async () => {
    const { context, caller } = await join(owner, "admin");
    const ownerId = owner.actor.id;
    expect(await code(removeMember(context, { userId: ownerId }))).toBe("forbidden");
    expect(await code(changeRole(context, { userId: ownerId, role: "viewer" }))).toBe("forbidden");
    const self = { userId: caller.actor.id, role: "owner" } as const;
    expect(await code(changeRole(context, self))).toBe("forbidden");
  });

  test("[SEC4] everybody below admin may look after nobody, and may leave", async () => {
    for (const role of ["viewer", "author", "publisher"] as const) {
      const { context, caller } = await join(owner, role);
      const { context: victim } = await join(owner, "viewer");
      const userId = victim.actor.id;
      expect(await code(listMembers(context))).toBe("forbidden");
      expect(await code(listInvitations(context))).toBe("forbidden");
      expect(await code(removeMember(context, { userId }))).toBe("forbidden");
      expect(await code(changeRole(context, { userId, role: "admin" }))).toBe("forbidden");
      const invitation = { email: "friend@example.com", role: "admin" } as const;
      expect(await code(inviteMember(context, invitation))).toBe("forbidden");
      expect(await code(removeMember(context, { userId: caller.actor.id }))).toBe("done");
    }
  });

  test("[SEC4] a person or an invitation of another workspace is not found", async () => {
    const { caller } = await join(owner, "viewer");
    const { id } = await inviteMember(owner, { email: "there@example.com", role: "viewer" });
    const elsewhere = { ...owner, workspace: { ...owner.workspace, id: "another" } };
    const userId = caller.actor.id;
    expect(await code(removeMember(elsewhere, { userId }))).toBe("not_found");
    expect(await code(changeRole(elsewhere, { userId, role: "admin" }))).toBe("not_found");
    expect(await code(cancelInvitation(elsewhere, { id }))).toBe("not_found");
    expect(await viewInvitation(id)).toBeDefined();
  });
});

describe("further workspaces", () => {
  let owner: ServiceContext;
  beforeAll(async () => {
    await start();
    await setUp();
    owner = await contextOf();
  });

  test("are made by an owner of the first, who owns them; nobody else is in there", async () => {
    const { cookie: other } = await join(owner, "admin");
    await createWorkspace(owner, { name: "Shop", slug: "shop" });
    await expect.poll(() => runtime.feed.workspaceBySlug("shop")?.tokenSecrets).toHaveLength(1);
    const cookie = await signIn();
    expect(await resolve({ cookie }, "workspace=shop")).toMatchObject({
      kind: "member",
      workspace: { slug: "shop" },
      actor: { role: "owner" },
    });
    expect((await resolve({ cookie: other }, "workspace=shop")).kind).toBe("nobody");
    const again = createWorkspace(owner, { name: "Shop", slug: "shop" });
    expect(await code(again)).toBe("conflict");
  });

  test("[SEC4] are not made by anybody else", async () => {
    const { context } = await join(owner, "admin");
    expect(await code(createWorkspace(context, { name: "X", slug: "x" }))).toBe("forbidden");
    const shop = runtime.feed.workspaceBySlug("shop");
    const there = { ...owner, workspace: shop ?? owner.workspace };
    expect(await code(createWorkspace(there, { name: "X", slug: "x" }))).toBe("forbidden");
  });
});

test("[DEG5] while the database is away, signing in says so and user tokens still work", async () => {
  await start();
  await setUp();
  const cookie = await signIn();
  const [secret = ""] = runtime.feed.workspaceBySlug("default")?.tokenSecrets ?? [];
  const token = await signUserToken(secret, { sub: "u1" });
  await postgres.kill();
  try {
    const response = await post("/sign-in/email", OWNER);
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBeTruthy();
    expect(z.object({ code: z.string() }).parse(await response.json()).code).toBe("unavailable");
    runtime.authenticator.apply("unknown");
    expect(await code(resolve({ cookie }))).toBe("unavailable");
    expect((await resolve({ authorization: `Bearer ${token}` })).kind).toBe("recipient");
  } finally {
    await postgres.start();
  }
});
