import { afterEach, describe, expect, test, vi } from "vitest";
import type { ClientFrame } from "@/core/protocol";
import { identityOf } from "./identity";
import { aBroadcast } from "./testing/a-broadcast";
import type { BannerServer } from "./testing/banner-server";
import {
  aClient,
  aServer,
  aStorage,
  aToken,
  closeAll,
  isLive,
  messages,
  shows,
  watchedSockets,
  when,
} from "./testing/recipient";

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await closeAll();
});

/** Only what the client waits by; sockets and promises go on. */
const fakeTimeouts = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

const acknowledgement = (broadcast_id: string, revision = 1): ClientFrame => ({
  type: "acknowledge_broadcast",
  broadcast_id,
  revision,
});

const framesOf = (server: BannerServer, connection: number) =>
  server.connections[connection]?.frames ?? [];

describe("a banner client", () => {
  test("[PUB2] shows what is live when it connects and what is published afterwards", async () => {
    const server = await aServer();
    server.live = [aBroadcast({ message: "first" })];
    const client = aClient(server);
    await when(client, shows("first"));
    server.publish(aBroadcast({ message: "second", priority: "high" }));
    await when(client, shows("second", "first"));
    server.clear(server.live[0]?.id ?? "");
    await when(client, shows("second"));
    expect(client.getSnapshot().connection).toBe("live");
  });

  test("tells the server its workspace, its locale and its position", async () => {
    const server = await aServer();
    server.live = [aBroadcast({ seq: 90 })];
    const client = aClient(server, { workspace: "north", locale: "fr-CA" });
    await when(client, shows("Hello"));
    server.connections[0]?.terminate();
    await server.until(() => server.connections.length === 2);
    const queries = server.connections.map(({ request }) => {
      const { searchParams } = new URL(request.url ?? "", server.url);
      return Object.fromEntries(searchParams);
    });
    expect(queries).toEqual([
      { workspace: "north", locale: "fr-CA", seq: "0" },
      { workspace: "north", locale: "fr-CA", seq: "90" },
    ]);
  });

  test("calls nobody when a frame changes nothing", async () => {
    const server = await aServer();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server);
    const before = await when(client, shows("Hello"));
    // It appears in one snapshot and is no longer fresh in the next.
    server.publish(broadcast);
    await when(client, ({ fresh }) => fresh.length === 0);
    const calls = vi.fn();
    client.subscribe(calls);
    server.publish(broadcast);
    server.connections[0]?.send("pong");
    server.publish(aBroadcast({ message: "news" }));
    await when(client, ({ banners }) => banners.length === 2);
    expect(calls).toHaveBeenCalledTimes(1);
    expect(before.banners).toHaveLength(1);
  });

  test("ignores what it does not understand", async () => {
    const server = await aServer();
    const client = aClient(server);
    await when(client, isLive);
    const nonsense = [
      "",
      "{",
      "[]",
      "null",
      '"x"',
      '{"type":"balloon"}',
      '{"type":"new_broadcast"}',
      '{"type":"new_broadcast","broadcast":{"id":"x"}}',
      '{"type":"connected"}',
      '{"type":"broadcast_cleared"}',
    ];
    for (const text of nonsense) server.connections[0]?.send(text);
    server.publish(aBroadcast());
    await when(client, shows("Hello"));
    expect(server.connections).toHaveLength(1);
  });

  test("stays empty where there is no WebSocket", async () => {
    const server = await aServer();
    vi.stubGlobal("WebSocket", undefined);
    const client = aClient(server, { WebSocket: undefined });
    expect(client.getSnapshot().banners).toEqual([]);
    await client.identify();
    client.dismiss("x");
    client.close();
    client.close();
    expect(server.connections).toHaveLength(0);
  });

  test("[BC7] says how many banners are shown at once", async () => {
    const server = await aServer();
    server.greeting = () => ({ stack_size: 3 });
    const client = aClient(server);
    await when(client, ({ stackSize }) => stackSize === 3);
  });

  test("[AUD3] follows the page's path", async () => {
    const server = await aServer();
    server.live = [aBroadcast({ message: "docs", paths: ["/docs*"] })];
    const client = aClient(server);
    await when(client, isLive);
    server.publish(aBroadcast({ message: "all" }));
    await when(client, shows("all"));
    client.setPath("/docs/start");
    expect(messages(client)).toEqual(["docs", "all"]);
    client.setPath(null);
    expect(messages(client)).toEqual(["all"]);
  });

  test("[CLI6] ends a banner at its end by the server's clock, also offline", async () => {
    fakeTimeouts();
    const server = await aServer();
    const AHEAD_MS = 5 * 60_000;
    server.greeting = () => ({ server_time: new Date(Date.now() + AHEAD_MS).toISOString() });
    server.live = [aBroadcast({ ends_at: new Date(Date.now() + AHEAD_MS + 1_000).toISOString() })];
    const client = aClient(server);
    await when(client, shows("Hello"));
    await server.close();
    const real = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => real() + 1_000);
    await vi.advanceTimersByTimeAsync(1_001);
    expect(messages(client)).toEqual([]);
  });
});

describe("dismissing", () => {
  test("[ACK1] hides the banner at once and tells the server its revision", async () => {
    const server = await aServer();
    const broadcast = aBroadcast({ revision: 3 });
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    expect(messages(client)).toEqual([]);
    await server.until(() => framesOf(server, 0).length === 1);
    expect(framesOf(server, 0)).toEqual([acknowledgement(broadcast.id, 3)]);
  });

  test("[ACK1] is repeated on every connection until it has an answer, and then no more", async () => {
    const server = await aServer();
    const confirm = server.onFrame;
    server.onFrame = () => {};
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    await server.until(() => framesOf(server, 0).length === 1);
    server.onFrame = confirm;
    server.connections[0]?.terminate();
    await server.until(() => framesOf(server, 1).length === 1);
    expect(framesOf(server, 1)).toEqual([acknowledgement(broadcast.id)]);
    // Sent after the answer, so what follows it has been taken.
    server.publish(aBroadcast({ message: "next" }));
    await when(client, shows("next"));
    server.connections[1]?.terminate();
    await server.until(() => server.connections.length === 3);
    server.connections[2]?.send("ping");
    await server.until(() => framesOf(server, 2).length > 0);
    expect(framesOf(server, 2)).toEqual(["pong"]);
  });

  test("[ACK1] is repeated on an open connection that does not answer", async () => {
    fakeTimeouts();
    const server = await aServer();
    server.onFrame = () => {};
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    await server.until(() => framesOf(server, 0).length === 1);
    await vi.advanceTimersByTimeAsync(10_000);
    await server.until(() => framesOf(server, 0).length === 2);
  });

  test("[ACK1] survives a reload before the answer, and hides the banner from the start", async () => {
    const server = await aServer();
    const storage = aStorage();
    const confirm = server.onFrame;
    server.onFrame = () => {};
    const broadcast = aBroadcast();
    server.live = [broadcast, aBroadcast({ message: "other" })];
    const before = aClient(server, { storage });
    await when(before, ({ banners }) => banners.length === 2);
    before.dismiss(broadcast.id);
    before.close();
    server.onFrame = confirm;
    const after = aClient(server, { storage });
    expect(messages(after)).toEqual(["other"]);
    await server.until(() => framesOf(server, 1).length === 1);
    expect(framesOf(server, 1)).toEqual([acknowledgement(broadcast.id)]);
  });

  test.each(["not_dismissible", "revision_ahead", "invalid"] as const)(
    "[ACK1] is taken back when the server refuses it as %s",
    async (code) => {
      const server = await aServer();
      const broadcast = aBroadcast();
      server.live = [broadcast];
      server.onFrame = (connection) => {
        connection.send({ type: "error", code, message: "", broadcast_id: broadcast.id });
      };
      const client = aClient(server);
      await when(client, shows("Hello"));
      client.dismiss(broadcast.id);
      expect(messages(client)).toEqual([]);
      await when(client, shows("Hello"));
    },
  );

  test("[ACK1] stands when the broadcast is gone", async () => {
    const server = await aServer();
    const storage = aStorage();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    server.onFrame = (connection) => {
      connection.send({
        type: "error",
        code: "not_found",
        message: "",
        broadcast_id: broadcast.id,
      });
    };
    const client = aClient(server, { storage });
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    await server.until(() => framesOf(server, 0).length === 1);
    server.publish(aBroadcast({ message: "next" }));
    await when(client, shows("next"));
    server.connections[0]?.terminate();
    await server.until(() => server.connections.length === 2);
    server.connections[1]?.send("ping");
    await server.until(() => framesOf(server, 1).length > 0);
    expect(framesOf(server, 1)).toEqual(["pong"]);
  });

  test("[DEG5] is kept and repeated while the database is away", async () => {
    fakeTimeouts();
    const server = await aServer();
    const confirm = server.onFrame;
    const broadcast = aBroadcast();
    server.live = [broadcast];
    server.onFrame = (connection) => {
      connection.send({
        type: "error",
        code: "unavailable",
        message: "",
        broadcast_id: broadcast.id,
      });
    };
    server.greeting = () => ({ acks: "unknown" });
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    await server.until(() => framesOf(server, 0).length === 1);
    server.connections[0]?.send({ type: "active_broadcast", broadcast });
    server.publish(aBroadcast({ message: "next" }));
    await when(client, shows("next"));
    server.onFrame = confirm;
    await vi.advanceTimersByTimeAsync(10_000);
    await server.until(() => framesOf(server, 0).length === 2);
    expect(messages(client)).toEqual(["next"]);
  });

  test("[SEC6] sends few of many at a time, so that refusals do not close the connection", async () => {
    const server = await aServer();
    const storage = aStorage();
    const many = Array.from({ length: 12 }, () => aBroadcast());
    server.live = many;
    server.onFrame = () => {};
    const before = aClient(server, { storage });
    await when(before, ({ banners }) => banners.length === 12);
    before.close();
    const offline = aClient(server, { storage });
    for (const { id } of many) offline.dismiss(id);
    offline.close();
    aClient(server, { storage });
    await server.until(() => framesOf(server, server.connections.length - 1).length === 5);
    server.connections.at(-1)?.send("ping");
    await server.until(() => framesOf(server, server.connections.length - 1).includes("pong"));
    expect(framesOf(server, server.connections.length - 1)).toHaveLength(6);
  });

  test("[ACK2] on another device takes the banner off here, also when it comes after a reload", async () => {
    const server = await aServer();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    server.connections[0]?.send({
      type: "broadcast_acknowledged",
      broadcast_id: broadcast.id,
      revision: 1,
    });
    await when(client, shows());
    server.publish({ ...broadcast, revision: 2, show_from_revision: 2, message: "again" });
    await when(client, shows("again"));
  });

  test("[BC3] does nothing to a banner that cannot be dismissed", async () => {
    const server = await aServer();
    const broadcast = aBroadcast({ dismissible: false });
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    client.dismiss("unknown");
    expect(messages(client)).toEqual(["Hello"]);
  });

  test("[CLI4] works where the storage throws", async () => {
    const server = await aServer();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const refuse = () => {
      throw new DOMException("blocked", "SecurityError");
    };
    const client = aClient(server, { storage: { getItem: refuse, setItem: refuse } });
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    await server.until(() => framesOf(server, 0).length === 1);
    expect(messages(client)).toEqual([]);
  });
});

describe("snoozing", () => {
  const HOUR_S = 3600;

  test("[ACK5] hides the banner until then", async () => {
    fakeTimeouts();
    const server = await aServer();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.snooze(broadcast.id, HOUR_S);
    expect(messages(client)).toEqual([]);
    await server.until(() => framesOf(server, 0).length === 1);
    expect(framesOf(server, 0)).toEqual([
      { type: "snooze_broadcast", broadcast_id: broadcast.id, seconds: HOUR_S },
    ]);
    const real = Date.now;
    vi.spyOn(Date, "now").mockImplementation(() => real() + HOUR_S * 1000);
    await vi.advanceTimersByTimeAsync(HOUR_S * 1000);
    expect(messages(client)).toEqual(["Hello"]);
  });

  test("[ACK5] is sent again to a server that does not know of it", async () => {
    const server = await aServer();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.snooze(broadcast.id, HOUR_S);
    await server.until(() => framesOf(server, 0).length === 1);
    server.connections[0]?.terminate();
    await server.until(() => framesOf(server, 1).length === 1);
    expect(framesOf(server, 1)[0]).toMatchObject({ type: "snooze_broadcast" });
    const until = new Date(Date.now() + HOUR_S * 1000).toISOString();
    server.live = [{ ...broadcast, snoozed_until: until }];
    server.connections[1]?.terminate();
    await server.until(() => server.connections.length === 3);
    server.connections[2]?.send("ping");
    await server.until(() => framesOf(server, 2).length > 0);
    expect(framesOf(server, 2)).toEqual(["pong"]);
  });
});

describe("events and receipts", () => {
  test("[PUB5] a banner is announced once: not after a reconnect, a double publish or a reload", async () => {
    const server = await aServer();
    const storage = aStorage();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server, { storage });
    const shown: string[] = [];
    client.on("shown", (detail) => shown.push(detail.broadcast.message));
    await when(client, ({ fresh }) => fresh.includes(broadcast.id));
    server.publish(broadcast);
    server.connections[0]?.terminate();
    await server.until(() => server.connections.length === 2);
    server.publish({ ...broadcast, seq: 900, revision: 2, message: "fixed silently" });
    await when(client, shows("fixed silently"));
    client.close();
    const reloaded = aClient(server, { storage });
    reloaded.on("shown", (detail) => shown.push(detail.broadcast.message));
    await when(reloaded, isLive);
    expect(reloaded.getSnapshot().fresh).toEqual([]);
    const again = { ...broadcast, seq: 901, revision: 3, show_from_revision: 3, message: "again" };
    server.publish(again);
    await when(reloaded, ({ fresh }) => fresh.length === 1);
    await Promise.resolve();
    expect(shown).toEqual(["Hello", "again"]);
  });

  test("[PUB5] what waits behind N more is announced when its turn comes", async () => {
    const server = await aServer();
    const [first, second] = [
      aBroadcast({ message: "first", priority: "high" }),
      aBroadcast({ message: "second" }),
    ];
    server.live = [first, second];
    const client = aClient(server);
    const shown: string[] = [];
    client.on("shown", (detail) => shown.push(detail.broadcast.message));
    await when(client, shows("first", "second"));
    client.dismiss(first.id);
    await Promise.resolve();
    expect(shown).toEqual(["first", "second"]);
  });

  test("[ACK4] seen is reported once, some time within 10 s", async () => {
    fakeTimeouts();
    vi.spyOn(Math, "random").mockReturnValue(0.9);
    const server = await aServer();
    const storage = aStorage();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server, { storage });
    await when(client, shows("Hello"));
    client.markSeen(broadcast.id);
    await vi.advanceTimersByTimeAsync(8_999);
    server.connections[0]?.send("ping");
    await server.until(() => framesOf(server, 0).length > 0);
    expect(framesOf(server, 0)).toEqual(["pong"]);
    await vi.advanceTimersByTimeAsync(1);
    await server.until(() => framesOf(server, 0).length === 2);
    client.markSeen(broadcast.id);
    client.close();
    const reloaded = aClient(server, { storage });
    reloaded.markSeen(broadcast.id);
    await when(reloaded, isLive);
    await vi.advanceTimersByTimeAsync(10_000);
    server.connections[1]?.send("ping");
    await server.until(() => framesOf(server, 1).length > 0);
    expect(framesOf(server, 1)).toEqual(["pong"]);
  });

  test("[ACK4] seen is sent when the page closes before its time", async () => {
    const server = await aServer();
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, isLive);
    await when(client, shows("Hello"));
    client.markSeen(broadcast.id);
    client.close();
    await server.until(() => framesOf(server, 0).length === 1);
    expect(framesOf(server, 0)).toEqual([{ type: "broadcast_seen", broadcast_id: broadcast.id }]);
  });

  test("[ACK4] a click is reported at once, with where it went", async () => {
    const server = await aServer();
    const broadcast = aBroadcast({ action: { label: "Read", url: "/news" } });
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    const urls: unknown[] = [];
    client.on("clicked", ({ url }) => urls.push(url));
    client.click(broadcast.id);
    client.click(broadcast.id, "/other");
    await server.until(() => framesOf(server, 0).length === 2);
    expect(framesOf(server, 0)[0]).toEqual({
      type: "broadcast_clicked",
      broadcast_id: broadcast.id,
    });
    expect(urls).toEqual(["/news", "/other"]);
  });

  test("[PUB8] recent announcements are asked for as the session's own recipient", async () => {
    const server = await aServer();
    const old = aBroadcast({ message: "old" });
    const asked: string[] = [];
    server.onRequest = (request) => {
      const { pathname } = new URL(request.url);
      asked.push(`${pathname} ${request.headers.get("x-loudhailer-session")}`);
      return Response.json({ data: [old, { nonsense: true }] });
    };
    const client = aClient(server);
    await when(client, isLive);
    expect((await client.recent()).map(({ message }) => message)).toEqual(["old"]);
    expect(asked).toEqual(["/api/v1/sessions/session-1/messages session.token"]);
    server.onRequest = () => new Response("", { status: 503 });
    expect(await client.recent()).toEqual([]);
  });
});

describe("the connection", () => {
  test("[DEG6] comes back after the server's end, and says so", async () => {
    const server = await aServer();
    const client = aClient(server);
    const states: string[] = [];
    client.on("connection", ({ state }) => states.push(state));
    await when(client, isLive);
    server.connections[0]?.terminate();
    await when(client, ({ connection }) => connection === "connecting");
    await when(client, isLive);
    await Promise.resolve();
    expect(states).toEqual(["live", "connecting", "live"]);
  });

  test("answers pings, also before anything else", async () => {
    const server = await aServer();
    const client = aClient(server);
    await when(client, isLive);
    server.connections[0]?.send("ping");
    await server.until(() => framesOf(server, 0).length === 1);
    expect(framesOf(server, 0)).toEqual(["pong"]);
  });

  test("[CLI4] notices a server that has gone silent", async () => {
    fakeTimeouts();
    const server = await aServer();
    server.greeting = () => ({ ping_interval_ms: 20_000 });
    const client = aClient(server);
    await when(client, isLive);
    await vi.advanceTimersByTimeAsync(29_999);
    expect(client.getSnapshot().connection).toBe("live");
    await vi.advanceTimersByTimeAsync(1);
    expect(client.getSnapshot().connection).toBe("connecting");
    await vi.advanceTimersByTimeAsync(1_000);
    await server.until(() => server.connections.length === 2);
  });

  test("[DEG7] comes back when the server asked for it", async () => {
    fakeTimeouts();
    vi.spyOn(Math, "random").mockReturnValue(0);
    const server = await aServer();
    const client = aClient(server);
    await when(client, isLive);
    server.connections[0]?.send({ type: "reconnect", after_ms: 7_000 });
    server.connections[0]?.close(1012);
    await when(client, ({ connection }) => connection === "connecting");
    await vi.advanceTimersByTimeAsync(6_999);
    expect(server.connections).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await server.until(() => server.connections.length === 2);
  });

  test("[CLI7] stays away, and shows nothing, where the server does not want it back", async () => {
    fakeTimeouts();
    const server = await aServer();
    server.live = [aBroadcast()];
    const client = aClient(server);
    await when(client, shows("Hello"));
    server.connections[0]?.close(4403);
    await when(client, ({ connection }) => connection === "stopped");
    expect(messages(client)).toEqual([]);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.connections).toHaveLength(1);
    await client.identify();
    await server.until(() => server.connections.length === 2);
  });

  test("asks for a fresh token once when the server refuses one", async () => {
    const server = await aServer();
    const tokens = [aToken("ada"), aToken("ada", 7_200_000)];
    const getToken = vi.fn(() => tokens.shift() ?? null);
    server.greeting = (connection) => {
      if (server.connections.length > 1) return { user_id: "ada" };
      connection.close(4401);
      return null;
    };
    const client = aClient(server, { getToken });
    await when(client, isLive);
    expect(getToken).toHaveBeenCalledTimes(2);
    expect(server.connections[1]?.protocols[1]).not.toBe(server.connections[0]?.protocols[1]);
  });

  test("gives up on a token that is refused twice", async () => {
    const server = await aServer();
    server.greeting = (connection) => {
      connection.close(4401);
      return null;
    };
    const client = aClient(server, { getToken: () => aToken("ada") });
    await when(client, ({ connection }) => connection === "stopped");
    expect(server.connections).toHaveLength(2);
  });

  test("renews the token in band before it runs out", async () => {
    const server = await aServer();
    server.greeting = () => ({ user_id: "ada" });
    const tokens = [aToken("ada", 300), aToken("ada", 3_600_000)];
    const second = tokens[1];
    const client = aClient(server, { getToken: async () => tokens.shift() ?? second });
    await when(client, isLive);
    await server.until(() => framesOf(server, 0).length === 1);
    expect(framesOf(server, 0)).toEqual([{ type: "authenticate", token: second }]);
    expect(server.connections).toHaveLength(1);
  });

  test("sends a token that fits in no header by `authenticate`, and waits for its own banners", async () => {
    const server = await aServer();
    const token = aToken("ada", 3_600_000, 4_000);
    server.live = [aBroadcast({ message: "everybody's" })];
    server.onFrame = (connection, frame) => {
      if (frame.type !== "authenticate") return;
      const mine = aBroadcast({ message: "ada's" });
      connection.send({ ...server.connectedFrame(), user_id: "ada", active: [mine] });
      connection.send({ type: "active_broadcast", broadcast: mine });
    };
    const client = aClient(server, { getToken: () => token });
    const seen: string[][] = [];
    client.subscribe(() => seen.push(messages(client)));
    await when(client, shows("ada's"));
    expect(server.connections[0]?.protocols).toEqual(["loudhailer.v1"]);
    expect(seen.flat()).not.toContain("everybody's");
  });

  test("tries again when the host page has no token to give yet", async () => {
    const server = await aServer();
    const log = vi.fn();
    let calls = 0;
    const getToken = async () => {
      if (++calls === 1) throw new Error("offline");
      return aToken("ada");
    };
    vi.spyOn(Math, "random").mockReturnValue(0.001);
    const client = aClient(server, { getToken, log });
    await when(client, isLive);
    expect(log).toHaveBeenCalledWith("getToken failed", expect.any(Error));
    expect(server.connections).toHaveLength(1);
  });
});

describe("who is here", () => {
  const session = (name: string) => `loudhailer.session.${name}`;
  const token = (value: string) => `loudhailer.token.${value}`;

  /** Greets each by name and gives them a session of their own. */
  function greetByToken(server: BannerServer, tokens: Record<string, string>): void {
    server.greeting = ({ protocols }) => {
      const name = Object.keys(tokens).find((one) => protocols.includes(token(tokens[one] ?? "")));
      return { user_id: name ?? null, session_token: `session-of-${name ?? "visitor"}` };
    };
  }

  test("[CLI4] a reload shows the same banners at once, before the server has said anything", async () => {
    const server = await aServer();
    const storage = aStorage();
    server.live = [aBroadcast()];
    const before = aClient(server, { storage });
    await when(before, shows("Hello"));
    before.close();
    await server.close();
    const after = aClient(server, { storage });
    expect(messages(after)).toEqual(["Hello"]);
    expect(after.getSnapshot().fresh).toEqual([]);
  });

  test("comes back in the session it had", async () => {
    const server = await aServer();
    const storage = aStorage();
    const before = aClient(server, { storage });
    await when(before, isLive);
    before.close();
    await when(aClient(server, { storage }), isLive);
    expect(server.connections[0]?.protocols).toEqual(["loudhailer.v1"]);
    expect(server.connections[1]?.protocols).toContain(session("session.token"));
  });

  test("[CLI4] another user is shown and sends nothing of the first", async () => {
    const server = await aServer();
    const storage = aStorage();
    const tokens = { ada: aToken("ada"), ben: aToken("ben") };
    greetByToken(server, tokens);
    server.onFrame = () => {};
    const adas = aBroadcast({ message: "ada's" });
    server.live = [adas];
    let current = tokens.ada;
    const client = aClient(server, { storage, getToken: () => current });
    await when(client, shows("ada's"));
    client.dismiss(adas.id);
    client.markSeen(adas.id);
    server.live = [aBroadcast({ message: "ben's" })];
    current = tokens.ben;
    void client.identify();
    expect(messages(client)).toEqual([]);
    await when(client, shows("ben's"));
    const { protocols } = server.connections[1] ?? {};
    expect(protocols).toEqual(["loudhailer.v1", token(tokens.ben)]);
    server.connections[1]?.send("ping");
    await server.until(() => framesOf(server, 1).length > 0);
    expect(framesOf(server, 1)).toEqual(["pong"]);
    expect(storage.text()).not.toContain("session-of-ada");

    current = tokens.ada;
    server.live = [adas];
    void client.identify();
    await server.until(() => framesOf(server, 2).length === 1);
    expect(framesOf(server, 2)).toEqual([acknowledgement(adas.id)]);
    expect(messages(client)).toEqual([]);
  });

  test("[CLI4] an answer of getToken that comes late does not bring the first user back", async () => {
    const server = await aServer();
    const answers: ((token: string) => void)[] = [];
    const client = aClient(server, {
      getToken: () => new Promise<string>((resolve) => answers.push(resolve)),
    });
    const second = client.identify();
    const [first, last] = [aToken("ada"), aToken("ben")];
    answers[1]?.(last);
    await second;
    answers[0]?.(first);
    await server.until(() => server.connections.length === 1);
    expect(server.connections[0]?.protocols).toContain(token(last));
    expect(server.connections).toHaveLength(1);
  });

  test("[ACK3] a visitor who signs in shows the session of before, and sends what was on its way", async () => {
    const server = await aServer();
    const storage = aStorage();
    const tokens = { ada: aToken("ada") };
    greetByToken(server, tokens);
    server.onFrame = () => {};
    const broadcast = aBroadcast();
    server.live = [broadcast];
    let current: string | null = null;
    const client = aClient(server, { storage, getToken: () => current });
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    current = tokens.ada;
    void client.identify();
    await server.until(() => framesOf(server, 1).length === 1);
    expect(server.connections[1]?.protocols).toContain(session("session-of-visitor"));
    expect(framesOf(server, 1)).toEqual([acknowledgement(broadcast.id)]);
    expect(messages(client)).toEqual([]);
  });

  test("[ACK3] signing out leaves nothing of the user to the next visitor", async () => {
    const server = await aServer();
    const storage = aStorage();
    const tokens = { ada: aToken("ada") };
    greetByToken(server, tokens);
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server, { storage, getToken: () => tokens.ada });
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    await server.until(() => server.live.length === 0);
    server.live = [broadcast];
    client.signOut();
    expect(storage.text()).not.toMatch(/session-of-ada|Hello/);
    await when(client, shows("Hello"));
    expect(server.connections[1]?.protocols).toEqual(["loudhailer.v1"]);
  });

  test.each([
    { what: "could not know yet", endsAfterMs: 0, askedAfterMs: 1_000 },
    { what: "had not ended the session yet", endsAfterMs: 5_000, askedAfterMs: 10_000 },
  ])("[CLI4] signed out in another tab, a page that $what is asked again", async (late) => {
    const server = await aServer();
    const ada = aToken("ada");
    greetByToken(server, { ada });
    // A browser with Web Locks and only this tab, which has the lead at once.
    const request = async (_name: string, _how: unknown, hold: () => unknown) => hold();
    vi.stubGlobal("navigator", { locks: { request } });
    fakeTimeouts();
    let current: string | null = ada;
    let heard = () => {};
    const getToken = vi.fn(() => {
      heard();
      return current;
    });
    const client = aClient(server, { storage: aStorage(), locale: "en", getToken });
    await when(client, isLive);
    const { who } = identityOf(ada);
    const other = new BroadcastChannel(`loudhailer:${server.url}:default:${who}:en`);
    const isHeard = new Promise<void>((resolve) => {
      heard = resolve;
    });
    other.postMessage({ tab: "bye" });
    await isHeard;
    other.close();
    await vi.advanceTimersByTimeAsync(late.endsAfterMs);
    current = null;
    expect(server.connections).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(late.askedAfterMs - late.endsAfterMs);
    await server.until(() => server.connections.length === 2 && !server.connections[0]?.isOpen);
    expect(server.connections[1]?.protocols).toEqual(["loudhailer.v1"]);
    client.close();
    getToken.mockClear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(getToken).not.toHaveBeenCalled();
  });

  test("[CLI4] another cookie's person is shown and sends nothing of the first", async () => {
    const server = await aServer();
    const storage = aStorage();
    let user = "ada";
    server.greeting = () => ({ user_id: user });
    server.onFrame = () => {};
    const broadcast = aBroadcast();
    server.live = [broadcast];
    const client = aClient(server, { storage });
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    await server.until(() => framesOf(server, 0).length === 1);
    user = "ben";
    server.connections[0]?.terminate();
    await when(client, shows("Hello"));
    server.connections[1]?.send("ping");
    await server.until(() => framesOf(server, 1).length > 0);
    expect(framesOf(server, 1)).toEqual(["pong"]);
  });

  test("another language asks again, and keeps the banners until the answer", async () => {
    const server = await aServer();
    const broadcast = aBroadcast({ message: "Hello" });
    server.live = [broadcast];
    const client = aClient(server, { locale: "en", storage: aStorage() });
    await when(client, shows("Hello"));
    server.live = [{ ...broadcast, message: "Bonjour", locale: "fr" }];
    client.setLocale("fr");
    expect(messages(client)).toEqual(["Hello"]);
    await when(client, shows("Bonjour"));
  });
});

describe("where no WebSocket gets through", () => {
  /** A proxy that refuses upgrades, in front of a server that answers polls. */
  async function aServerBehindAProxy(aheadMs = 0): Promise<BannerServer & { asked: Request[] }> {
    const asked: Request[] = [];
    const server = await aServer();
    server.acceptsSockets = false;
    server.onRequest = async (request) => {
      asked.push(request.clone());
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/acknowledge")) {
        const { broadcast_id } = (await request.json()) as { broadcast_id: string };
        server.live = server.live.filter(({ id }) => id !== broadcast_id);
        return Response.json({ status: "success", message: "" });
      }
      return Response.json(
        { broadcasts: server.live, session_id: "s", session_token: "polled.token" },
        { headers: { Date: new Date(Date.now() + aheadMs).toUTCString() } },
      );
    };
    return Object.assign(server, { asked });
  }

  test("[DEG8] polls after a delay, with its session, and leaves the ETag to the browser", async () => {
    fakeTimeouts();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const server = await aServerBehindAProxy();
    server.live = [aBroadcast()];
    const { WebSocket, closed } = watchedSockets();
    const refused = closed();
    const client = aClient(server, { workspace: "north", WebSocket });
    const shown = when(client, shows("Hello"));
    await refused;
    await vi.advanceTimersByTimeAsync(9_000);
    expect(server.asked).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(3_000);
    await shown;
    expect(client.getSnapshot().connection).toBe("polling");
    const second = server.until(() => server.asked.length === 2);
    await vi.advanceTimersByTimeAsync(31_000);
    await second;
    const sessions = server.asked.map(({ headers }) => headers.get("x-loudhailer-session"));
    expect(sessions).toEqual([null, "polled.token"]);
    // What `cache: "no-cache"` is to a cache; Node has none, so that each answer comes whole.
    expect(server.asked[1]?.headers.get("cache-control")).toBe("max-age=0");
    expect(new URL(server.asked[0]?.url ?? "").searchParams.get("workspace")).toBe("north");
  });

  test("[CLI6] goes by the clock of the server that answers, also when this machine's is a day off", async () => {
    fakeTimeouts();
    vi.spyOn(Math, "random").mockReturnValue(0);
    const DAY_MS = 86_400_000;
    const server = await aServerBehindAProxy(-DAY_MS);
    server.live = [aBroadcast({ ends_at: new Date(Date.now() - DAY_MS + 60_000).toISOString() })];
    const { WebSocket, closed } = watchedSockets();
    const refused = closed();
    const client = aClient(server, { WebSocket });
    const shown = when(client, shows("Hello"));
    await refused;
    await vi.advanceTimersByTimeAsync(5_000);
    await shown;
  });

  test("[ACK1] sends dismissals by POST and takes them back when refused", async () => {
    fakeTimeouts();
    vi.spyOn(Math, "random").mockReturnValue(0);
    const server = await aServerBehindAProxy();
    const [one, other] = [aBroadcast({ message: "one" }), aBroadcast({ message: "other" })];
    server.live = [one, other];
    const { WebSocket, closed } = watchedSockets();
    const refused = closed();
    const client = aClient(server, { WebSocket });
    const shown = when(client, ({ banners }) => banners.length === 2);
    await refused;
    await vi.advanceTimersByTimeAsync(5_000);
    await shown;
    client.dismiss(one.id);
    await server.until(() => server.live.length === 1);
    const answer = server.onRequest;
    server.onRequest = async (request) =>
      (await request.clone().text()).includes(other.id)
        ? Response.json({ status: "error", message: "", code: "not_dismissible" }, { status: 409 })
        : answer(request);
    client.dismiss(other.id);
    expect(messages(client)).toEqual([]);
    await when(client, shows("other"));
  });

  test("[DEG8] stops polling when a socket opens, and never starts where one ever did", async () => {
    fakeTimeouts();
    vi.spyOn(Math, "random").mockReturnValue(0);
    const server = await aServerBehindAProxy();
    const { WebSocket, closed } = watchedSockets();
    const refused = closed();
    const client = aClient(server, { WebSocket });
    const polled = when(client, ({ connection }) => connection === "polling");
    await refused;
    await vi.advanceTimersByTimeAsync(5_000);
    await polled;
    server.acceptsSockets = true;
    const live = when(client, isLive);
    await vi.advanceTimersByTimeAsync(30_000);
    await live;
    const before = server.asked.length;
    server.acceptsSockets = false;
    server.connections[0]?.terminate();
    await when(client, ({ connection }) => connection === "connecting");
    await vi.advanceTimersByTimeAsync(120_000);
    expect(server.asked).toHaveLength(before);
  });
});
