import { WebSocket } from "ws";
import {
  type ClientFrame,
  PING,
  PONG,
  SESSION_SUBPROTOCOL,
  type ServerFrame,
  SOCKET_PATH,
  SUBPROTOCOL,
  TOKEN_SUBPROTOCOL,
} from "@/core/protocol";

const DEFAULT_TIMEOUT_MS = 10_000;

export interface SocketOptions {
  workspace?: string;
  locale?: string;
  /** The position the client says it is at. */
  seq?: number;
  /** A user token, offered as a subprotocol. */
  token?: string;
  /** A session token, offered as a subprotocol. */
  session?: string;
  /** A user token or an API key in `Authorization`. */
  bearer?: string;
  cookie?: string;
  origin?: string;
  /** `?user_id=`, for installations that allow it. */
  userId?: string;
  headers?: Record<string, string>;
  /** Absent: `loudhailer.v1` and what `token` and `session` add. */
  protocols?: string[];
}

export interface Closing {
  code: number;
  reason: string;
}

type FrameOf<T extends ServerFrame["type"]> = Extract<ServerFrame, { type: T }>;

/** A recipient's socket that does nothing by itself but answer pings and remember what came. */
export class SocketClient {
  /** Every JSON frame, in the order of arrival. */
  readonly frames: ServerFrame[] = [];
  /** Every text message as it came, bare `ping` and `pong` too. */
  readonly texts: string[] = [];
  /** Resolves when the socket is closed, by whichever side. */
  readonly closed: Promise<Closing>;
  readonly #socket: WebSocket;
  readonly #watchers = new Set<() => void>();
  #closing: Closing | null = null;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (data) => this.#received(data.toString()));
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        this.#closing = { code, reason: reason.toString() };
        resolve(this.#closing);
        this.#notify();
      });
    });
  }

  /** Resolves when the socket is open; rejects with the HTTP status of a refused handshake. */
  static async open(url: string, options: SocketOptions = {}): Promise<SocketClient> {
    const socket = new WebSocket(addressOf(url, options), protocolsOf(options), {
      headers: {
        ...(options.bearer && { Authorization: `Bearer ${options.bearer}` }),
        ...(options.cookie && { Cookie: options.cookie }),
        ...options.headers,
      },
      ...(options.origin && { origin: options.origin }),
    });
    const client = new SocketClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    socket.on("error", () => undefined);
    return client;
  }

  /** Opens it and waits for `connected` and the banners that it announces. */
  static async connect(url: string, options: SocketOptions = {}): Promise<SocketClient> {
    const client = await SocketClient.open(url, options);
    const { active } = await client.waitFor("connected");
    for (const { id } of active) await client.waitFor("active_broadcast", aboutBroadcast(id));
    return client;
  }

  /** The subprotocol that the server chose. */
  get protocol(): string {
    return this.#socket.protocol;
  }

  get connected(): FrameOf<"connected"> {
    const frame = this.frames.find(isType("connected"));
    if (!frame) throw new Error("There was no `connected` frame yet.");
    return frame;
  }

  /** Ids of the banners that a client which follows the frames would now show. */
  get shown(): string[] {
    const shown = new Set<string>();
    for (const frame of this.frames) follow(shown, frame);
    return [...shown];
  }

  send(frame: ClientFrame | Record<string, unknown>): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  sendBinary(bytes: Uint8Array): void {
    this.#socket.send(bytes, { binary: true });
  }

  /**
   * The first frame of this type, come or to come, that `matches`.
   * @param from index into `frames` to look from: what came before does not count
   */
  async waitFor<T extends ServerFrame["type"]>(
    type: T,
    matches: (frame: FrameOf<T>) => boolean = () => true,
    { from = 0, timeoutMs = DEFAULT_TIMEOUT_MS } = {},
  ): Promise<FrameOf<T>> {
    const find = () => this.frames.slice(from).filter(isType(type)).find(matches);
    await this.until(`a frame of type ${type}`, () => find() !== undefined, timeoutMs);
    const frame = find();
    if (!frame) throw new Error("A frame that was there is gone.");
    return frame;
  }

  /** Waits until `holds`, looking again at everything that comes. */
  until(what: string, holds: () => boolean, timeoutMs = DEFAULT_TIMEOUT_MS): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (settle: () => void) => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        settle();
      };
      const fail = (why: string) =>
        reject(new Error(`Waited for ${what}: ${why}. Came: ${this.texts.join("\n")}`));
      const look = () => {
        if (holds()) done(resolve);
        else if (this.#closing) done(() => fail(`closed with ${this.#closing?.code}`));
      };
      const timer = setTimeout(() => done(() => fail("it did not come in time")), timeoutMs);
      this.#watchers.add(look);
      look();
    });
  }

  /**
   * Resolves when everything the server had to say before now has arrived: sends a ping and waits
   * for its answer. Proves an absence without sleeping.
   */
  async settled(): Promise<void> {
    const answers = () => this.texts.filter((text) => text === PONG).length;
    const before = answers();
    this.sendText(PING);
    await this.until("the answer to a ping", () => answers() > before);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.closed;
  }

  /** Gone without a word, as when a network is lost. */
  terminate(): void {
    this.#socket.terminate();
  }

  /** Stops reading, as a recipient that is too slow. */
  pause(): void {
    this.#socket.pause();
  }

  #received(text: string): void {
    this.texts.push(text);
    if (text === PING) this.sendText(PONG);
    if (text !== PING && text !== PONG) this.frames.push(parseFrame(text));
    this.#notify();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** For `waitFor`: the frame is about this broadcast. */
export function aboutBroadcast(id: string) {
  return (frame: { broadcast: { id: string } } | { broadcast_id: string }): boolean =>
    ("broadcast" in frame ? frame.broadcast.id : frame.broadcast_id) === id;
}

function addressOf(url: string, { workspace, locale, seq, userId }: SocketOptions): URL {
  const address = new URL(SOCKET_PATH, url.replace(/^http/, "ws"));
  const query = { workspace, locale, seq: seq?.toString(), user_id: userId };
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.set(name, value);
  }
  return address;
}

function protocolsOf({ protocols, token, session }: SocketOptions): string[] {
  return (
    protocols ?? [
      SUBPROTOCOL,
      ...(token ? [TOKEN_SUBPROTOCOL + token] : []),
      ...(session ? [SESSION_SUBPROTOCOL + session] : []),
    ]
  );
}

function parseFrame(text: string): ServerFrame {
  const frame: unknown = JSON.parse(text);
  if (!isFrame(frame)) throw new Error(`The server sent what is no frame: ${text}`);
  return frame;
}

/** The shapes themselves are what the protocol's contract test is about. */
function isFrame(value: unknown): value is ServerFrame {
  return typeof value === "object" && value !== null && "type" in value;
}

function isType<T extends ServerFrame["type"]>(type: T) {
  return (frame: ServerFrame): frame is FrameOf<T> => frame.type === type;
}

function follow(shown: Set<string>, frame: ServerFrame): void {
  switch (frame.type) {
    case "connected":
      shown.clear();
      for (const { id } of frame.active) shown.add(id);
      return;
    case "active_broadcast":
    case "new_broadcast":
    case "broadcast_updated":
      shown.add(frame.broadcast.id);
      return;
    case "broadcast_cleared":
    case "broadcast_acknowledged":
      shown.delete(frame.broadcast_id);
      return;
    case "stats":
    case "reconnect":
    case "error":
      return;
  }
}
