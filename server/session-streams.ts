import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import { CLOSE, type CloseReason } from "@/core/close-codes";
import { PING, PONG } from "@/core/protocol";
import {
  type ParsedStreamFrame,
  parseStreamFrame,
  presenceFrame,
  type StreamClientFrame,
  type StreamServerFrame,
  withoutSecrets,
} from "@/core/stream-frames";
import type { Authenticator } from "@/lib/auth/authenticator";
import { getOrMake } from "@/lib/collections";
import type { Feed } from "@/lib/feed";
import type { Logger } from "@/lib/logger";
import type { MessageBroker } from "@/lib/ports/message-broker";
import type { PresenceStore } from "@/lib/ports/session-store";
import { RECONNECT_SPREAD_MS } from "./drain";
import { type Hello, Listener, type ListenerInit } from "./stream-listener";
import { ownerClaim, StreamOwners } from "./stream-owners";

const SWEEP_INTERVAL_MS = 1_000;

interface SessionStreamsOptions {
  broker: MessageBroker;
  presence: PresenceStore;
  feed: Pick<Feed, "now" | "onControl" | "workspaceById">;
  authenticator: Pick<Authenticator, "isRevoked" | "recheck">;
  workerId: string;
  logger: Logger;
  mode: "multiple" | "single-owner";
  /** 0 = no limit. */
  framesPerSecond: number;
  pingIntervalMs: number;
}

/** Who joins which stream, by what right. */
export type Joining = Omit<ListenerInit, "framesPerSecond" | "connectedAt">;

/** Local listeners of one stream, and their subscription. */
interface Group {
  readonly listeners: Set<Listener>;
  readonly subscription: Promise<() => Promise<void>>;
}

const sessionMessage = z.object({
  type: z.literal("session_message"),
  user_type: z.string(),
  client_type: z.string(),
  msg: z.string(),
  data: z.unknown(),
});

/** What workers say on a stream's channel. */
const streamMessage = z.object({
  workerId: z.string(),
  frame: sessionMessage.optional(),
  claim: ownerClaim.optional(),
});
type StreamMessage = z.output<typeof streamMessage>;

/**
 * Session streams (SPEC § 7): what one listener says, every listener of that session hears, on
 * every replica. At most once, no history. Local listeners hear at once, the others by message.
 */
export class SessionStreams {
  readonly #options: SessionStreamsOptions;
  readonly #groups = new Map<string, Group>();
  readonly #unsubscribes: (() => void)[];
  /** Null where a stream may have several listeners. */
  readonly #owners: StreamOwners | null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: SessionStreamsOptions) {
    this.#options = options;
    const { broker, presence, feed, mode } = options;
    const owners = new StreamOwners({
      broker,
      presence,
      listeners: (stream) => this.#listeners(stream),
      tell: (stream, claim) => this.#tellOthers(stream, { claim }),
      replace: (listener) => void this.#dismiss(listener, CLOSE.replaced),
    });
    this.#owners = mode === "single-owner" ? owners : null;
    this.#unsubscribes = [
      feed.onControl(() => this.#closeRevoked()),
      // Told when both ways work: what this worker says is heard, and what others say is too.
      broker.onHealth((healthy) => {
        if (healthy) void this.#owners?.claimAll();
      }),
    ];
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Open listeners of all streams; read by the metrics. */
  get size(): number {
    let size = 0;
    for (const { listeners } of this.#groups.values()) size += listeners.size;
    return size;
  }

  /** Streams that somebody listens to here. */
  get streams(): number {
    return this.#groups.size;
  }

  /** Everybody is told to come back elsewhere; their members are gone from the presence list. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const unsubscribe of this.#unsubscribes.splice(0)) unsubscribe();
    const leaving = [...this.#listeners()].map((listener) => {
      const after_ms = Math.round(Math.random() * RECONNECT_SPREAD_MS);
      listener.send({ type: "reconnect", after_ms });
      return this.#dismiss(listener, CLOSE.restarting);
    });
    await Promise.all(leaving);
  }

  /** Lets in who has the right to; what comes before it is in waits its turn. */
  join(ws: WebSocket, joining: Joining): void {
    const { feed, framesPerSecond, logger } = this.#options;
    const listener = new Listener(ws, { ...joining, framesPerSecond, connectedAt: feed.now() });
    ws.on("message", (data: RawData, isBinary: boolean) => this.#take(listener, data, isBinary));
    ws.on("pong", () => listener.noteHeard());
    ws.on("close", () => {
      listener.state = "closed";
      void this.#leave(listener);
    });
    const group = this.#enter(listener);
    listener.inTurn(
      () => this.#admit(listener, group),
      (err) => {
        logger.error({ err }, "a listener could not be let in");
        void this.#dismiss(listener, CLOSE.tryLater);
      },
    );
  }

  #enter(listener: Listener): Group {
    const group = getOrMake(this.#groups, listener.stream, () => ({
      listeners: new Set<Listener>(),
      subscription: this.#subscribe(listener.stream),
    }));
    group.listeners.add(listener);
    // Whoever waits for it handles its failure.
    group.subscription.catch(() => undefined);
    return group;
  }

  async #admit(listener: Listener, group: Group): Promise<void> {
    await this.#owners?.outdo(listener);
    if (listener.state !== "joining") return;
    const { id, stream, connectedAt } = listener;
    const joined = this.#options.presence.join(stream, {
      connectionId: id,
      userType: null,
      clientType: null,
      connectedAt,
      lastSeenAt: connectedAt,
    });
    await Promise.all([joined, group.subscription]);
    // What was revoked meanwhile was not looked for here.
    if (this.#isRevoked(listener)) await this.#recheck(listener);
    if (listener.state !== "joining") return;
    listener.state = "open";
    listener.send({
      type: "connected",
      session_id: listener.sessionId,
      connection_id: id,
      user_type_required: true,
    });
    await this.#owners?.claim(listener);
  }

  /** Closes it, and does not wait for its end to take it off the list. */
  #dismiss(listener: Listener, reason: CloseReason): Promise<void> {
    listener.close(reason);
    return this.#leave(listener);
  }

  async #leave(listener: Listener): Promise<void> {
    const { stream, id } = listener;
    const group = this.#groups.get(stream);
    if (!group?.listeners.delete(listener)) return;
    const isLast = group.listeners.size === 0;
    if (isLast) this.#groups.delete(stream);
    try {
      await this.#options.presence.leave(stream, id);
      if (isLast) await (await group.subscription)();
    } catch (err) {
      this.#options.logger.debug({ err }, "a listener's leaving will be told later");
    }
  }

  #take(listener: Listener, data: RawData, isBinary: boolean): void {
    listener.noteHeard();
    if (listener.state === "closed") return;
    if (!listener.takeToken()) {
      listener.refuse("too_many", "Too many frames. Slow down.");
      return;
    }
    listener.inTurn(
      () => this.#handle(listener, isBinary ? null : data.toString()),
      (err) => {
        this.#options.logger.warn({ err }, "a stream's frame failed");
        listener.refuse("unavailable", "That did not work. Try again.");
      },
    );
  }

  /** @param text null = a binary frame */
  async #handle(listener: Listener, text: string | null): Promise<void> {
    if (listener.state !== "open") return;
    if (text === PING) listener.sendText(PONG);
    if (text === PING || text === PONG) return;
    const parsed = text === null ? BINARY : parseStreamFrame(text);
    const type = parsed.ok ? parsed.frame.type : parsed.type;
    if (listener.hello === null && type !== "hello") {
      listener.refuse("hello_required", "Say hello first: user_type and client_type.");
    } else if (listener.hello !== null && type === "hello") {
      listener.refuse("already_identified", "hello is said once.");
    } else if (!parsed.ok) {
      listener.refuse(parsed.code, parsed.message);
    } else if (parsed.frame.type === "hello") {
      await this.#hello(listener, parsed.frame);
    } else if (listener.hello !== null) {
      await this.#obey(listener, listener.hello, parsed.frame);
    }
  }

  async #hello(
    listener: Listener,
    frame: Extract<StreamClientFrame, { type: "hello" }>,
  ): Promise<void> {
    const { user_type: userType, client_type: clientType } = frame;
    if (userType === "admin" && !listener.mayBeAdmin) {
      listener.refuse("forbidden", "Only admins of the workspace may join as admin.");
      return;
    }
    listener.hello = { userType, clientType };
    await this.#options.presence.identify(listener.stream, listener.id, userType, clientType);
  }

  async #obey(
    listener: Listener,
    hello: Hello,
    frame: Exclude<StreamClientFrame, { type: "hello" }>,
  ): Promise<void> {
    switch (frame.type) {
      case "presence": {
        const members = await this.#options.presence.members(listener.stream);
        return listener.send(presenceFrame(listener.sessionId, members));
      }
      case "broadcast":
        return this.#relay(listener.stream, hello, frame);
      case "unknown":
        return listener.send({ type: "echo", data: withoutSecrets(frame.data) });
    }
  }

  #relay(
    stream: string,
    hello: Hello,
    { msg, data }: Extract<StreamClientFrame, { type: "broadcast" }>,
  ): void {
    const frame = {
      type: "session_message",
      user_type: hello.userType,
      client_type: hello.clientType,
      msg,
      data: withoutSecrets(data),
    } as const;
    this.#tellLocal(stream, frame);
    void this.#tellOthers(stream, { frame });
  }

  #tellLocal(stream: string, frame: StreamServerFrame): void {
    const text = JSON.stringify(frame);
    for (const listener of this.#listeners(stream)) listener.sendText(text);
  }

  async #tellOthers(stream: string, what: Omit<StreamMessage, "workerId">): Promise<void> {
    const { broker, logger, workerId } = this.#options;
    try {
      await broker.publish(channelOf(stream), { workerId, ...what });
    } catch (err) {
      logger.debug({ err }, "a stream's message reached this worker only");
    }
  }

  #subscribe(stream: string): Promise<() => Promise<void>> {
    return this.#options.broker.subscribe(channelOf(stream), (message) => {
      const heard = streamMessage.safeParse(message);
      if (!heard.success || heard.data.workerId === this.#options.workerId) return;
      const { frame, claim } = heard.data;
      if (frame) this.#tellLocal(stream, frame);
      if (claim) this.#owners?.hear(stream, claim);
    });
  }

  /** [SEC3] Whoever may have lost a right is looked at again; who lost it is closed. */
  #closeRevoked(): void {
    for (const listener of this.#listeners()) {
      if (this.#isRevoked(listener)) void this.#recheck(listener);
    }
  }

  #isRevoked({ caller, workspaceId }: Listener): boolean {
    const { authenticator, feed } = this.#options;
    return caller ? authenticator.isRevoked(caller) : feed.workspaceById(workspaceId) === null;
  }

  async #recheck(listener: Listener): Promise<void> {
    const { caller } = listener;
    try {
      // Whoever listens by nobody's right loses it with the workspace alone.
      const standing = caller ? await this.#options.authenticator.recheck(caller) : "gone";
      if (standing === "gone") await this.#dismiss(listener, CLOSE.unknown);
      if (standing === "ended") await this.#dismiss(listener, CLOSE.tokenInvalid);
      // It comes back as what it is now.
      if (standing === "changed") await this.#dismiss(listener, CLOSE.restarting);
    } catch (err) {
      this.#options.logger.warn({ err }, "a listener's rights could not be looked up");
      await this.#dismiss(listener, CLOSE.tryLater);
    }
  }

  #sweep(): void {
    const now = performance.now();
    const { pingIntervalMs } = this.#options;
    for (const listener of this.#listeners()) listener.checkHeartbeat(now, pingIntervalMs);
  }

  /** Of one stream, or all. */
  *#listeners(stream?: string): IterableIterator<Listener> {
    if (stream !== undefined) yield* this.#groups.get(stream)?.listeners ?? [];
    else for (const { listeners } of this.#groups.values()) yield* listeners;
  }
}

const BINARY: ParsedStreamFrame = {
  ok: false,
  type: null,
  code: "bad_frame",
  message: "Binary frames are not understood; send JSON as text.",
};

function channelOf(stream: string): string {
  return `stream:${stream}`;
}
