import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import { z } from "zod";
import { CLOSE, type CloseReason } from "@/core/close-codes";
import { PING, PING_INTERVAL_MS, PONG, PONG_TIMEOUT_MS } from "@/core/protocol";
import {
  parseStreamFrame,
  presenceFrame,
  type StreamClientFrame,
  type StreamErrorCode,
  type StreamServerFrame,
  withoutSecrets,
} from "@/core/stream-frames";
import { getOrMake } from "@/lib/collections";
import type { Logger } from "@/lib/logger";
import type { MessageBroker } from "@/lib/ports/message-broker";
import type { PresenceStore } from "@/lib/ports/session-store";

const SWEEP_INTERVAL_MS = 1_000;
/** Bytes not yet taken by the kernel: beyond, the listener is too slow ([PUB7]). */
const MAX_UNSENT_BYTES = 1024 * 1024;
const CLOSE_GRACE_MS = 1_000;
/** Bursts may be so many times the rate per second ([SEC5]). */
const BURST_FACTOR = 5;

interface SessionStreamsOptions {
  broker: MessageBroker;
  presence: PresenceStore;
  workerId: string;
  logger: Logger;
  mode: "multiple" | "single-owner";
  /** 0 = no limit. */
  framesPerSecond: number;
  /** The database's clock, ms. */
  now: () => number;
}

/** One WebSocket that listens to a session's stream. */
export interface Listener {
  readonly id: string;
  readonly ws: WebSocket;
  readonly stream: string;
  readonly sessionId: string;
  /** May call itself `admin` ([STR1]). */
  readonly mayBeAdmin: boolean;
  /** What it said in `hello`; null before. */
  hello: { userType: string; clientType: string } | null;
  /** When it came, ms database time: the newest owner stays. */
  readonly connectedAt: number;
  lastHeardAt: number;
  pingedAt: number;
  tokens: number;
  tokensAt: number;
}

/** Local listeners of one stream, and their subscription. */
interface Group {
  readonly listeners: Set<Listener>;
  unsubscribe: Promise<() => Promise<void>>;
}

const relayed = z.object({
  workerId: z.string(),
  frame: z.object({
    type: z.literal("session_message"),
    user_type: z.string(),
    client_type: z.string(),
    msg: z.string(),
    data: z.unknown(),
  }),
});
const ownership = z.object({ workerId: z.string(), owner: z.string(), connectedAt: z.number() });

/**
 * Session streams (SPEC § 7): what one listener says, every listener of that session hears, on
 * every replica. At most once, no history. Local listeners hear at once, the others by message.
 */
export class SessionStreams {
  readonly #options: SessionStreamsOptions;
  readonly #groups = new Map<string, Group>();
  #timer: NodeJS.Timeout | undefined;
  readonly #offReady: () => void;

  constructor(options: SessionStreamsOptions) {
    this.#options = options;
    this.#offReady = options.broker.onReady(() => this.#claimAgain());
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS);
    this.#timer.unref();
  }

  get size(): number {
    let size = 0;
    for (const { listeners } of this.#groups.values()) size += listeners.size;
    return size;
  }

  /** Everybody leaves; their members are gone from the presence list. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#offReady();
    for (const { listeners } of [...this.#groups.values()]) {
      for (const listener of [...listeners]) await this.#leave(listener, CLOSE.restarting);
    }
  }

  async join(
    ws: WebSocket,
    input: { workspaceId: string; sessionId: string; mayBeAdmin: boolean },
  ): Promise<void> {
    const { presence, now, framesPerSecond } = this.#options;
    const listener: Listener = {
      id: randomUUID(),
      ws,
      stream: `${input.workspaceId}/${input.sessionId}`,
      sessionId: input.sessionId,
      mayBeAdmin: input.mayBeAdmin,
      hello: null,
      connectedAt: now(),
      lastHeardAt: performance.now(),
      pingedAt: 0,
      tokens: framesPerSecond * BURST_FACTOR,
      tokensAt: performance.now(),
    };
    ws.on("message", (data: RawData, isBinary: boolean) => this.#take(listener, data, isBinary));
    ws.on("pong", () => {
      listener.lastHeardAt = performance.now();
    });
    ws.on("close", () => void this.#leave(listener, null));
    const group = this.#enter(listener);
    await presence.join(listener.stream, {
      connectionId: listener.id,
      userType: null,
      clientType: null,
      connectedAt: listener.connectedAt,
      lastSeenAt: listener.connectedAt,
    });
    await group.unsubscribe;
    if (this.#options.mode === "single-owner") this.#claim(listener);
    send(listener, {
      type: "connected",
      session_id: listener.sessionId,
      connection_id: listener.id,
      user_type_required: true,
    });
  }

  #enter(listener: Listener): Group {
    const group = getOrMake(this.#groups, listener.stream, () => ({
      listeners: new Set<Listener>(),
      unsubscribe: this.#subscribe(listener.stream),
    }));
    group.listeners.add(listener);
    return group;
  }

  async #leave(listener: Listener, reason: CloseReason | null): Promise<void> {
    const group = this.#groups.get(listener.stream);
    if (!group?.listeners.delete(listener)) return;
    if (reason) {
      listener.ws.close(reason.code, reason.reason);
      setTimeout(() => listener.ws.terminate(), CLOSE_GRACE_MS).unref();
    }
    if (group.listeners.size === 0) this.#groups.delete(listener.stream);
    try {
      await this.#options.presence.leave(listener.stream, listener.id);
      if (group.listeners.size === 0) await (await group.unsubscribe)();
    } catch (err) {
      this.#options.logger.debug({ err }, "a listener's leaving will be told later");
    }
  }

  #take(listener: Listener, data: RawData, isBinary: boolean): void {
    listener.lastHeardAt = performance.now();
    if (!this.#withinLimit(listener)) {
      refuse(listener, "too_many", "Too many frames. Slow down.");
      return;
    }
    if (isBinary) {
      refuse(listener, "bad_frame", "Binary frames are not understood; send JSON as text.");
      return;
    }
    const text = data.toString();
    if (text === PING) listener.ws.send(PONG);
    if (text === PING || text === PONG) return;
    const parsed = parseStreamFrame(text);
    if (!parsed.ok) {
      refuse(listener, parsed.code, parsed.message);
      return;
    }
    this.#handle(listener, parsed.frame).catch((err) => {
      this.#options.logger.warn({ err }, "a stream's frame failed");
      refuse(listener, "unavailable", "That did not work. Try again.");
    });
  }

  async #handle(listener: Listener, frame: StreamClientFrame): Promise<void> {
    if (frame.type === "hello") return this.#hello(listener, frame);
    if (listener.hello === null) {
      refuse(listener, "hello_required", "Say hello first: user_type and client_type.");
      return;
    }
    switch (frame.type) {
      case "presence": {
        const members = await this.#options.presence.members(listener.stream);
        send(listener, presenceFrame(listener.sessionId, members));
        return;
      }
      case "broadcast":
        this.#relay(listener, listener.hello, frame);
        return;
      case "unknown":
        send(listener, { type: "echo", data: withoutSecrets(frame.data) });
    }
  }

  async #hello(
    listener: Listener,
    frame: Extract<StreamClientFrame, { type: "hello" }>,
  ): Promise<void> {
    if (listener.hello !== null) {
      refuse(listener, "already_identified", "hello is said once.");
      return;
    }
    if (frame.user_type === "admin" && !listener.mayBeAdmin) {
      refuse(listener, "forbidden", "Only admins of the workspace may join as admin.");
      return;
    }
    listener.hello = { userType: frame.user_type, clientType: frame.client_type };
    await this.#options.presence.identify(
      listener.stream,
      listener.id,
      frame.user_type,
      frame.client_type,
    );
  }

  #relay(
    listener: Listener,
    hello: { userType: string; clientType: string },
    frame: Extract<StreamClientFrame, { type: "broadcast" }>,
  ): void {
    const { broker, workerId, logger } = this.#options;
    const message = {
      type: "session_message",
      user_type: hello.userType,
      client_type: hello.clientType,
      msg: frame.msg,
      data: withoutSecrets(frame.data),
    } as const;
    this.#tellLocal(listener.stream, message);
    broker.publish(channelOf(listener.stream), { workerId, frame: message }).catch((err) => {
      logger.debug({ err }, "a stream's message reached this worker only");
    });
  }

  #tellLocal(stream: string, frame: StreamServerFrame): void {
    for (const listener of this.#groups.get(stream)?.listeners ?? []) send(listener, frame);
  }

  #subscribe(stream: string): Promise<() => Promise<void>> {
    return this.#options.broker.subscribe(channelOf(stream), (message) => {
      const heard = relayed.safeParse(message);
      if (heard.success) {
        if (heard.data.workerId !== this.#options.workerId) {
          this.#tellLocal(stream, { ...heard.data.frame, data: heard.data.frame.data });
        }
        return;
      }
      const claim = ownership.safeParse(message);
      if (claim.success) this.#yieldTo(stream, claim.data.owner, claim.data.connectedAt);
    });
  }

  /** [STR3] The newest owner stays; all others, wherever they are, are closed. */
  #claim(listener: Listener): void {
    const { broker, workerId, logger } = this.#options;
    const { id: owner, connectedAt, stream } = listener;
    this.#yieldTo(stream, owner, connectedAt);
    broker.publish(channelOf(stream), { workerId, owner, connectedAt }).catch((err) => {
      // Settled when messages go again.
      logger.debug({ err }, "an owner is known to this worker only");
    });
  }

  /** Messages were lost: owners that were made apart settle on the newest. */
  #claimAgain(): void {
    if (this.#options.mode !== "single-owner") return;
    for (const { listeners } of this.#groups.values()) {
      for (const listener of listeners) this.#claim(listener);
    }
  }

  #yieldTo(stream: string, owner: string, connectedAt: number): void {
    if (this.#options.mode !== "single-owner") return;
    for (const listener of [...(this.#groups.get(stream)?.listeners ?? [])]) {
      const isOlder =
        listener.connectedAt < connectedAt ||
        (listener.connectedAt === connectedAt && listener.id < owner);
      if (listener.id !== owner && isOlder) void this.#leave(listener, CLOSE.replaced);
    }
  }

  #withinLimit(listener: Listener): boolean {
    const rate = this.#options.framesPerSecond;
    if (rate === 0) return true;
    const now = performance.now();
    const earned = ((now - listener.tokensAt) / 1000) * rate;
    listener.tokens = Math.min(listener.tokens + earned, rate * BURST_FACTOR);
    listener.tokensAt = now;
    if (listener.tokens < 1) return false;
    listener.tokens -= 1;
    return true;
  }

  #sweep(): void {
    const now = performance.now();
    for (const { listeners } of [...this.#groups.values()]) {
      for (const listener of [...listeners]) this.#look(listener, now);
    }
  }

  #look(listener: Listener, now: number): void {
    if (listener.ws.bufferedAmount > MAX_UNSENT_BYTES) {
      void this.#leave(listener, CLOSE.tooSlow);
    } else if (listener.pingedAt > 0 && listener.lastHeardAt >= listener.pingedAt) {
      listener.pingedAt = 0;
    } else if (listener.pingedAt > 0 && now - listener.pingedAt > PONG_TIMEOUT_MS) {
      listener.ws.terminate();
    } else if (listener.pingedAt === 0 && now - listener.lastHeardAt > PING_INTERVAL_MS) {
      listener.pingedAt = now;
      listener.ws.ping();
    }
  }
}

function channelOf(stream: string): string {
  return `stream:${stream}`;
}

function send(listener: Listener, frame: StreamServerFrame): void {
  if (listener.ws.readyState === listener.ws.OPEN) listener.ws.send(JSON.stringify(frame));
}

function refuse(listener: Listener, code: StreamErrorCode, message: string): void {
  send(listener, { type: "error", code, message });
}
