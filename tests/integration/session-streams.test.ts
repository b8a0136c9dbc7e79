import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { parseEnv } from "@/lib/env";
import { createLogger } from "@/lib/logger";
import { compose } from "@/lib/runtime";
import { createWorkspace } from "@/lib/team/create-workspace";
import { ROOT } from "@/scripts/run";
import { mustCall } from "@/tests/support/api";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { createApiKey } from "@/tests/support/owner";
import { PATIENCE } from "@/tests/support/patience";
import { AUTH_SECRET, type Replica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { type Presence, StreamClient, type StreamOptions } from "@/tests/support/stream-client";

/** [STR2] */
const GONE_MS = 20_000 * PATIENCE;
/** [DEG3] */
const BACK_MS = 5_000 * PATIENCE;
/** Connections closer than that on two workers that cannot talk are as good as simultaneous. */
const CLOCK_ERROR_MS = 500;
const DEEP = `${"[".repeat(5_000)}${"]".repeat(5_000)}`;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let cluster: Cluster;
/** May listen to any session of the workspace, as an admin. */
let bearer: string;
const open: { terminate(): void }[] = [];

beforeAll(async () => {
  cluster = await startCluster(3);
  bearer = await createApiKey(replica(0).url, cluster.cookie, "admin");
});
afterEach(() => {
  for (const client of open.splice(0)) client.terminate();
});
afterAll(() => cluster?.stop());

function replica(index: number): Replica {
  const found = cluster.replicas[index];
  if (!found) throw new Error(`There is no replica ${index}.`);
  return found;
}

function later<T extends { terminate(): void }>(client: T): T {
  open.push(client);
  return client;
}

async function join(
  { url }: { url: string },
  sessionId: string,
  options: StreamOptions = { bearer },
): Promise<StreamClient> {
  return later(await StreamClient.join(url, sessionId, options));
}

/** One that has said hello on each replica. */
async function joinAll(sessionId: string): Promise<StreamClient[]> {
  const clients = await Promise.all(cluster.replicas.map((one) => join(one, sessionId)));
  await Promise.all(clients.map((client) => client.hello()));
  return clients;
}

/** A visitor's session, with the token that proves it. */
async function newSession(workspace = "default"): Promise<{ id: string; token: string }> {
  const { connected } = later(await SocketClient.connect(replica(0).url, { workspace }));
  return { id: connected.session_id, token: connected.session_token };
}

function idsIn({ members }: Presence): string[] {
  return members.map(({ connection_id }) => connection_id).sort();
}

function idsOf(...clients: StreamClient[]): string[] {
  return clients.map(({ connectionId }) => connectionId).sort();
}

/** Waits until `client` is told that exactly these are there. */
async function untilPresent(
  client: StreamClient,
  members: StreamClient[],
  timeout: number,
): Promise<void> {
  await expect
    .poll(async () => idsIn(await client.presence()), { timeout, interval: 200 })
    .toEqual(idsOf(...members));
}

describe("frames, byte for byte", () => {
  test("§ 7: `connected` is the first", async () => {
    const { id, token } = await newSession();
    const client = later(await StreamClient.open(replica(1).url, id, { session: token }));
    // What is sent at once waits until it is in.
    client.send({ type: "presence" });
    const text = await client.next();
    const { connection_id } = JSON.parse(text);
    expect(connection_id).toMatch(UUID);
    expect(text).toBe(
      `{"type":"connected","session_id":"${id}","connection_id":"${connection_id}","user_type_required":true}`,
    );
    expect(await client.nextJson()).toMatchObject({ type: "error", code: "hello_required" });
  });

  test("§ 7: `presence` is the cluster's, wherever it is asked for", async () => {
    const id = randomUUID();
    const startedAt = Date.now() / 1000;
    const agent = await join(replica(0), id);
    await agent.hello("admin", "agent-desk");
    const web = await join(replica(1), id);
    await web.hello("user", "web");
    const tab = await join(replica(2), id);
    await tab.hello("user", "web");
    const silent = await join(replica(2), id);
    for (const client of [agent, web, tab]) {
      client.send({ type: "presence" });
      const text = await client.next();
      const frame = JSON.parse(text);
      const said = [
        [agent, "admin", "agent-desk"],
        [web, "user", "web"],
        [tab, "user", "web"],
        [silent, null, null],
      ] as const;
      const members = said.map(([{ connectionId }, user_type, client_type], index) => {
        const { connected_at, last_seen } = frame.members[index];
        for (const time of [connected_at, last_seen]) {
          expect(time).toBeGreaterThan(startedAt - 5);
          expect(time).toBeLessThan(Date.now() / 1000 + 5);
        }
        expect(last_seen).toBeGreaterThanOrEqual(connected_at);
        return { connection_id: connectionId, user_type, client_type, connected_at, last_seen };
      });
      const by_type = { "agent-desk": 1, web: 2, unknown: 1 };
      expect(text).toBe(
        JSON.stringify({ type: "presence", session_id: id, count: 4, by_type, members }),
      );
    }
    await web.close();
    await untilPresent(agent, [agent, tab, silent], BACK_MS);
  });

  test("§ 7: a `broadcast` is a `session_message` to every listener, the sender too, once", async () => {
    const id = randomUUID();
    const [sender, ...others] = await joinAll(id);
    if (!sender) throw new Error("Nobody is there.");
    const tab = await join(replica(0), id);
    const everybody = [sender, tab, ...others];
    sender.send({ type: "broadcast", msg: "typing", data: { at: [1, null, "ä"] } });
    sender.send({ type: "broadcast", msg: "done" });
    for (const client of everybody) {
      expect(await client.next()).toBe(
        '{"type":"session_message","user_type":"user","client_type":"web","msg":"typing","data":{"at":[1,null,"ä"]}}',
      );
      expect(await client.next()).toBe(
        '{"type":"session_message","user_type":"user","client_type":"web","msg":"done","data":null}',
      );
    }
    for (const client of everybody) await client.settled();
  });

  test.each([
    ['{"type":"dance","x":{"y":[1]}}'],
    ['{"type":7}'],
    ["{}"],
    ["[1,2]"],
    ["null"],
    ['"text"'],
    ['{"__proto__":{"type":"presence"}}'],
  ])("§ 7: %s is echoed to its sender alone", async (text) => {
    const id = randomUUID();
    const [sender, ...others] = await joinAll(id);
    sender?.sendText(text);
    expect(await sender?.next()).toBe(`{"type":"echo","data":${text}}`);
    sender?.send({ type: "broadcast", msg: "marker" });
    for (const other of others) expect(await other.nextJson()).toMatchObject({ msg: "marker" });
  });
});

describe("hello", () => {
  test.each([
    ["presence", '{"type":"presence"}'],
    ["a broadcast", '{"type":"broadcast","msg":"hi"}'],
    ["a broadcast with wrong fields", '{"type":"broadcast"}'],
    ["an unknown type", '{"type":"dance"}'],
    ["no JSON", "nonsense"],
    ["deep nesting", DEEP],
  ])("§ 7: before it, %s is refused with `hello_required`", async (_, text) => {
    const client = await join(replica(0), randomUUID());
    client.sendText(text);
    expect(await client.next()).toMatch(
      /^\{"type":"error","code":"hello_required","message":"\w[^"]+"\}$/,
    );
    await client.hello();
  });

  test("§ 7: before it, what others say is heard already", async () => {
    const id = randomUUID();
    const [client, sender] = await Promise.all([join(replica(0), id), join(replica(1), id)]);
    await sender.hello();
    sender.send({ type: "broadcast", msg: "for all" });
    expect(await client.nextJson()).toMatchObject({ type: "session_message", msg: "for all" });
  });

  test.each([
    ["no user_type", { client_type: "web" }],
    ["no client_type", { user_type: "user" }],
    ["an empty name", { user_type: "", client_type: "web" }],
    ["a name that is no text", { user_type: "user", client_type: ["web"] }],
    ["a name too long", { user_type: "u".repeat(65), client_type: "web" }],
    ["a control character", { user_type: "us\u0000er", client_type: "web" }],
    ["a lone surrogate", { user_type: "\ud800", client_type: "web" }],
  ])("[SEC6] with %s is refused as `invalid`, and can be said again", async (_, fields) => {
    const client = await join(replica(0), randomUUID());
    expect(await client.ask({ type: "hello", ...fields })).toMatchObject({
      type: "error",
      code: "invalid",
    });
    await client.hello();
  });

  test.each([
    ["", { type: "hello", user_type: "other", client_type: "other" }],
    [", whatever its fields", { type: "hello" }],
  ])("§ 7: a second one is refused with `already_identified`%s", async (_, frame) => {
    const client = await join(replica(0), randomUUID());
    await client.hello("user", "__proto__");
    expect(await client.ask(frame)).toMatchObject({ type: "error", code: "already_identified" });
    client.send({ type: "presence" });
    const text = await client.next();
    expect(text).toContain('"count":1,"by_type":{"__proto__":1},');
    expect(text).toContain('"user_type":"user","client_type":"__proto__"');
  });
});

describe("[STR4] secrets", () => {
  const DATA = {
    Password: "x",
    kept: 1,
    list: [{ api_key: "x", "X-Api-Key": "x", ok: { Cookie: "x", access_token: "x", fine: true } }],
    token_count: 3,
    secret: { nested: "x" },
    Authorization: "x",
  };
  const CLEAN = '{"kept":1,"list":[{"ok":{"fine":true}}],"token_count":3}';

  test("are removed from what is relayed, here and on other replicas", async () => {
    const clients = await joinAll(randomUUID());
    clients[0]?.send({ type: "broadcast", msg: "look", data: DATA });
    for (const client of clients) expect(await client.next()).toContain(`"data":${CLEAN}}`);
  });

  test("are removed from echoes", async () => {
    const client = await join(replica(0), randomUUID());
    await client.hello();
    client.send({ token: "x", ...DATA });
    expect(await client.next()).toBe(`{"type":"echo","data":${CLEAN}}`);
  });
});

describe("[SEC6] frames that are refused", () => {
  test.each([
    ["no JSON", "{", "bad_frame"],
    ["deep nesting", DEEP, "bad_frame"],
    ["a deep `data`", `{"type":"broadcast","msg":"x","data":${DEEP}}`, "bad_frame"],
    ["no `msg`", '{"type":"broadcast"}', "invalid"],
    ["a `msg` that is no text", '{"type":"broadcast","msg":7}', "invalid"],
    ["an empty `msg`", '{"type":"broadcast","msg":""}', "invalid"],
  ])("%s: an error, and the socket stays", async (_, text, code) => {
    const client = await join(replica(0), randomUUID());
    await client.hello();
    client.sendText(text);
    expect(await client.nextJson()).toMatchObject({ type: "error", code });
    await client.settled();
  });

  test("a binary frame: an error, and the socket stays", async () => {
    const client = await join(replica(0), randomUUID());
    await client.hello();
    client.sendBinary(new Uint8Array([1, 2, 3]));
    expect(await client.nextJson()).toMatchObject({ type: "error", code: "bad_frame" });
    await client.settled();
  });

  test("odd characters and prototype keys are passed on as they are", async () => {
    const clients = await joinAll(randomUUID());
    const data = '{"__proto__":{"a":1},"constructor":"\\ud800\\u0000"}';
    clients[0]?.sendText(`{"type":"broadcast","msg":"\\ud800","data":${data}}`);
    for (const client of clients) {
      expect(await client.next()).toContain(`"msg":"\\ud800","data":${data}}`);
    }
  });

  test("ten in ten seconds close the socket with 1008", async () => {
    const client = await join(replica(0), randomUUID());
    for (let count = 0; count < 10; count += 1) client.sendText("nonsense");
    expect(await client.closed).toMatchObject({ code: 1008 });
  });

  test("[SEC5] a frame over the limit closes the socket with 1009", async () => {
    const client = await join(replica(0), randomUUID());
    client.sendText("x".repeat(65_537));
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  test("[SEC5] a burst goes through, a flood is cut off, and nobody else is", async () => {
    const [flooder, other] = await joinAll(randomUUID());
    for (let count = 0; count < 90; count += 1) flooder?.send({ type: "broadcast", msg: "!" });
    for (let count = 0; count < 90; count += 1) {
      expect(await other?.nextJson()).toMatchObject({ msg: "!" });
    }
    for (let count = 0; count < 300; count += 1) flooder?.send({ type: "broadcast", msg: "!" });
    expect(await flooder?.closed).toMatchObject({ code: 1008 });
    other?.send({ type: "broadcast", msg: "still here" });
    let heard = 0;
    while (!(await other?.next())?.includes("still here")) heard += 1;
    expect(heard).toBeLessThan(100);
  });
});

describe("[STR1] who may listen", () => {
  async function refused(
    sessionId: string,
    options: StreamOptions,
  ): Promise<{ code: number; frame: unknown }> {
    const client = later(await StreamClient.open(replica(1).url, sessionId, options));
    const frame = await client.nextJson();
    return { frame, code: (await client.closed).code };
  }
  const forbidden = {
    frame: { type: "error", code: "forbidden", message: expect.any(String) },
    code: 4403,
  };

  test("whoever holds the session's own token, but never as admin", async () => {
    const { id, token } = await newSession();
    const client = await join(replica(2), id, { session: token });
    expect(
      await client.ask({ type: "hello", user_type: "admin", client_type: "web" }),
    ).toMatchObject({ type: "error", code: "forbidden" });
    await client.hello("user", "web");
  });

  test("not with another session's token, or none, or one that is forged", async () => {
    const [mine, other] = [await newSession(), await newSession()];
    expect(await refused(mine.id, { session: other.token })).toEqual(forbidden);
    expect(await refused(mine.id, {})).toEqual(forbidden);
    expect(await refused(mine.id, { session: `${mine.token}x` })).toEqual(forbidden);
  });

  test("a dashboard identity, on the dashboard's own origin only", async () => {
    const { cookie } = cluster;
    const id = randomUUID();
    const { url } = replica(0);
    const client = await join({ url }, id, { cookie, origin: url });
    await client.hello("admin", "dashboard");
    const foreign = StreamClient.open(url, id, { cookie, origin: "https://evil.example" });
    await expect(foreign).rejects.toThrow("403");
    expect(await refused(id, { cookie })).toEqual(forbidden);
  });

  test("an API key, as admin only with that right, until it is revoked", async () => {
    const id = randomUUID();
    const made = await mustCall(replica(0).url, "POST", "/api/v1/api-keys", {
      cookie: cluster.cookie,
      body: { name: "A publisher's key", role: "publisher" },
    });
    const key = z.object({ key: z.string(), id: z.string() }).parse(made.json);
    const client = await join(replica(2), id, { bearer: key.key });
    expect(await client.ask({ type: "hello", user_type: "admin", client_type: "x" })).toMatchObject(
      { type: "error", code: "forbidden" },
    );
    await client.hello("agent", "script");
    const admin = await join(replica(1), id);
    await admin.hello("admin", "script");

    await mustCall(replica(0).url, "DELETE", `/api/v1/api-keys/${key.id}`, {
      cookie: cluster.cookie,
    });
    expect(await client.closed).toMatchObject({ code: 4401 });
    expect(await refused(id, { bearer: key.key })).toMatchObject({
      frame: { type: "error", code: "token_invalid" },
      code: 4401,
    });
    await untilPresent(admin, [admin], BACK_MS);
  });

  test("nobody in a workspace or a session that cannot be", async () => {
    const unknown = { frame: { type: "error", code: "not_found" }, code: 4404 };
    expect(await refused(randomUUID(), { workspace: "nowhere" })).toMatchObject(unknown);
    expect(await refused("a.b", { bearer })).toMatchObject(unknown);
    expect(await refused("x".repeat(129), { bearer })).toMatchObject(unknown);
  });
});

describe("two workspaces", () => {
  beforeAll(() => addWorkspace("shop"));

  test("§ 7: streams of the same name never meet", async () => {
    const id = randomUUID();
    const { cookie } = cluster;
    const listen = async (index: number, workspace: string) => {
      const { url } = replica(index);
      const client = await join({ url }, id, { workspace, cookie, origin: url });
      await client.hello();
      return client;
    };
    const [here, alsoHere, there] = await Promise.all([
      listen(0, "default"),
      listen(1, "default"),
      listen(0, "shop"),
    ]);
    expect(idsIn(await here.presence())).toEqual(idsOf(here, alsoHere));
    expect(idsIn(await there.presence())).toEqual(idsOf(there));
    here.send({ type: "broadcast", msg: "only here" });
    expect(await alsoHere.nextJson()).toMatchObject({ msg: "only here" });
    there.send({ type: "broadcast", msg: "only there" });
    expect(await there.nextJson()).toMatchObject({ msg: "only there" });
  });

  test("[STR1] a session's token and an API key are good in their own only", async () => {
    const { id, token } = await newSession("shop");
    const client = await join(replica(1), id, { workspace: "shop", session: token });
    await client.settled();
    for (const options of [{ session: token }, { workspace: "shop", bearer }]) {
      const stranger = later(await StreamClient.open(replica(1).url, id, options));
      expect(await stranger.closed).toMatchObject({ code: 4403 });
    }
  });

  /** By one more worker of the cluster, in this process. */
  async function addWorkspace(slug: string): Promise<void> {
    const composition = await compose({
      env: parseEnv({
        LOUDHAILER_MODE: "local",
        DATABASE_URL: cluster.postgres.url,
        REDIS_URL: cluster.redis.url,
        AUTH_SECRET,
      }),
      logger: createLogger("silent", { worker: "test" }),
      root: ROOT,
      version: "0.0.0",
      workerId: "maker-of-workspaces",
    });
    try {
      const owner = await composition.runtime.authenticator.resolve({
        headers: { cookie: cluster.cookie },
        url: new URL(replica(0).url),
        address: "127.0.0.1",
        method: "GET",
      });
      if (owner.kind !== "member") throw new Error("The owner is a member.");
      await createWorkspace(owner, { slug, name: slug });
    } finally {
      await composition.close();
    }
    for (const { url } of cluster.replicas) while (!(await isKnown(url, slug)));
  }

  async function isKnown(url: string, workspace: string): Promise<boolean> {
    const client = later(await StreamClient.open(url, randomUUID(), { workspace }));
    return (await client.closed).code !== 4404;
  }
});

describe("Redis", () => {
  test("[DEG3] emptied: everybody is on the list again", async () => {
    const clients = await joinAll(randomUUID());
    await cluster.redis.command("FLUSHALL");
    for (const client of clients) await untilPresent(client, clients, BACK_MS);
  });

  test("[DEG2] [DEG3] killed: those here hear at once, and the others when it is back", async () => {
    const id = randomUUID();
    const clients = await joinAll(id);
    const [sender, , other] = clients;
    const leaver = await join(replica(2), id);
    await cluster.redis.kill();
    const near = await join(replica(0), id);
    sender?.send({ type: "broadcast", msg: "is anybody there?" });
    expect(await near.nextJson()).toMatchObject({ msg: "is anybody there?" });
    expect(await sender?.nextJson()).toMatchObject({ msg: "is anybody there?" });
    await leaver.close();
    await cluster.redis.restart();
    for (const client of clients) await untilPresent(client, [...clients, near], BACK_MS);
    sender?.send({ type: "broadcast", msg: "all again" });
    expect(await other?.nextJson()).toMatchObject({ msg: "all again" });
  });
});

describe("[STR3] single-owner mode", () => {
  let first: Replica;
  let second: Replica;
  beforeAll(async () => {
    const env = { SESSION_STREAM_MODE: "single-owner", ALLOW_OPEN_SESSION_STREAMS: "true" };
    [first, second] = await Promise.all([cluster.add(env), cluster.add(env)]);
  });

  /** [STR1] As streams are open to anybody here, without any right. */
  const own = (where: Replica, id: string) => join(where, id, {});

  test("a new connection closes the previous with 4409, wherever it is", async () => {
    const id = randomUUID();
    let owner = await own(first, id);
    for (const where of [first, second, second, first]) {
      const next = await own(where, id);
      expect(await owner.closed).toMatchObject({ code: 4409 });
      await next.hello();
      await untilPresent(next, [next], BACK_MS);
      owner = next;
    }
  });

  test("of many at once, everywhere, one is left", async () => {
    const id = randomUUID();
    const clients = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const where = index % 2 === 0 ? first : second;
        return StreamClient.open(where.url, id).then(later);
      }),
    );
    const left = new Set(clients);
    for (const client of clients) void client.closed.then(() => left.delete(client));
    await expect.poll(() => left.size, { timeout: BACK_MS }).toBe(1);
    const [owner] = left;
    if (!owner) throw new Error("Nobody is left.");
    await owner.nextJson();
    await owner.hello();
    expect((await owner.presence()).count).toBe(1);
  });

  test("connections made apart while Redis is away settle on the newest when it is back", async () => {
    const ids = [randomUUID(), randomUUID()];
    await cluster.redis.kill();
    const older = await Promise.all([own(first, ids[0] ?? ""), own(second, ids[1] ?? "")]);
    await sleep(CLOCK_ERROR_MS);
    const newer = await Promise.all([own(second, ids[0] ?? ""), own(first, ids[1] ?? "")]);
    for (const client of [...older, ...newer]) await client.hello();
    await cluster.redis.restart();
    for (const client of older) expect(await client.closed).toMatchObject({ code: 4409 });
    for (const client of newer) await untilPresent(client, [client], BACK_MS);
  });

  test("a worker that is stopped blocks nobody, and gives up what it had", async () => {
    const id = randomUUID();
    const before = await own(first, id);
    first.signal("SIGSTOP");
    try {
      const after = await own(second, id);
      await after.hello();
      first.signal("SIGCONT");
      expect(await before.closed).toMatchObject({ code: 4409 });
      await after.settled();
    } finally {
      first.signal("SIGCONT");
    }
  });

  test("a dead worker blocks nobody", async () => {
    const id = randomUUID();
    const before = await own(first, id);
    await first.kill();
    await before.closed;
    const after = await own(second, id);
    await after.hello();
    const again = await own(second, id);
    expect(await after.closed).toMatchObject({ code: 4409 });
    await again.hello();
  });
});

describe("workers that go", () => {
  test("[STR2] killed: its members are gone in 20 s; stopped: too, and back when it goes on", async () => {
    const id = randomUUID();
    const [watcher, dead, paused] = await joinAll(id);
    if (!watcher || !dead || !paused) throw new Error("There are three.");
    expect(idsIn(await watcher.presence())).toEqual(idsOf(watcher, dead, paused));
    replica(2).signal("SIGSTOP");
    try {
      await replica(1).kill();
      await untilPresent(watcher, [watcher], GONE_MS);
    } finally {
      replica(2).signal("SIGCONT");
    }
    await untilPresent(watcher, [watcher, paused], BACK_MS);
    await untilPresent(paused, [watcher, paused], BACK_MS);
    paused.send({ type: "broadcast", msg: "here again" });
    expect(await watcher.nextJson()).toMatchObject({ msg: "here again" });
  });

  test("[DEG7] told to stop: its listeners are sent elsewhere, and off the list at once", async () => {
    const id = randomUUID();
    const [watcher, leaving] = await Promise.all([join(replica(0), id), join(replica(2), id)]);
    await watcher.hello();
    expect(await replica(2).stop()).toBe(0);
    expect(await leaving.next()).toMatch(/^\{"type":"reconnect","after_ms":\d+\}$/);
    expect(await leaving.closed).toMatchObject({ code: 1012 });
    expect(idsIn(await watcher.presence())).toEqual(idsOf(watcher));
  });
});
