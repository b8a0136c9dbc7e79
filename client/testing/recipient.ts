/** What tests of the client need around it. */
import { WebSocket } from "ws";
import {
  type BannerClient,
  type BannerClientOptions,
  type BannerSnapshot,
  createBannerClient,
} from "../banner-client";
import type { TextStorage } from "../storage";
import { type BannerServer, startBannerServer } from "./banner-server";

const open: { close(): unknown }[] = [];

/** To be called after each test. */
export async function closeAll(): Promise<void> {
  for (const thing of open.splice(0).reverse()) await thing.close();
}

export async function aServer(): Promise<BannerServer> {
  const server = await startBannerServer();
  open.push(server);
  return server;
}

/** What a browser's storage is to its pages. */
export function aStorage(): TextStorage & { text(): string } {
  const entries = new Map<string, string>();
  return {
    getItem: (key) => entries.get(key) ?? null,
    setItem: (key, value) => void entries.set(key, value),
    text: () => [...entries].join("\n"),
  };
}

export function aClient(server: BannerServer, options: BannerClientOptions = {}): BannerClient {
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

/** A WebSocket class, and when its next socket has closed and its owner has been told. */
export function watchedSockets(): {
  WebSocket: typeof globalThis.WebSocket;
  closed(): Promise<void>;
} {
  let told = () => {};
  class Watched extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.addEventListener("close", () => setImmediate(told));
    }
  }
  return {
    WebSocket: Watched as unknown as typeof globalThis.WebSocket,
    closed: () =>
      new Promise((resolve) => {
        told = resolve;
      }),
  };
}

/** Resolves with the first snapshot that passes. */
export function when(
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

export function messages(client: BannerClient): string[] {
  return client.getSnapshot().banners.map(({ message }) => message);
}

export const shows =
  (...texts: string[]) =>
  ({ banners }: BannerSnapshot) =>
    banners.map(({ message }) => message).join() === texts.join();

export const isLive = ({ connection }: BannerSnapshot) => connection === "live";

/** A user token as the host product would make it; the test server does not verify it. */
export function aToken(sub: string, expiresInMs = 3_600_000, padding = 0): string {
  const exp = (Date.now() + expiresInMs) / 1000;
  const claims = { sub, exp, padding: "x".repeat(padding) };
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signature`;
}
