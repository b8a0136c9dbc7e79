import { WebSocket } from "ws";
import { type BannerClient, createBannerClient } from "@/client/banner-client";
import { percentile } from "./stage";

/** Refuses every connection. */
const NOWHERE = "ws://127.0.0.1:1";

/** A client's way to the server, that can be cut for a while. */
class Network {
  #isAway = false;
  readonly #sockets = new Set<WebSocket>();

  /** The browser's interface, as far as a client uses it. */
  readonly WebSocket = ((network: Network) =>
    class extends WebSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(network.#isAway ? NOWHERE : url, protocols);
        network.#sockets.add(this);
        this.on("close", () => network.#sockets.delete(this));
        // In a browser a socket that fails only closes; in Node an unheard `error` ends the process.
        this.on("error", () => undefined);
      }
    })(this) as unknown as typeof globalThis.WebSocket;

  cutFor(ms: number): void {
    this.#isAway = true;
    for (const socket of this.#sockets) socket.terminate();
    setTimeout(() => {
      this.#isAway = false;
    }, ms);
  }
}

/** One recipient: the product's own client, over a real socket, with nothing remembered on disk. */
export class SwarmClient {
  readonly client: BannerClient;
  readonly network = new Network();
  /** `id@revision` of every banner that was announced, in order. */
  readonly announced: string[] = [];
  /** When each came to its screen first, ms. (Announced are those on top.) */
  readonly cameAt = new Map<string, number>();
  /** When the connection opened, each time, ms. */
  readonly openedAt: number[] = [];
  /** Banners that went back to an older position ([PUB6]). */
  readonly backwards: string[] = [];
  readonly #positions = new Map<string, number>();

  constructor(readonly url: string) {
    this.client = createBannerClient({
      url,
      storage: null,
      locale: "en",
      WebSocket: this.network.WebSocket,
    });
    this.client.on("shown", ({ broadcast }) => {
      this.announced.push(`${broadcast.id}@${broadcast.revision}`);
    });
    this.client.on("connection", ({ state }) => {
      if (state === "live") this.openedAt.push(performance.now());
    });
    this.client.subscribe(() => this.#noteBanners());
  }

  /** Ids, in the order of the screen. */
  get inOrder(): string[] {
    return this.client.getSnapshot().banners.map(({ id }) => id);
  }

  get shown(): string[] {
    return this.inOrder.sort();
  }

  get isOpen(): boolean {
    return this.client.getSnapshot().connection === "live";
  }

  /** Banners that were announced more than once. */
  get repeated(): string[] {
    return this.announced.filter((key, index) => this.announced.indexOf(key) !== index);
  }

  /** A restored database counts from another beginning: so does this. */
  forgetPositions(): void {
    this.#positions.clear();
  }

  #noteBanners(): void {
    for (const { id, seq } of this.client.getSnapshot().banners) {
      if (!this.cameAt.has(id)) this.cameAt.set(id, performance.now());
      if (seq >= 0 && seq < (this.#positions.get(id) ?? 0)) this.backwards.push(id);
      this.#positions.set(id, seq);
    }
  }
}

/** What was published, and when the answer came, ms. */
export type Answered = ReadonlyMap<string, number>;

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

  /**
   * Cuts each client off for a while, again and again, at moments of chance.
   * @param meanMs between two cuts of one client
   * @returns ends it
   */
  cutAtRandom(meanMs: number, forMs: number): () => void {
    const timers = new Set<NodeJS.Timeout>();
    const cutLater = (client: SwarmClient) => {
      const timer = setTimeout(
        () => {
          timers.delete(timer);
          client.network.cutFor(forMs);
          cutLater(client);
        },
        2 * meanMs * Math.random(),
      );
      timers.add(timer);
    };
    for (const client of this.clients) cutLater(client);
    return () => {
      for (const timer of timers) clearTimeout(timer);
    };
  }

  get repeated(): string[] {
    return this.clients.flatMap((client) => client.repeated);
  }

  get backwards(): string[] {
    return this.clients.flatMap((client) => client.backwards);
  }

  /** On a screen, but never published. */
  invented(published: Answered): string[] {
    return this.clients.flatMap(({ cameAt }) =>
      [...cameAt.keys()].filter((id) => !published.has(id)),
    );
  }

  /** How many times somebody was not shown one of these. */
  unseen(ids: Iterable<string>): number {
    let unseen = 0;
    for (const id of ids) {
      unseen += this.clients.filter(({ cameAt }) => !cameAt.has(id)).length;
    }
    return unseen;
  }

  /** Of each client and each broadcast it was shown: ms after the publisher had its answer. */
  delays(published: Answered): number[] {
    return this.clients.flatMap(({ cameAt }) =>
      [...cameAt].flatMap(([id, at]) => {
        const answeredAt = published.get(id);
        return answeredAt === undefined ? [] : [Math.max(at - answeredAt, 0)];
      }),
    );
  }
}

/** For reports. */
export function spread(times: readonly number[]): Record<string, number> {
  return {
    "p50 ms": percentile(times, 0.5),
    "p99 ms": percentile(times, 0.99),
    "longest ms": percentile(times, 1),
  };
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
