import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ROUTES } from "@/lib/http/routes";
import { type Answer, type CallOptions, call, idOf, mustCall } from "@/tests/support/api";
import { ApiDocument } from "@/tests/support/api-document";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";

const FIXED = "/api/creator/broadcast";
const BROADCASTS = "/api/v1/broadcasts";

let postgres: PostgresServer;
let replica: Replica;
let cookie: string;
let document: ApiDocument;
let visitor: SocketClient;

beforeAll(async () => {
  postgres = await startPostgres();
  replica = await startReplica({
    databaseUrl: postgres.url,
    env: { ...OWNER_ENV, LIMIT_PUBLISHES_PER_MINUTE: "0", LIMIT_API_CALLS_PER_MINUTE: "0" },
  });
  cookie = await signIn(replica.url);
  document = new ApiDocument((await mustCall(replica.url, "GET", "/api/v1/openapi.json")).json);
  visitor = await SocketClient.connect(replica.url);
});
afterAll(async () => {
  visitor?.terminate();
  await replica?.stop();
  await postgres?.stop();
});

/** What fills an operation's path, and what is sent to it. */
interface Request extends CallOptions {
  /** `{id}` and its like, by name. */
  params?: Record<string, string>;
  query?: string;
}

const draftText = { message: "Maintenance at **noon**", level: "warning" };
const everything = {
  title: "Maintenance",
  message: "We are [back](https://example.com/status) at noon.",
  level: "alert",
  action: { label: "Status", url: "https://example.com/status" },
  priority: "high",
  audience: { percentage: 50, locales: ["fr"] },
  paths: ["/app/*", "!/app/pay"],
  translations: { fr: { title: "Entretien", message: "De retour à midi." } },
};

async function made(path: string, body: unknown): Promise<string> {
  return idOf(await mustCall(replica.url, "POST", path, { cookie, body }));
}

const draft = () => made(BROADCASTS, draftText);
const aDraft = async (): Promise<Request> => ({ params: { id: await draft() } });

/** A broadcast that beside others is live. */
async function aLive(): Promise<Request> {
  const id = await made(FIXED, { message: "Now", replace: false });
  return { params: { id } };
}

async function aReceivedOne(): Promise<Request> {
  const live = await aLive();
  const body = { broadcast_id: live.params?.id };
  const { session_token: session } = visitor.connected;
  await mustCall(replica.url, "POST", `${FIXED}/acknowledge`, { session, body });
  return live;
}

async function aSession(): Promise<Request> {
  return { params: { id: visitor.connected.session_id } };
}

/** Somebody beside the owner: invitations are accepted on a page, not over the API. */
async function aMember(): Promise<Request> {
  const userId = randomUUID();
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(
    `INSERT INTO "user" (id, name, email) VALUES ($1, 'Ann', $1 || '@example.com')`,
    [userId],
  );
  await client.query(
    `INSERT INTO member (id, workspace_id, user_id, role)
     SELECT $1, id, $1, 'viewer' FROM workspace WHERE slug = 'default'`,
    [userId],
  );
  await client.end();
  return { params: { userId } };
}

async function anInvitation(): Promise<Request> {
  const body = { email: `${randomUUID()}@example.com`, role: "author" };
  return { params: { id: await made("/api/v1/invitations", body) } };
}

async function anApiKey(): Promise<Request> {
  return { params: { id: await made("/api/v1/api-keys", { name: "CI", role: "viewer" }) } };
}

async function aTokenSecret(): Promise<Request> {
  return { params: { id: await made("/api/v1/token-secrets", undefined) } };
}

/** No more than two are valid at once: makes room for another. */
async function oneTokenSecret(): Promise<Request> {
  const { json } = await mustCall(replica.url, "GET", "/api/v1/token-secrets", { cookie });
  const listed = z.object({ tokenSecrets: z.array(z.object({ id: z.string() })) }).parse(json);
  for (const { id } of listed.tokenSecrets.slice(1)) {
    await mustCall(replica.url, "DELETE", `/api/v1/token-secrets/${id}`, { cookie });
  }
  return {};
}

const byVisitor = () => ({ cookie: "", session: visitor.connected.session_token });

/**
 * A call of every operation that must succeed, by the operation's name. An operation that is
 * missing here fails below, and so does one that is no longer there.
 */
const SUCCESSES: Record<string, () => Request | Promise<Request>> = {
  listBroadcasts: async () => {
    await made(BROADCASTS, everything);
    return { query: "limit=2&status=draft,live&search=back" };
  },
  createBroadcast: () => ({ body: everything }),
  readBroadcast: async () => ({ params: { id: await made(BROADCASTS, everything) } }),
  editBroadcast: async () => ({
    ...(await aLive()),
    headers: { "if-match": '"1"' },
    body: { message: "Again", show: "again" },
  }),
  publishBroadcast: aDraft,
  clearBroadcast: aLive,
  clearBroadcasts: async () => {
    await aLive();
    return {};
  },
  duplicateBroadcast: aLive,
  archiveBroadcast: aLive,
  resetBroadcast: aLive,
  testBroadcast: aDraft,
  testFields: () => ({ body: draftText }),
  listRevisions: aLive,
  readReceiptStats: async () => ({ ...(await aReceivedOne()), query: "interval=minute" }),
  listRecipients: aReceivedOne,
  exportRecipients: aReceivedOne,
  dryRunBroadcast: () => ({
    body: { audience: { percentage: 10 }, viewers: [{ subject: "u1" }, { subject: "u2" }] },
  }),
  verdictsOnViewer: async () => {
    await aLive();
    return { body: { subject: "u1", traits: { plan: "pro" } } };
  },
  reachOfAudience: () => ({ body: { audience: null } }),
  listSessions: () => ({ query: "state=active" }),
  readSession: aSession,
  readInbox: async () => {
    await aLive();
    return aSession();
  },
  listWorkers: () => ({}),
  listMembers: () => ({}),
  changeRole: async () => ({ ...(await aMember()), body: { role: "author" } }),
  removeMember: aMember,
  listInvitations: async () => {
    await anInvitation();
    return {};
  },
  inviteMember: () => ({ body: { email: `${randomUUID()}@example.com`, role: "publisher" } }),
  cancelInvitation: anInvitation,
  listApiKeys: async () => {
    await anApiKey();
    return {};
  },
  createApiKey: () => ({ body: { name: "CI", expiresAt: "2100-01-01T00:00:00Z" } }),
  revokeApiKey: anApiKey,
  listTokenSecrets: () => ({}),
  addTokenSecret: oneTokenSecret,
  revokeTokenSecret: async () => {
    await oneTokenSecret();
    return aTokenSecret();
  },
  makeWorkspace: () => ({ body: { name: "Shop", slug: `shop-${randomUUID().slice(0, 8)}` } }),
  deleteWorkspace: async () => {
    const slug = `shop-${randomUUID().slice(0, 8)}`;
    await made("/api/v1/workspaces", { name: "Shop", slug });
    return { params: { slug }, query: `workspace=${slug}`, body: { confirm: slug } };
  },
  readSettings: () => ({}),
  patchSettings: () => ({ body: { stackSize: 2, allowedOrigins: ["https://app.example.com"] } }),
  listAudit: () => ({ query: "action=broadcast&limit=3" }),
  publish: () => ({ body: { ...everything, audience: null, replace: false } }),
  clear: () => ({ body: {} }),
  acknowledge: async () => {
    const { params } = await aLive();
    return { ...byVisitor(), body: { broadcast_id: params?.id } };
  },
  active: async () => {
    await aLive();
    return byVisitor();
  },
  limits: () => ({}),
  stats: async () => {
    await aLive();
    return {};
  },
  socketStats: () => ({}),
};

interface Operation {
  name: string;
  method: string;
  path: string;
}

const operations = [...ROUTES].map(([name, { declaration }]) => ({ name, ...declaration }));

function send({ method, path }: Operation, request: Request): Promise<Answer> {
  const { params = {}, query, ...options } = { cookie, ...request };
  const address = path.replace(/\{(\w+)\}/g, (_, name) => params[name] ?? randomUUID());
  return call(replica.url, method, query ? `${address}?${query}` : address, options);
}

function expectDescribed({ method, path }: Operation, answer: Answer): void {
  expect(document.faultOf(method, path, answer)).toBeNull();
}

describe("what the API answers is what its document says", () => {
  test("of every operation that is declared", () => {
    expect(Object.keys(SUCCESSES).sort()).toEqual([...ROUTES.keys()].sort());
    expect(document.operations.sort()).toEqual(
      operations.map(({ method, path }) => `${method} ${path}`).sort(),
    );
  });

  test.each(operations)("when $name succeeds", async (operation) => {
    const request = await SUCCESSES[operation.name]?.();
    const answer = await send(operation, request ?? {});
    expect({ status: answer.status, text: answer.text.slice(0, 500) }).toMatchObject({
      status: operation.status ?? 200,
    });
    expectDescribed(operation, answer);
  });

  test.each(operations)("when nobody known calls $name", async (operation) => {
    const answer = await send(operation, { cookie: "", bearer: `lhk_${"x".repeat(43)}` });
    expect(answer.status).toBe(401);
    expectDescribed(operation, answer);
  });

  test.each(operations.filter(({ access }) => access !== "anyone" && access !== "recipient"))(
    "when a visitor calls $name",
    async (operation) => {
      const answer = await send(operation, byVisitor());
      expect(answer.status).toBe(403);
      expectDescribed(operation, answer);
    },
  );

  test.each(operations.filter(({ path }) => path.includes("{")))(
    "when $name is about what is not there",
    async (operation) => {
      const known = await SUCCESSES[operation.name]?.();
      const answer = await send(operation, { ...known, params: {} });
      expect(answer.status).toBe(404);
      expectDescribed(operation, answer);
    },
  );

  test.each(operations.filter(({ input }) => input.shape.body))(
    "when $name is sent what is not JSON, too much, or a wrong field",
    async (operation) => {
      const { body: _body, ...known } = (await SUCCESSES[operation.name]?.()) ?? {};
      const wrong = { message: 1, name: 1, email: 1, role: "x", stackSize: 9, viewers: 1 };
      const answers = [
        await send(operation, { ...known, text: "{" }),
        await send(operation, { ...known, body: { message: "x".repeat(70_000) } }),
        await send(operation, { ...known, body: { ...wrong, broadcast_id: 1, audience: 1 } }),
      ];
      expect(answers.map(({ status }) => status)).toEqual([400, 413, 422]);
      for (const answer of answers) expectDescribed(operation, answer);
    },
  );

  test.each(operations.filter(({ input }) => input.shape.query))(
    "when $name is asked for what no list has",
    async (operation) => {
      const known = await SUCCESSES[operation.name]?.();
      const answer = await send(operation, { ...known, query: "limit=0&interval=eon" });
      expect(answer.status).toBe(422);
      expectDescribed(operation, answer);
    },
  );

  test.each(operations.filter(({ idempotent }) => idempotent))(
    "[PUB5] when $name comes twice under one key, and then as something else",
    async (operation) => {
      const known = (await SUCCESSES[operation.name]?.()) ?? {};
      const headers = { ...known.headers, "idempotency-key": randomUUID() };
      const first = await send(operation, { ...known, headers });
      const again = await send(operation, { ...known, headers });
      expect(again.status).toBe(first.status);
      expectDescribed(operation, again);
      const other = { ...known, headers, body: { message: "Something else" } };
      const refused = await send(operation, other);
      expect(refused.status).toBe(409);
      expectDescribed(operation, refused);
    },
  );

  test("when an edit does not say which revision, or a past one", async () => {
    const operation = { name: "editBroadcast", method: "PATCH", path: `${BROADCASTS}/{id}` };
    const live = await aLive();
    const body = { message: "Edited" };
    const unsaid = await send(operation, { ...live, body });
    expect(unsaid.status).toBe(428);
    expectDescribed(operation, unsaid);
    const past = await send(operation, { ...live, body, headers: { "if-match": '"7"' } });
    expect(past.status).toBe(412);
    expectDescribed(operation, past);
  });

  test.each([
    ["the only owner leaves", "DELETE", "/api/v1/members/{userId}"],
    ["a draft is cleared", "POST", `${BROADCASTS}/{id}/clear`],
    ["a draft is shown again", "POST", `${BROADCASTS}/{id}/reset`],
  ])("when %s", async (name, method, path) => {
    const { json } = await mustCall(replica.url, "GET", "/api/v1/members", { cookie });
    const people = z.array(z.object({ userId: z.string(), role: z.string() }));
    const { members } = z.object({ members: people }).parse(json);
    const userId = members.find(({ role }) => role === "owner")?.userId ?? "";
    const operation = { name, method, path };
    const answer = await send(operation, { params: { userId, id: await draft() } });
    expect(answer.status).toBe(409);
    expectDescribed(operation, answer);
  });

  test("when the same banners are asked for again", async () => {
    const operation = { name: "active", method: "GET", path: `${FIXED}/active` };
    const first = await send(operation, byVisitor());
    const headers = { "if-none-match": first.headers.get("etag") ?? "" };
    const again = await send(operation, { ...byVisitor(), headers });
    expect(again.status).toBe(304);
    expectDescribed(operation, again);
  });
});
