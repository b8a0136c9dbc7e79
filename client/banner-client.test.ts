import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import {
  type BannerClient,
  type BannerClientOptions,
  type BannerSnapshot,
  createBannerClient,
} from "./banner-client";
import type { TextStorage } from "./storage";
import { aBroadcast, type BannerServer, startBannerServer } from "./testing/banner-server";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function aServer(): Promise<BannerServer> {
  const server = await startBannerServer();
  open.push(server);
  return server;
}

/** What a browser's storage is to its pages. */
function aStorage(): TextStorage & { text(): string } {
  const entries = new Map<string, string>();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    text: () => JSON.stringify([...entries]),
  };
}

function aClient(server: BannerServer, options: BannerClientOptions = {}): BannerClient {
  const client = createBannerClient({
    url: server.url,
    // The `ws` package's client has the browser's interface; its types say less.
    WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
    storage: null,
    ...options,
  });
  open.push(client);
  return client;
}

/** Resolves with the first snapshot that passes. */
function when(
  client: BannerClient,
  test: (now: BannerSnapshot) => boolean,
): Promise<BannerSnapshot> {
  return new Promise((resolve) => {
    const stop = client.subscribe(look);
    function look() {
      const now = client.getSnapshot();
      if (!test(now)) return;
      stop();
      resolve(now);
    }
    look();
  });
}

const messages = (snapshot: BannerSnapshot) => snapshot.banners.map(({ message }) => message);
const shows =
  (...texts: string[]) =>
  (snapshot: BannerSnapshot) =>
    messages(snapshot).join() === texts.join();

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

  test("[ACK1] hides a dismissed banner at once and tells the server its revision", async () => {
    const server = await aServer();
    const broadcast = aBroadcast({ revision: 3 });
    server.live = [broadcast];
    const client = aClient(server);
    await when(client, shows("Hello"));
    client.dismiss(broadcast.id);
    expect(client.getSnapshot().banners).toEqual([]);
    await server.until(() => server.connections[0]?.frames.length === 1);
    expect(server.connections[0]?.frames).toEqual([
      { type: "acknowledge_broadcast", broadcast_id: broadcast.id, revision: 3 },
    ]);
  });
});
