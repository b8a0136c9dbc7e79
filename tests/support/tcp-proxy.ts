import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** What the first bytes from the client are kept for: to tell connections apart. */
const MAX_HEARD = 4_096;

/** One connection through the proxy. */
export interface ProxyLink {
  /** The first 4 KB that the client sent, as text. */
  readonly heard: string;
  /** Destroys both ends. */
  cut(): void;
  /** Carries nothing any more, and says nothing of it. */
  hang(): void;
  /** Carries again, beginning with what was held up. */
  resume(): void;
}

export interface TcpProxy {
  readonly port: number;
  /** Those open now. */
  readonly links: readonly ProxyLink[];
  /** Bytes that it was given to carry, in both directions, since it started. */
  readonly carried: number;
  /** Destroys every connection; new ones work. */
  cut(): void;
  /**
   * A black hole: connections stay open and carry nothing; new ones are accepted and carry
   * nothing either. What is sent meanwhile is held up, as a network does by sending again.
   * @param where only links like this one, from the moment they are
   */
  hang(where?: (link: ProxyLink) => boolean): void;
  /** New connections are refused; those open stay. Resolves when that is so. */
  refuse(): Promise<void>;
  /** Every byte takes so long, in both directions; order stays. 0 = at once. */
  delay(ms: number): void;
  /** Ends `hang` and `refuse`. */
  resume(): Promise<void>;
  close(): Promise<void>;
}

/** Told of each link as it begins; what it returns, of all that the client sends over it. */
export type Listening = () => (sent: Buffer) => void;

/** A TCP proxy on a free port of 127.0.0.1 that can do what networks do. */
export async function startTcpProxy(
  target: { host?: string; port: number },
  listen: Listening = () => () => {},
): Promise<TcpProxy> {
  const proxy = new RunningProxy(target, listen);
  await proxy.listen(0);
  return proxy;
}

class RunningProxy implements TcpProxy {
  readonly #target: { host: string; port: number };
  readonly #listen: Listening;
  readonly #links = new Set<Link>();
  #server: Server | null = null;
  #port = 0;
  #delayMs = 0;
  #hangs: ((link: ProxyLink) => boolean) | null = null;
  /** Held by the present `#hangs` once: what is resumed by itself stays so. */
  readonly #held = new Set<Link>();
  #carried = 0;

  constructor({ host = "127.0.0.1", port }: { host?: string; port: number }, listen: Listening) {
    this.#target = { host, port };
    this.#listen = listen;
  }

  get port(): number {
    return this.#port;
  }

  get links(): readonly ProxyLink[] {
    return [...this.#links];
  }

  get carried(): number {
    return this.#carried;
  }

  async listen(port: number): Promise<void> {
    const server = createServer((client) => this.#accept(client)).listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("The proxy has no port.");
    this.#server = server;
    this.#port = address.port;
  }

  cut(): void {
    for (const link of this.#links) link.cut();
  }

  hang(where: (link: ProxyLink) => boolean = () => true): void {
    this.#hangs = where;
    this.#held.clear();
    for (const link of this.#links) this.#holdWhereWanted(link);
  }

  #holdWhereWanted(link: Link): void {
    if (this.#held.has(link) || !this.#hangs?.(link)) return;
    this.#held.add(link);
    link.hang();
  }

  async refuse(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    // Stops listening now; the event comes only when its last connection has ended.
    server.close();
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  async resume(): Promise<void> {
    this.#hangs = null;
    for (const link of this.#links) link.resume();
    if (!this.#server) await this.listen(this.#port);
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    this.cut();
    if (!server) return;
    server.close();
    await once(server, "close");
  }

  #accept(client: Socket): void {
    const link = new Link(client, this.#target, {
      delayMs: () => this.#delayMs,
      onBytes: (count) => {
        this.#carried += count;
      },
    });
    client.on("data", this.#listen());
    client.on("data", () => this.#holdWhereWanted(link));
    this.#links.add(link);
    client.once("close", () => {
      this.#links.delete(link);
      this.#held.delete(link);
    });
    this.#holdWhereWanted(link);
  }
}

interface LinkOptions {
  delayMs: () => number;
  onBytes: (count: number) => void;
}

class Link implements ProxyLink {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #options: LinkOptions;
  #heard = "";
  #hangs = false;

  constructor(client: Socket, target: { host: string; port: number }, options: LinkOptions) {
    this.#client = client;
    this.#server = connect(target);
    this.#options = options;
    client.setNoDelay(true);
    this.#server.setNoDelay(true);
    client.on("data", (chunk) => this.#hear(chunk));
    this.#carry(client, this.#server);
    this.#carry(this.#server, client);
  }

  get heard(): string {
    return this.#heard;
  }

  cut(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  hang(): void {
    this.#hangs = true;
    this.#client.pause();
    this.#server.pause();
  }

  resume(): void {
    this.#hangs = false;
    this.#client.resume();
    this.#server.resume();
  }

  #hear(chunk: Buffer): void {
    if (this.#heard.length < MAX_HEARD) this.#heard += chunk.toString("latin1");
  }

  #carry(from: Socket, to: Socket): void {
    from.on("data", (chunk) => {
      this.#options.onBytes(chunk.length);
      this.#after(() => to.write(chunk));
    });
    from.on("end", () => this.#after(() => to.end()));
    // Whatever befalls one end befalls the other.
    from.on("error", () => this.cut());
    from.on("close", (hadError) => {
      if (hadError) this.cut();
    });
    // A listener of `data` sets a stream flowing.
    if (this.#hangs) from.pause();
  }

  #after(work: () => void): void {
    const delayMs = this.#options.delayMs();
    if (delayMs === 0) work();
    else setTimeout(work, delayMs);
  }
}
