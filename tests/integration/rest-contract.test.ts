import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Answer, type CallOptions, call, idOf, mustCall } from "@/tests/support/api";
import { createApiKey, OWNER_ENV, signIn } from "@/tests/support/owner";
import { type Replica, startReplica } from "@/tests/support/replica";
import { aboutBroadcast, SocketClient } from "@/tests/support/socket-client";

/** SPEC § 8, the fixed part: names, statuses and sentences that existing clients rely on. */
const PUBLISH = "/api/creator/broadcast";
const CLEAR = `${PUBLISH}/clear`;
const ACKNOWLEDGE = `${PUBLISH}/acknowledge`;
const ACTIVE = `${PUBLISH}/active`;
const LIMITS = `${PUBLISH}/limits`;
const STATS = `${PUBLISH}/stats`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let replica: Replica;
let cookie: string;
let keys: { viewer: string; author: string; publisher: string };
const open: SocketClient[] = [];

beforeAll(async () => {
  replica = await startReplica({
    env: { ...OWNER_ENV, ALLOW_INSECURE_USER_ID: "true", LIMIT_PUBLISHES_PER_MINUTE: "0" },
  });
  cookie = await signIn(replica.url);
  keys = {
    viewer: await createApiKey(replica.url, cookie, "viewer"),
    author: await createApiKey(replica.url, cookie, "author"),
    publisher: await createApiKey(replica.url, cookie, "publisher"),
  };
});
afterEach(async () => {
  for (const client of open.splice(0)) client.terminate();
  await mustCall(replica.url, "POST", CLEAR, { cookie, body: {} });
});
afterAll(() => replica?.kill());

function post(path: string, body: unknown, options: CallOptions = { cookie }): Promise<Answer> {
  return call(replica.url, "POST", path, { ...options, body });
}

function get(path: string, options: CallOptions = { cookie }): Promise<Answer> {
  return call(replica.url, "GET", path, options);
}

async function publish(body: object): Promise<string> {
  return idOf(await mustCall(replica.url, "POST", PUBLISH, { cookie, body }));
}

/** Publishes without saying how long the body will be. */
async function postInPieces(agent: Agent, pieces: readonly string[]) {
  const headers = { "content-type": "application/json", cookie, origin: replica.url };
  const sent = request(`${replica.url}${PUBLISH}`, { agent, method: "POST", headers });
  const answered = once(sent, "response") as Promise<[IncomingMessage]>;
  for (const piece of pieces) sent.write(piece);
  sent.end();
  const [answer] = await answered;
  const isSameConnection = sent.reusedSocket;
  return { status: answer.statusCode, text: await text(answer), isSameConnection };
}

async function visitor(userId?: string): Promise<SocketClient> {
  const client = await SocketClient.connect(replica.url, { userId });
  open.push(client);
  return client;
}

function expectError(answer: Answer, status: number, code: string, message: string): void {
  expect({ status: answer.status, body: answer.text }).toEqual({
    status,
    body: JSON.stringify({ status: "error", message, code }),
  });
}

/** Nothing is live, nothing was counted, nobody was told. */
async function expectNothingDone(watcher: SocketClient, publishedBefore: unknown): Promise<void> {
  await watcher.settled();
  expect(watcher.shown).toEqual([]);
  expect((await get(LIMITS)).json).toMatchObject({ current_active_broadcasts: 0 });
  expect((await get(STATS)).json).toMatchObject({ stats: publishedBefore });
}

const today = z.object({
  stats: z.object({ broadcasts_today: z.number(), workspace_broadcasts_today: z.number() }),
});

async function publishedToday(): Promise<unknown> {
  return today.parse((await get(STATS)).json).stats;
}

describe("POST /api/creator/broadcast", () => {
  test("publishes, and answers in this shape", async () => {
    await visitor("ada");
    await visitor("grace");
    const answer = await post(PUBLISH, { message: "  Hello, wörld 👋  ", type: "success" });
    const id = idOf(answer);
    expect(id).toMatch(UUID);
    expect(answer.headers.get("content-type")).toMatch(/^application\/json/);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      JSON.stringify({
        status: "success",
        id,
        message: "Broadcast sent successfully to 2 connected users.",
        character_count: 14,
        max_characters: 280,
        mode: "live",
        sent_to_users: 2,
        sent_to_recipients: 2,
        workers_answered: 1,
        workers_expected: 1,
        stored_for_sessions: 2,
      }),
    );
  });

  test("[BC6] takes the place of what is live, unless told not to", async () => {
    await publish({ message: "First" });
    const second = await publish({ message: "Second" });
    expect((await get(LIMITS)).json).toMatchObject({ current_active_broadcasts: 1 });
    const third = await publish({ message: "Third", replace: false });
    expect((await get(LIMITS)).json).toMatchObject({ current_active_broadcasts: 2 });
    const client = await visitor();
    expect(new Set(client.shown)).toEqual(new Set([second, third]));
  });

  test("280 characters are not too many, whatever they are made of", async () => {
    for (const character of ["a", "ß", "👋"]) {
      const answer = await post(PUBLISH, { message: character.repeat(280) });
      expect(answer.json).toMatchObject({ status: "success", character_count: 280 });
    }
  });

  test("[BC4] HTML is text like any other", async () => {
    const client = await visitor();
    const message = "<img src=x onerror=alert(1)>";
    const id = await publish({ message });
    const { broadcast } = await client.waitFor("new_broadcast", aboutBroadcast(id));
    expect(broadcast.message).toBe(message);
  });

  test.each<[string, unknown, string]>([
    ["no message", {}, "Broadcast message cannot be empty"],
    ["an empty message", { message: "" }, "Broadcast message cannot be empty"],
    ["a blank message", { message: " \n\t " }, "Broadcast message cannot be empty"],
    ["null as message", { message: null }, "Broadcast message cannot be empty"],
    ["a number as message", { message: 5 }, "Broadcast message must be text"],
    [
      "281 characters",
      { message: "a".repeat(281) },
      "Broadcast message is too long: 281 characters, the limit is 280",
    ],
    [
      "a title of 81 characters",
      { message: "x", title: "a".repeat(81) },
      "Broadcast title is too long: 81 characters, the limit is 80",
    ],
  ])("[BC1] refuses %s with 422, and nothing happens", async (_, body, message) => {
    const watcher = await visitor();
    const before = await publishedToday();
    expectError(await post(PUBLISH, body), 422, "invalid", message);
    await expectNothingDone(watcher, before);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["an unknown level", { type: "danger" }, /info.*success.*warning.*alert/],
    ["a level and another type", { level: "info", type: "alert" }, /type is another name of level/],
    ["[BC3] what neither ends nor can be dismissed", { dismissible: false }, /end|dismiss/i],
    ["a javascript link", { action: { label: "x", url: "javascript:alert(1)" } }, /https:\/\//],
    ["an end in the past", { endsAt: "2001-01-01T00:00:00Z" }, /end|past/i],
    ["a time without a zone", { endsAt: "2099-01-01T00:00" }, /ISO 8601/],
    ["a rule that is not known", { audience: { moon: "full" } }, /moon|unrecognized/i],
    ["a regular expression as page rule", { paths: ["^/a+$"] }, /page rule/i],
  ])("refuses %s with 422 and says what is wrong", async (_, fields, sentence) => {
    const watcher = await visitor();
    const before = await publishedToday();
    const answer = await post(PUBLISH, { message: "Fine by itself", ...fields });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      status: "error",
      code: "invalid",
      message: expect.stringMatching(sentence),
    });
    await expectNothingDone(watcher, before);
  });

  test.each([
    ["half a document", '{"message":"x"'],
    ["no document", "message=x"],
    ["bytes that are no text", "\u{FFFD}\u0000"],
  ])("refuses %s with 400", async (_, text) => {
    const answer = await call(replica.url, "POST", PUBLISH, { cookie, text });
    expectError(answer, 400, "bad_json", "The request body is not valid JSON");
  });

  test.each([
    ["a list", "[]"],
    ["a text", '"x"'],
    ["null", "null"],
  ])("refuses %s instead of an object with 422", async (_, text) => {
    const answer = await call(replica.url, "POST", PUBLISH, { cookie, text });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ status: "error", code: "invalid" });
  });

  test("[SEC5] refuses a body over the limit with 413", async () => {
    const answer = await post(PUBLISH, { message: "x", padding: "x".repeat(70_000) });
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({
      status: "error",
      code: "too_large",
      message: expect.stringContaining("65536"),
    });
  });

  test("[SEC5] counts a body of unknown length, and keeps the connection of whom it refuses", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const refused = await postInPieces(agent, ["{", " ".repeat(70_000), " ".repeat(200_000), "}"]);
    expect({ status: refused.status, text: refused.text }).toMatchObject({
      status: 413,
      text: expect.stringContaining("too_large"),
    });
    const taken = await postInPieces(agent, ['{"message":', '"In pieces"}']);
    expect(taken).toMatchObject({ status: 200, isSameConnection: true });
    agent.destroy();
  });

  test("refuses who is not signed in with 401", async () => {
    const watcher = await visitor();
    const before = await publishedToday();
    const session = watcher.connected.session_token;
    for (const options of [{}, { bearer: "lhk_wrong" }, { bearer: "not.a.jwt" }, { session }]) {
      const answer = await post(PUBLISH, { message: "Let me in" }, options);
      expect([401, 403]).toContain(answer.status);
      expect(answer.json).toMatchObject({ status: "error", message: expect.stringMatching(/\w/) });
    }
    expect((await post(PUBLISH, { message: "Let me in" }, {})).status).toBe(401);
    await expectNothingDone(watcher, before);
  });

  test("[SEC4] refuses viewers and authors with 403, lets publishers", async () => {
    const watcher = await visitor();
    const before = await publishedToday();
    for (const bearer of [keys.viewer, keys.author]) {
      const answer = await post(PUBLISH, { message: "May I?" }, { bearer });
      expect(answer.status).toBe(403);
      expect(answer.json).toMatchObject({ status: "error", code: "forbidden" });
    }
    await expectNothingDone(watcher, before);
    const answer = await post(PUBLISH, { message: "I may" }, { bearer: keys.publisher });
    expect(answer.json).toMatchObject({ status: "success" });
  });

  test("[SEC3] refuses a foreign page that has the cookie", async () => {
    const headers = { origin: "https://evil.example" };
    const answer = await post(PUBLISH, { message: "Forged" }, { cookie, headers });
    expect(answer.status).toBe(403);
    expect(answer.json).toMatchObject({ status: "error", code: "foreign_origin" });
  });

  test("[PUB5] a retry under the same key is answered again; another body is refused", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const first = await post(PUBLISH, { message: "Once" }, { cookie, headers });
    const again = await post(PUBLISH, { message: "Once" }, { cookie, headers });
    expect(again.text).toBe(first.text);
    const other = await post(PUBLISH, { message: "Twice" }, { cookie, headers });
    expect(other.status).toBe(409);
    expect(other.json).toMatchObject({ status: "error", code: "idempotency_conflict" });
  });
});

describe("POST /api/creator/broadcast/clear", () => {
  test("clears one, and says for how many", async () => {
    const client = await visitor();
    const broadcast_id = await publish({ message: "One of two" });
    const other = await publish({ message: "The other", replace: false });
    await client.until("both", () => client.shown.length === 2);
    const answer = await post(CLEAR, { broadcast_id });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      JSON.stringify({
        status: "success",
        message: "Broadcast cleared successfully",
        cleared_for_users: 1,
      }),
    );
    await client.waitFor("broadcast_cleared", aboutBroadcast(broadcast_id));
    expect(client.shown).toEqual([other]);
  });

  test("clears everything without an id, also with nothing live and without a body", async () => {
    const client = await visitor();
    await publish({ message: "One" });
    await publish({ message: "Two", replace: false });
    for (const text of ["{}", undefined]) {
      const answer = await call(replica.url, "POST", CLEAR, { cookie, text });
      expect(answer.json).toMatchObject({
        status: "success",
        message: "Broadcast cleared successfully",
      });
    }
    await client.until("nothing", () => client.shown.length === 0);
  });

  test("refuses an unknown id with 404, the caller's rights first", async () => {
    for (const broadcast_id of [randomUUID(), "not-an-id"]) {
      expectError(await post(CLEAR, { broadcast_id }), 404, "not_found", "Broadcast not found");
      expect((await post(CLEAR, { broadcast_id }, {})).status).toBe(401);
      expect((await post(CLEAR, { broadcast_id }, { bearer: keys.author })).status).toBe(403);
    }
  });

  test("refuses what is not JSON with 400", async () => {
    const answer = await call(replica.url, "POST", CLEAR, { cookie, text: "{" });
    expectError(answer, 400, "bad_json", "The request body is not valid JSON");
  });
});

describe("POST /api/creator/broadcast/acknowledge", () => {
  test("[ACK1] dismisses for the calling recipient", async () => {
    const client = await visitor();
    const broadcast_id = await publish({ message: "Read me" });
    await client.waitFor("new_broadcast");
    const session = client.connected.session_token;
    const answer = await post(ACKNOWLEDGE, { broadcast_id, revision: 1 }, { session });
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({ status: "success", message: expect.stringMatching(/\w/) });
    await client.waitFor("broadcast_acknowledged", aboutBroadcast(broadcast_id));
    const active = await get(ACTIVE, { session });
    expect(active.json).toMatchObject({ broadcast: null, broadcasts: [] });
  });

  test.each<[string, unknown, number, string, string]>([
    ["no id", {}, 422, "invalid", "Broadcast ID is required"],
    ["an empty id", { broadcast_id: "" }, 422, "invalid", "Broadcast ID is required"],
    ["an unknown id", { broadcast_id: randomUUID() }, 404, "not_found", "Broadcast not found"],
    ["an id that is none", { broadcast_id: "1" }, 404, "not_found", "Broadcast not found"],
  ])("refuses %s", async (_, body, status, code, message) => {
    expectError(await post(ACKNOWLEDGE, body), status, code, message);
  });

  test("[ACK1] refuses a revision that is not there yet, and what cannot be dismissed", async () => {
    const broadcast_id = await publish({ message: "Revision 1" });
    expect((await post(ACKNOWLEDGE, { broadcast_id, revision: 2 })).json).toMatchObject({
      status: "error",
      code: "revision_ahead",
    });
    const stays = await publish({
      message: "Stays",
      dismissible: false,
      endsAt: "2099-01-01T00:00:00Z",
    });
    const answer = await post(ACKNOWLEDGE, { broadcast_id: stays });
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ status: "error", code: "not_dismissible" });
  });

  test("refuses who is nobody with 401", async () => {
    const broadcast_id = await publish({ message: "Whose?" });
    expect((await post(ACKNOWLEDGE, { broadcast_id }, {})).status).toBe(401);
  });
});

describe("GET /api/creator/broadcast/active", () => {
  test("gives a newcomer a session, the banners, and an ETag to ask with again", async () => {
    const empty = await get(ACTIVE, {});
    expect(empty.status).toBe(200);
    expect(empty.json).toEqual({
      broadcast: null,
      broadcasts: [],
      session_id: expect.stringMatching(UUID),
      session_token: expect.any(String),
    });
    const session = sessionTokenOf(empty);
    const id = await publish({ message: "Polled" });
    const answer = await get(ACTIVE, { session });
    expect(answer.json).toMatchObject({ broadcast: { id }, broadcasts: [{ id }] });
    expect(answer.headers.get("cache-control")).toBe("private, no-cache");
    expect(answer.headers.get("vary")?.toLowerCase()).toContain("x-loudhailer-session");
    const etag = answer.headers.get("etag") ?? "";
    expect(etag).toMatch(/^(W\/)?".+"$/);
    const again = await get(ACTIVE, { session, headers: { "if-none-match": etag } });
    expect(again).toMatchObject({ status: 304, text: "" });
    await mustCall(replica.url, "POST", CLEAR, { cookie, body: {} });
    const changed = await get(ACTIVE, { session, headers: { "if-none-match": etag } });
    expect(changed.json).toMatchObject({ broadcast: null });
  });

  test("is what the socket shows, in the same shape", async () => {
    const client = await visitor();
    const id = await publish({ message: "The same" });
    const { broadcast } = await client.waitFor("new_broadcast", aboutBroadcast(id));
    const answer = await get(ACTIVE, { session: client.connected.session_token });
    expect(answer.json).toMatchObject({ broadcast, broadcasts: [broadcast] });
  });
});

function sessionTokenOf({ json }: Answer): string {
  return z.object({ session_token: z.string() }).parse(json).session_token;
}

describe("figures", () => {
  test("limits", async () => {
    const answer = await get(LIMITS);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(
      '{"max_characters":280,"recommended_length":120,"current_active_broadcasts":0}',
    );
  });

  test("stats", async () => {
    await visitor("ada");
    await visitor("ada");
    const id = await publish({ message: "Counted" });
    const answer = await get(STATS);
    expect(answer.json).toMatchObject({
      status: "success",
      stats: {
        active_broadcast: { id },
        connected_users: 1,
        connected_sessions: 2,
        connections: 2,
        per_worker: [{ connections: 2 }],
        max_characters: 280,
      },
    });
    expect(answer.text).not.toContain("connected_users_note");
    expect((await get(STATS, {})).status).toBe(401);
  });

  test("health says the same under both addresses, to anybody", async () => {
    for (const path of ["/health", "/health/"]) {
      const answer = await get(path, {});
      expect(answer.status).toBe(200);
      expect(answer.json).toMatchObject({
        status: expect.any(String),
        websocket: {
          worker_id: expect.any(String),
          node_id: expect.any(String),
          session_store_healthy: true,
          message_broker_healthy: true,
          local_connections: expect.any(Number),
          total_sessions: expect.any(Number),
          total_workers: 1,
        },
        database: expect.any(String),
        mode: "live",
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        uptime_s: expect.any(Number),
      });
    }
  });

  test("websocket stats are by worker and user", async () => {
    const answer = await get("/api/websocket/stats");
    expect(answer.status).toBe(200);
    expect((await get("/api/websocket/stats", {})).status).toBe(401);
  });

  test("metrics count connections and messages", async () => {
    await visitor();
    const { text } = await get("/metrics", {});
    for (const name of ["app_active_connections", "app_messages_sent", "app_messages_total"]) {
      expect(text).toMatch(new RegExp(`^# TYPE ${name} `, "m"));
    }
    expect(text).toMatch(/^app_active_connections(\{.*\})? 1$/m);
  });

  test("every answer names the worker; the team's also count the cluster", async () => {
    for (const path of ["/health", "/ready", ACTIVE, LIMITS, "/api/nowhere", "/sign-in"]) {
      expect((await get(path, {})).headers.get("x-websocket-worker-id")).toBeTruthy();
    }
    const counts = ["local-connections", "total-sessions", "total-workers"];
    const named = (answer: Answer) =>
      counts.filter((name) => answer.headers.has(`x-websocket-${name}`));
    expect(named(await get(LIMITS))).toEqual(counts);
    expect(named(await get(LIMITS, { bearer: keys.viewer }))).toEqual(counts);
    expect(named(await get(ACTIVE, {}))).toEqual([]);
  });
});
