import { WebSocket } from "ws";
import { type BannerClient, createBannerClient } from "@/client/banner-client";

/** In a browser a socket that fails only closes; in Node an `error` nobody hears ends the process. */
class BrowserLikeWebSocket extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    this.on("error", () => undefined);
  }
}

/** One recipient: the product's own client, over a real socket, with nothing remembered on disk. */
export class SwarmClient {
  readonly client: BannerClient;
  /** `id@revision` of every banner that was announced, in order. */
  readonly announced: string[] = [];
  /** When each was announced, ms. */
  readonly announcedAt = new Map<string, number>();

  constructor(url: string) {
    this.client = createBannerClient({
      url,
      storage: null,
      locale: "en",
      // The browser's interface, as far as a client uses it.
      WebSocket: BrowserLikeWebSocket as unknown as typeof globalThis.WebSocket,
    });
    this.client.on("shown", ({ broadcast }) => {
      this.announced.push(`${broadcast.id}@${broadcast.revision}`);
      this.announcedAt.set(broadcast.id, performance.now());
    });
  }

  get shown(): string[] {
    return this.client
      .getSnapshot()
      .banners.map(({ id }) => id)
      .sort();
  }

  get isOpen(): boolean {
    return this.client.getSnapshot().connection === "live";
  }

  /** Banners that were announced more than once. */
  get repeated(): string[] {
    return this.announced.filter((key, index) => this.announced.indexOf(key) !== index);
  }
}

/** Many recipients, spread over the given addresses. */
export class Swarm {
  readonly clients: SwarmClient[];

  constructor(size: number, urls: readonly string[]) {
    this.clients = Array.from(
      { length: size },
      (_, n) => new SwarmClient(urls[n % urls.length] ?? ""),
    );
  }

  close(): void {
    for (const { client } of this.clients) client.close();
  }

  /** Resolves when every client's connection is open. */
  whenOpen(timeoutMs: number): Promise<void> {
    return eventually("every client to be connected", timeoutMs, () => {
      const closed = this.clients.filter((client) => !client.isOpen).length;
      return closed === 0 ? null : `${closed} of ${this.clients.length} are not`;
    });
  }

  /** Resolves when every client shows exactly these. */
  whenShowing(ids: readonly string[], timeoutMs: number): Promise<void> {
    const wanted = [...ids].sort().join();
    return eventually("every client to show what is live", timeoutMs, () => {
      const wrong = this.clients.filter((client) => client.shown.join() !== wanted);
      const first = wrong[0];
      if (!first) return null;
      const missing = ids.filter((id) => !first.shown.includes(id));
      const surplus = first.shown.filter((id) => !ids.includes(id));
      return (
        `${wrong.length} of ${this.clients.length} do not; the first lacks ` +
        `[${missing}] and has [${surplus}] too, ${first.isOpen ? "connected" : "not connected"}`
      );
    });
  }

  get repeated(): string[] {
    return this.clients.flatMap((client) => client.repeated);
  }
}

const LOOK_INTERVAL_MS = 25;

/** Looks until nothing is wrong any more; says what was when time runs out. */
export async function eventually(
  what: string,
  timeoutMs: number,
  wrong: () => string | null | Promise<string | null>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const found = await wrong();
    if (found === null) return;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${timeoutMs} ms for ${what}: ${found}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
