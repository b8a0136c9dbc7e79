import { WebSocket } from "ws";
import { z } from "zod";
import { PING, PONG, SESSION_SUBPROTOCOL, SUBPROTOCOL } from "@/core/protocol";
import { STREAM_PATH_PREFIX } from "@/core/stream-frames";
import type { Closing } from "./socket-client";

const DEFAULT_TIMEOUT_MS = 10_000;

export interface StreamOptions {
  workspace?: string;
  /** A session token, offered as a subprotocol. */
  session?: string;
  /** An API key in `Authorization`. */
  bearer?: string;
  cookie?: string;
  origin?: string;
}

const connected = z.object({ type: z.literal("connected"), connection_id: z.string() });
const presence = z.object({
  type: z.literal("presence"),
  session_id: z.string(),
  count: z.number(),
  by_type: z.record(z.string(), z.number()),
  members: z.array(
    z.object({
      connection_id: z.string(),
      user_type: z.string().nullable(),
      client_type: z.string().nullable(),
      connected_at: z.number(),
      last_seen: z.number(),
    }),
  ),
});
export type Presence = z.output<typeof presence>;

/**
 * A listener of a session stream that does nothing by itself. What came is taken one by one, in
 * the order of arrival, so that a test says all of what comes, and nothing else may.
 */
export class StreamClient {
  /** Resolves when the socket is closed, by whichever side. */
  readonly closed: Promise<Closing>;
  /** As `connected` said; empty before that was taken. */
  connectionId = "";
  readonly #socket: WebSocket;
  readonly #texts: string[] = [];
  #wake: () => void = () => undefined;
  #closing: Closing | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => {
      this.#texts.push(data.toString());
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        this.#closing = { code, reason: reason.toString() };
        resolve(this.#closing);
        this.#wake();
      });
    });
  }

  /** Resolves when the socket is open; rejects with the HTTP status of a refused handshake. */
  static async open(
    url: string,
    sessionId: string,
    options: StreamOptions = {},
  ): Promise<StreamClient> {
    const address = new URL(`${STREAM_PATH_PREFIX}${sessionId}/`, url.replace(/^http/, "ws"));
    if (options.workspace) address.searchParams.set("workspace", options.workspace);
    const token = options.session ? [SESSION_SUBPROTOCOL + options.session] : [];
    const socket = new WebSocket(address, [SUBPROTOCOL, ...token], {
      headers: {
        ...(options.bearer && { Authorization: `Bearer ${options.bearer}` }),
        ...(options.cookie && { Cookie: options.cookie }),
      },
      ...(options.origin && { origin: options.origin }),
    });
    const client = new StreamClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => undefined);
    return client;
  }

  /** Opens it and takes `connected`. */
  static async join(
    url: string,
    sessionId: string,
    options: StreamOptions = {},
  ): Promise<StreamClient> {
    const client = await StreamClient.open(url, sessionId, options);
    client.connectionId = connected.parse(await client.nextJson()).connection_id;
    return client;
  }

  /** The next text that came or comes, byte for byte. */
  async next(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<string> {
    const deadline = performance.now() + timeoutMs;
    while (this.#texts.length === 0) {
      if (this.#closing) throw new Error(`Nothing came before it closed: ${this.#closing.code}.`);
      if (performance.now() >= deadline) throw new Error(`Nothing came within ${timeoutMs} ms.`);
      await this.#something(deadline - performance.now());
    }
    return this.#texts.shift() ?? "";
  }

  async nextJson(timeoutMs = DEFAULT_TIMEOUT_MS): Promise<unknown> {
    return JSON.parse(await this.next(timeoutMs));
  }

  send(frame: unknown): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBinary(bytes: Uint8Array): void {
    this.#socket.send(bytes, { binary: true });
  }

  /** Sends a frame and takes what comes next. */
  ask(frame: unknown): Promise<unknown> {
    this.send(frame);
    return this.nextJson();
  }

  /** Says hello, and that it was taken without a word. */
  async hello(userType = "user", clientType = "web"): Promise<void> {
    this.send({ type: "hello", user_type: userType, client_type: clientType });
    await this.settled();
  }

  async presence(): Promise<Presence> {
    return presence.parse(await this.ask({ type: "presence" }));
  }

  /**
   * Resolves when the server has answered everything sent before, without another word: sends a
   * ping, which has its turn, and takes its answer as the next thing to come.
   */
  async settled(): Promise<void> {
    this.sendText(PING);
    const text = await this.next();
    if (text !== PONG) throw new Error(`This came instead of nothing: ${text}`);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  /** Gone without a word, as when a network is lost. */
  terminate(): void {
    this.#socket.terminate();
  }

  #something(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
