import { WebSocket } from "ws";
import { type BannerClient, createBannerClient } from "@/client/banner-client";
import { startBalancer } from "./balancer";
import { eventually, now } from "./eventually";

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
class Member {
  readonly client: BannerClient;
  readonly network = new Network();
  /** `id@revision` of every banner that was announced, in order. */
  readonly announced: string[] = [];
  /** When each came to its screen first, ms. (Announced are those on top.) */
  readonly cameAt = new Map<string, number>();
  /** Its connection's states, with their times, ms. */
  readonly states: { state: string; at: number }[] = [];
  /** Banners that went back to an older position ([PUB6]). */
  readonly backwards: string[] = [];
  /** Ids on its screen, sorted. */
  shown = "";
  readonly #positions = new Map<string, number>();

  constructor(url: string) {
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
      this.states.push({ state, at: now() });
    });
    this.client.subscribe(() => this.#noteBanners());
  }

  /** Ids, in the order of the screen. */
  get inOrder(): string[] {
    return this.client.getSnapshot().banners.map(({ id }) => id);
  }

  get isOpen(): boolean {
    return this.client.getSnapshot().connection === "live";
  }

  #noteBanners(): void {
    const { banners } = this.client.getSnapshot();
    for (const { id, seq } of banners) {
      if (!this.cameAt.has(id)) this.cameAt.set(id, now());
      if (seq >= 0 && seq < (this.#positions.get(id) ?? 0)) this.backwards.push(id);
      this.#positions.set(id, seq);
    }
    this.shown = sortedText(banners.map(({ id }) => id));
  }
}

function sortedText(ids: readonly string[]): string {
  return [...ids].sort().join();
}

export interface CrowdOptions {
  size: number;
  /** Members are dealt out to these, one after the other. */
  urls: readonly string[];
  /** All reach the servers as through a balancer: each attempt goes to one of these. */
  balanced?: readonly number[];
}

/** What can be seen of a crowd at a moment. */
export interface Sight {
  open: number;
  /** `id@revision` that somebody was announced more than once. */
  repeated: string[];
  /** Ids that went back to an older position for somebody. */
  backwards: string[];
  /** Each order of the screen that there is. */
  orders: string[][];
  /** What is on any screen, in words. */
  texts: string[];
  /** Connections' states since the last mark, member by member, with their times, ms. */
  states: { who: number; state: string; at: number }[];
}

/** What became of what was published. */
export interface Judgement {
  /** On a screen, but never published. */
  invented: string[];
  /** How many times somebody was not shown one. */
  unseen: number;
  /** Of each member and each that it was shown: ms after the given time. */
  delays: number[];
}

/** Many recipients. They live in a process of their own: see swarm.ts. */
export class Crowd {
  readonly #members: readonly Member[];
  readonly #cutting = new Set<NodeJS.Timeout>();
  #markedAt = 0;

  private constructor(members: readonly Member[]) {
    this.#members = members;
  }

  static async gather({ size, urls, balanced }: CrowdOptions): Promise<Crowd> {
    const to = balanced ? [(await startBalancer(balanced)).url] : urls;
    return new Crowd(Array.from({ length: size }, (_, n) => new Member(to[n % to.length] ?? "")));
  }

  /** Resolves when every connection is open. */
  whenOpen(timeoutMs: number): Promise<void> {
    return eventually("every client to be connected", timeoutMs, () => {
      const closed = this.#members.filter((member) => !member.isOpen).length;
      return closed === 0 ? null : `${closed} of ${this.#members.length} are not`;
    });
  }

  /**
   * Resolves when everybody shows exactly these.
   * @param of of everybody, or of each so-manieth from a first one
   */
  whenShowing(
    ids: readonly string[],
    timeoutMs: number,
    of: { each: number; from: number } = { each: 1, from: 0 },
  ): Promise<void> {
    const wanted = sortedText(ids);
    const asked = this.#members.filter((_, n) => n % of.each === of.from);
    return eventually("every client to show what is live", timeoutMs, () => {
      const wrong = asked.filter(({ shown }) => shown !== wanted);
      const first = wrong[0];
      if (!first) return null;
      const shown = first.inOrder;
      const missing = ids.filter((id) => !shown.includes(id));
      const surplus = shown.filter((id) => !ids.includes(id));
      return (
        `${wrong.length} of ${asked.length} do not; the first lacks ` +
        `[${missing}] and has [${surplus}] too, ${first.isOpen ? "connected" : "not connected"}`
      );
    });
  }

  /** Cuts each off for a while, again and again, at moments of chance. */
  startCutting(meanMs: number, forMs: number): void {
    const cutLater = (member: Member) => {
      const timer = setTimeout(
        () => {
          this.#cutting.delete(timer);
          member.network.cutFor(forMs);
          cutLater(member);
        },
        2 * meanMs * Math.random(),
      );
      this.#cutting.add(timer);
    };
    for (const member of this.#members) cutLater(member);
  }

  stopCutting(): void {
    for (const timer of this.#cutting) clearTimeout(timer);
  }

  act(what: "dismiss" | "markSeen" | "click", id: string): void {
    for (const { client } of this.#members) client[what](id);
  }

  /** States from before are of no interest any more. */
  mark(): void {
    this.#markedAt = now();
  }

  look(): Sight {
    const orders = new Map(this.#members.map(({ inOrder }) => [inOrder.join(), inOrder]));
    const texts = this.#members.flatMap(({ client }) =>
      client.getSnapshot().banners.map(({ message }) => message),
    );
    return {
      open: this.#members.filter(({ isOpen }) => isOpen).length,
      repeated: this.#members.flatMap(({ announced }) =>
        announced.filter((key, index) => announced.indexOf(key) !== index),
      ),
      backwards: this.#members.flatMap(({ backwards }) => backwards),
      orders: [...orders.values()],
      texts: [...new Set(texts)],
      states: this.#members.flatMap(({ states }, who) =>
        states.filter(({ at }) => at > this.#markedAt).map((entry) => ({ who, ...entry })),
      ),
    };
  }

  /** @param published ids, with times, ms */
  judge(published: ReadonlyMap<string, number>): Judgement {
    const seen = this.#members.flatMap(({ cameAt }) => [...cameAt]);
    const known = seen.filter(([id]) => published.has(id));
    return {
      invented: seen.map(([id]) => id).filter((id) => !published.has(id)),
      unseen: published.size * this.#members.length - known.length,
      delays: known.map(([id, at]) => Math.max(at - (published.get(id) ?? at), 0)),
    };
  }
}
