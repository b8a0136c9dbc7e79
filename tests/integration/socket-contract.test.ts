import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { PING, SOCKET_PATH, SUBPROTOCOL } from "@/core/protocol";
import { idOf, mustCall } from "@/tests/support/api";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { PATIENCE } from "@/tests/support/patience";
import { type Replica, startReplica } from "@/tests/support/replica";
import { aboutBroadcast, SocketClient, type SocketOptions } from "@/tests/support/socket-client";

/** SPEC § 6: existing clients rely on these names. Fields may be added to a list, none removed. */
const CONNECTED = [
  "type",
  "message",
  "protocol",
  "workspace",
  "session_id",
  "session_token",
  "connection_id",
  "worker_id",
  "user_id",
  "epoch",
  "seq",
  "server_time",
  "ping_interval_ms",
  "active",
  "missed",
];
const BROADCAST = [
  "id",
  "revision",
  "seq",
  "title",
  "message",
  "content",
  "message_type",
  "type",
  "created_by",
  "created_at",
  "updated_at",
  "starts_at",
  "ends_at",
  "dismissible",
  "priority",
  "placement",
  "action",
  "paths",
  "locale",
  "dir",
  "snoozed_until",
];
const ADDED_SINCE = ["live_from", "show_from_revision"];
const ISO_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const PUBLISH = "/api/creator/broadcast";

let replica: Replica;
let cookie: string;
const open: SocketClient[] = [];

beforeAll(async () => {
  replica = await startReplica({ env: { ...OWNER_ENV, ALLOW_INSECURE_USER_ID: "true" } });
  cookie = await signIn(replica.url);
});
afterEach(async () => {
  for (const client of open.splice(0)) client.terminate();
  await mustCall(replica.url, "POST", `${PUBLISH}/clear`, { cookie, body: {} });
});
afterAll(() => replica?.kill());

async function connect(options?: SocketOptions): Promise<SocketClient> {
  const client = await SocketClient.connect(replica.url, options);
  open.push(client);
  return client;
}

async function openOnly(options?: SocketOptions): Promise<SocketClient> {
  const client = await SocketClient.open(replica.url, options);
  open.push(client);
  return client;
}

async function publish(body: object): Promise<string> {
  return idOf(await mustCall(replica.url, "POST", PUBLISH, { cookie, body }));
}

describe("frames of the server", () => {
  test("`connected` comes first and has every field", async () => {
    const id = await publish({ message: "Already live" });
    const client = await connect({ userId: "ada" });
    const [first] = client.frames;
    expect(Object.keys(first ?? {})).toEqual(expect.arrayContaining(CONNECTED));
    expect(first).toMatchObject({
      type: "connected",
      message: "Connected to broadcast live updates",
      protocol: 1,
      workspace: "default",
      user_id: "ada",
      ping_interval_ms: 30_000,
      active: [{ id, revision: 1 }],
      missed: 0,
    });
    const { connected } = client;
    for (const id of [connected.connection_id, connected.session_id, connected.epoch]) {
      expect(id).toMatch(UUID);
    }
    expect(connected.worker_id).not.toBe("");
    expect(connected.seq).toBeGreaterThan(0);
    expect(connected.server_time).toMatch(ISO_UTC);
    expect(connected).not.toHaveProperty("acks");
  });

  test("`user_id` is null for an anonymous visitor", async () => {
    expect((await connect()).connected.user_id).toBeNull();
  });

  test("a broadcast has exactly these fields, without its audience", async () => {
    const client = await connect();
    const id = await publish({
      message: "Maintenance **tonight**, see [status](/status)",
      title: "Heads up",
      type: "warning",
      action: { label: "Details", url: "https://example.com/" },
      audience: { percentage: 100 },
      endsAt: "2099-01-01T00:00:00Z",
    });
    const { broadcast, ...rest } = await client.waitFor("new_broadcast", aboutBroadcast(id));
    expect(rest).toEqual({ type: "new_broadcast" });
    expect(Object.keys(broadcast).sort()).toEqual([...BROADCAST, ...ADDED_SINCE].sort());
    expect(broadcast).toMatchObject({
      id,
      revision: 1,
      title: "Heads up",
      message: "Maintenance **tonight**, see [status](/status)",
      message_type: "warning",
      type: "warning",
      starts_at: null,
      ends_at: "2099-01-01T00:00:00.000Z",
      dismissible: true,
      priority: "normal",
      placement: "top",
      action: { label: "Details", url: "https://example.com/" },
      paths: null,
      dir: "ltr",
      snoozed_until: null,
    });
    expect(broadcast.content).not.toEqual([]);
    expect(broadcast.created_at).toMatch(ISO_UTC);
    expect(broadcast.updated_at).toMatch(ISO_UTC);
  });

  test("each live broadcast follows `connected` as `active_broadcast`, and again when asked", async () => {
    const id = await publish({ message: "Live" });
    const client = await connect();
    const first = await client.waitFor("active_broadcast", aboutBroadcast(id));
    const from = client.frames.length;
    client.send({ type: "get_active_broadcast" });
    expect(await client.waitFor("active_broadcast", aboutBroadcast(id), { from })).toEqual(first);
  });

  test("[BC5] an edit is `broadcast_updated`, at the next revision", async () => {
    const client = await connect();
    const id = await publish({ message: "Tyop" });
    await client.waitFor("new_broadcast", aboutBroadcast(id));
    await mustCall(replica.url, "PATCH", `/api/v1/broadcasts/${id}`, {
      cookie,
      headers: { "if-match": "1" },
      body: { message: "Typo" },
    });
    const { broadcast, type } = await client.waitFor("broadcast_updated", aboutBroadcast(id));
    expect(type).toBe("broadcast_updated");
    expect(broadcast).toMatchObject({ revision: 2, message: "Typo" });
  });

  test("`broadcast_cleared` says which and why", async () => {
    const client = await connect();
    const id = await publish({ message: "First" });
    await client.waitFor("new_broadcast", aboutBroadcast(id));
    const next = await publish({ message: "In its place", replace: true });
    await client.waitFor("new_broadcast", aboutBroadcast(next));
    const cleared = {
      type: "broadcast_cleared",
      message: "Active broadcast has been cleared",
      broadcast_id: id,
      reason: "replaced",
      seq: expect.any(Number),
    };
    expect(client.frames.slice(-2)).toEqual([
      cleared,
      expect.objectContaining({ type: "new_broadcast" }),
    ]);
    await mustCall(replica.url, "POST", `${PUBLISH}/clear`, {
      cookie,
      body: { broadcast_id: next },
    });
    expect(await client.waitFor("broadcast_cleared", aboutBroadcast(next))).toEqual({
      ...cleared,
      broadcast_id: next,
      reason: "cleared",
    });
  });

  test("[BC8] a banner ends by itself, as `ended`", async () => {
    const client = await connect();
    const endsAt = new Date(Date.now() + 3_000).toISOString();
    const id = await publish({ message: "Short", endsAt });
    const frame = await client.waitFor("broadcast_cleared", aboutBroadcast(id));
    expect(frame.reason).toBe("ended");
    expect(Date.now()).toBeLessThan(Date.parse(endsAt) + 1_000 * PATIENCE);
  });

  test("[ACK1] an acknowledgement is confirmed, to every connection of the recipient", async () => {
    const [phone, laptop] = await Promise.all([
      connect({ userId: "ada" }),
      connect({ userId: "ada" }),
    ]);
    const id = await publish({ message: "Read me" });
    await Promise.all([phone, laptop].map((one) => one.waitFor("new_broadcast")));
    phone.send({ type: "acknowledge_broadcast", broadcast_id: id });
    for (const client of [phone, laptop]) {
      expect(await client.waitFor("broadcast_acknowledged")).toEqual({
        type: "broadcast_acknowledged",
        broadcast_id: id,
        revision: 1,
      });
    }
  });

  test("[ACK5] a snoozed broadcast says until when", async () => {
    const id = await publish({ message: "Later" });
    const client = await connect({ userId: "lin" });
    client.send({ type: "snooze_broadcast", broadcast_id: id, seconds: 600 });
    const { broadcast } = await client.waitFor("broadcast_updated", aboutBroadcast(id));
    const left = Date.parse(broadcast.snoozed_until ?? "") - Date.now();
    expect(left).toBeGreaterThan(590_000);
    expect(left).toBeLessThan(610_000);
  });

  test("`stats` goes to the dashboard, and to nobody else", async () => {
    const creator = await connect({ cookie, origin: replica.url });
    const visitor = await connect();
    await publish({ message: "Count me" });
    const { stats, mode } = await creator.waitFor("stats", ({ stats }) => stats.connections === 2);
    expect(mode).toBe("live");
    expect(stats).toMatchObject({ connected_users: 2, connected_sessions: 2, max_characters: 280 });
    await visitor.settled();
    expect(visitor.frames.some(({ type }) => type === "stats")).toBe(false);
  });

  test("a bare `ping` is answered by a bare `pong`", async () => {
    const client = await connect();
    client.sendText(PING);
    await client.until("pong", () => client.texts.includes("pong"));
  });
});

describe("who a socket is", () => {
  test("the subprotocol is `loudhailer.v1`, and no token is ever echoed", async () => {
    const token = (await connect()).connected.session_token;
    const client = await connect({ session: token });
    expect(client.protocol).toBe(SUBPROTOCOL);
    const headers = await handshake({
      "sec-websocket-protocol": `loudhailer.session.${token}, loudhailer.token.x.y.z, ${SUBPROTOCOL}`,
    });
    expect(headers).not.toContain(token);
    expect(headers).not.toContain("x.y.z");
    expect(headers).toContain(`Sec-WebSocket-Protocol: ${SUBPROTOCOL}`);
  });

  test("a client without subprotocols is served too", async () => {
    const client = await connect({ protocols: [] });
    expect(client.protocol).toBe("");
  });

  test("a session token takes the stay up again, also for a server that never heard of it", async () => {
    const first = await connect();
    const { session_id, session_token } = first.connected;
    await first.close();
    const again = await connect({ session: session_token });
    expect(again.connected.session_id).toBe(session_id);
  });

  test("a token that is not valid ends with an error frame and 4401", async () => {
    const client = await openOnly({ token: "not.a.token" });
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect(client.frames).toEqual([
      { type: "error", code: "token_invalid", message: expect.any(String) },
    ]);
    expect(client.texts.join()).not.toContain("not.a.token");
  });

  test("a workspace that does not exist ends with 4404", async () => {
    const client = await openOnly({ workspace: "nowhere" });
    expect(await client.closed).toMatchObject({ code: 4404 });
  });

  test("[SEC1] a foreign origin with the dashboard's cookie is refused by HTTP", async () => {
    const refused = openOnly({ cookie, origin: "https://evil.example" });
    await expect(refused).rejects.toThrow("403");
  });
});

describe("[SEC6] frames that are refused", () => {
  const id = randomUUID();
  test.each([
    ["no JSON", "{", "bad_frame"],
    ["an array", "[]", "bad_frame"],
    ["a number", "5", "bad_frame"],
    ["null", "null", "bad_frame"],
    ["no type", "{}", "bad_frame"],
    ["a type that is no text", '{"type":5}', "bad_frame"],
    ["an unknown type", '{"type":"shout"}', "unknown_type"],
    ["a prototype's name as type", '{"type":"__proto__"}', "unknown_type"],
    ["a prototype as field", '{"__proto__":{"type":"ping"}}', "bad_frame"],
    ["deep nesting", `{"type":${"[".repeat(5000)}${"]".repeat(5000)}}`, "bad_frame"],
    ["no broadcast id", '{"type":"acknowledge_broadcast"}', "invalid"],
    ["an id that is none", '{"type":"acknowledge_broadcast","broadcast_id":"1"}', "invalid"],
    ["a lone surrogate", '{"type":"acknowledge_broadcast","broadcast_id":"\\ud800"}', "invalid"],
    ["a control character", '{"type":"acknowledge_broadcast","broadcast_id":"\\u0000"}', "invalid"],
    [
      "a revision that is no number",
      `{"type":"acknowledge_broadcast","broadcast_id":"${id}","revision":"1"}`,
      "invalid",
    ],
    [
      "an unknown broadcast",
      `{"type":"acknowledge_broadcast","broadcast_id":"${id}"}`,
      "not_found",
    ],
    ["no seconds", `{"type":"snooze_broadcast","broadcast_id":"${id}"}`, "invalid"],
    ["a token that is no text", '{"type":"authenticate","token":5}', "invalid"],
  ])("%s is answered and the socket stays", async (_, text, code) => {
    const client = await connect();
    client.sendText(text);
    const error = await client.waitFor("error");
    expect(error).toMatchObject({ code, message: expect.stringMatching(/\w/) });
    await client.settled();
  });

  test("[ACK1] a revision above the current one is refused, and a final answer", async () => {
    const broadcast_id = await publish({ message: "Revision 1" });
    const client = await connect();
    client.send({ type: "acknowledge_broadcast", broadcast_id, revision: 2 });
    const error = await client.waitFor("error");
    expect(error).toMatchObject({ code: "revision_ahead", broadcast_id });
  });

  test("[ACK1] what cannot be dismissed is not", async () => {
    const broadcast_id = await publish({
      message: "Stays",
      dismissible: false,
      endsAt: "2099-01-01T00:00:00Z",
    });
    const client = await connect();
    client.send({ type: "acknowledge_broadcast", broadcast_id });
    const error = await client.waitFor("error");
    expect(error).toMatchObject({ code: "not_dismissible", broadcast_id });
    expect(client.shown).toEqual([broadcast_id]);
  });

  test("a binary frame is refused", async () => {
    const client = await connect();
    client.sendBinary(new Uint8Array([1, 2, 3]));
    expect(await client.waitFor("error")).toMatchObject({ code: "bad_frame" });
    await client.settled();
  });

  test("ten in ten seconds close the socket with 1008", async () => {
    const client = await connect();
    for (let count = 0; count < 10; count += 1) client.sendText("nonsense");
    expect(await client.closed).toMatchObject({ code: 1008 });
  });

  test("a frame over the limit closes the socket with 1009", async () => {
    const client = await connect();
    client.sendText("x".repeat(65_537));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });
});

/** A handshake by hand; resolves with the server's header lines. */
function handshake(headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const upgrade = request(`${replica.url}${SOCKET_PATH}`, {
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": Buffer.from(randomUUID().slice(0, 16)).toString("base64"),
        ...headers,
      },
    });
    upgrade.on("upgrade", ({ rawHeaders }, socket) => {
      const lines = rawHeaders.map((text, index) => text + (index % 2 === 0 ? ": " : "\n"));
      socket.destroy();
      resolve(lines.join(""));
    });
    upgrade.on("error", reject);
    upgrade.end();
  });
}
