import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import type { Viewer } from "@/core/audience";
import { CLOSE, type CloseReason } from "@/core/close-codes";
import type { FrameErrorCode, ServerFrame } from "@/core/protocol";
import type { KeyCaller, MemberCaller, RecipientCaller } from "@/lib/context";
import { type Handle, handleOf, queuedBytes, type Waiting, writeNow } from "./direct-write";
import { encodeTexts } from "./frame";
import type { Recipient } from "./registry";
import { type Group, ShownSet } from "./views";

/** Bytes not yet taken by the kernel: beyond, the reader is too slow ([PUB7]). */
const MAX_UNSENT_BYTES = 1024 * 1024;
/** A backlog of which nothing is taken for this long: too slow as well. */
export const MAX_STALL_MS = 10_000;
/** A peer that does not answer a close is cut off after this. */
const CLOSE_GRACE_MS = 1_000;
/** The same where it is told to come back: what it has just said is still on its way ([DEG7]). */
const LEAVING_GRACE_MS = 3_000;
/** So many refused frames within the window close the connection. */
const MAX_REFUSALS = 10;
const REFUSAL_WINDOW_MS = 10_000;

/** Sums over all connections of this worker. */
export interface Traffic {
  framesIn: number;
  framesOut: number;
  bannersOut: number;
  dropped: number;
  /** Rises whenever a connection opens or ends: what was counted of them before may be wrong. */
  turnover: number;
}

export type ConnectionState = "joining" | "open" | "closed";

/** How far the kernel has come with what was written. */
interface Progress {
  /** Of finished writes, bytes. */
  taken: number;
  /** What is left of the write under way, bytes. */
  queued: number;
}

const NO_PROGRESS: Progress = { taken: 0, queued: 0 };

/** Who stands behind a connection: for revocation, and for what it may ask. */
export type Identity = MemberCaller | KeyCaller | RecipientCaller;

/** Does the closing handshake; everything else goes past it. */
interface Closable {
  close(code: number, reason: string): void;
}

export interface ConnectionInit {
  ws: Closable;
  socket: Duplex;
  workspaceId: string;
  sessionId: string;
  viewer: Viewer;
  identity: Identity;
  address: string;
  client: string | null;
  traffic: Traffic;
}

/**
 * One WebSocket of a recipient. Frames that many share are made elsewhere and written here as
 * bytes, straight to the socket: without compression `ws` keeps no queue of its own, so whole
 * frames never interleave.
 */
export class Connection implements Waiting {
  // First what a pass of the pump reads, side by side: in a pass over ten thousand each line of
  // memory that has to be fetched for a connection counts.
  /** What its screen has, by what was written; and the feed's version that was. */
  version = -1;
  state: ConnectionState = "joining";
  /** Who or what it is for is being looked up: the pump leaves it alone until it is shown all. */
  held = false;
  group: Group | null = null;
  /** Set by the registry while it is in there. */
  recipient: Recipient | null = null;
  /** The epoch that its positions are of; empty before it was shown anything. */
  epoch = "";
  shown: ShownSet = ShownSet.EMPTY;
  viewer: Viewer;
  readonly #socket: Duplex;
  /** The socket's way past its stream; null where it has none. */
  readonly #handle: Handle | null;
  /** Bytes given to the socket since the connection began. */
  #writtenBytes = 0;
  /** The kernel did not take all of what was written. */
  hasBacklog = false;
  /** Of what went past the stream, bytes that the kernel has not taken. */
  #waitingBytes = 0;
  readonly #traffic: Traffic;

  readonly id = randomUUID();
  readonly openedAt = performance.now();
  readonly workspaceId: string;
  readonly address: string;
  readonly client: string | null;
  readonly #ws: Closable;

  sessionId: string;
  identity: Identity;
  /** Told to come back elsewhere: what it says before it has heard that still counts ([DEG7]). */
  leaving = false;
  /** The last `connected` said that its acknowledgements were not known. */
  toldUnknown = false;

  /** Monotonic clock, ms. */
  lastHeardAt = performance.now();
  nextPingAt = 0;
  /** When the heartbeat has something to do here at the earliest; 0 = at the next sweep. */
  lookAt = 0;
  /** When the last ping went out that has not been answered; 0 = none. */
  pingedAt = 0;
  #progress: Progress = NO_PROGRESS;
  /** When its backlog was last seen to get on; 0 = there was none. */
  #progressAt = 0;
  #refusals = 0;
  #refusalsSince = 0;
  /** Tokens left of the frame limit, and when they were counted. */
  frameTokens = Number.POSITIVE_INFINITY;
  frameTokensAt = performance.now();

  constructor(init: ConnectionInit) {
    this.#ws = init.ws;
    this.#socket = init.socket;
    this.#handle = handleOf(init.socket);
    // The answer to the handshake may be corked: it goes first.
    this.hasBacklog = init.socket.writableLength > 0;
    this.#traffic = init.traffic;
    this.workspaceId = init.workspaceId;
    this.sessionId = init.sessionId;
    this.viewer = init.viewer;
    this.identity = init.identity;
    this.address = init.address;
    this.client = init.client;
  }

  /** What was held back of the handshake and the first frames leaves, in one write. */
  uncork(): void {
    this.#socket.uncork();
    this.hasBacklog = this.unsentBytes > 0;
  }

  /** From now on it is shown things; false when it was closed meanwhile. */
  open(): boolean {
    if (this.state === "joining") this.#become("open");
    return this.state === "open";
  }

  /** When the user token runs out, ms database time; null = never. */
  get expiresAt(): number | null {
    return this.identity.kind === "recipient" ? this.identity.expiresAt : null;
  }

  /** Bytes that the kernel has not taken yet. */
  get unsentBytes(): number {
    return this.#waitingBytes + this.#socket.writableLength;
  }

  /** Whole frames, ready made. A reader that is too slow is dropped, not waited for. */
  write(bytes: Buffer, frames: number): void {
    if (this.state === "closed") return;
    if (!this.#writeNow(bytes)) {
      if (!this.#socket.writable) return;
      if (this.unsentBytes + bytes.length > MAX_UNSENT_BYTES) {
        this.drop();
        return;
      }
      this.#socket.write(bytes);
      if (this.#socket.writableLength > 0) this.hasBacklog = true;
    }
    this.#writtenBytes += bytes.length;
    this.#traffic.framesOut += frames;
  }

  /** False: the stream has to. */
  #writeNow(bytes: Buffer): boolean {
    if (this.hasBacklog || this.#handle === null || bytes.length > MAX_UNSENT_BYTES) return false;
    const waiting = writeNow(this.#handle, bytes, this);
    if (waiting < 0) return false;
    if (waiting > 0) {
      this.#waitingBytes = waiting;
      this.hasBacklog = true;
    }
    return true;
  }

  /** The kernel has taken what had to wait, or never will. */
  taken(status: number): void {
    this.#waitingBytes = 0;
    if (status < 0) this.#socket.destroy();
  }

  send(frame: ServerFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    this.write(encodeTexts([text]), 1);
  }

  /** Answers a frame that was refused; the tenth in ten seconds closes ([SEC6]). */
  refuse(code: FrameErrorCode, message: string, broadcastId?: string): void {
    this.send({
      type: "error",
      code,
      message,
      ...(broadcastId === undefined ? {} : { broadcast_id: broadcastId }),
    });
    const now = performance.now();
    if (now - this.#refusalsSince > REFUSAL_WINDOW_MS) {
      this.#refusalsSince = now;
      this.#refusals = 0;
    }
    this.#refusals += 1;
    if (this.#refusals >= MAX_REFUSALS) this.close(CLOSE.policy);
  }

  /**
   * True when nothing of its backlog was taken for too long. Not its length tells: a reader that
   * is slow but steady may be written as much as it takes, and has until it owes 1 MiB.
   */
  isStalled(now: number): boolean {
    const length = this.unsentBytes;
    this.hasBacklog = length > 0;
    const progress = { taken: this.#writtenBytes - length, queued: queuedBytes(this.#socket) };
    const isSame =
      progress.taken === this.#progress.taken && progress.queued === this.#progress.queued;
    this.#progress = progress;
    if (length === 0) this.#progressAt = 0;
    else if (this.#progressAt === 0 || !isSame) this.#progressAt = now;
    return this.#progressAt > 0 && now - this.#progressAt > MAX_STALL_MS;
  }

  /** Too slow: what it missed it gets when it comes back. */
  drop(): void {
    this.#traffic.dropped += 1;
    this.close(CLOSE.tooSlow);
  }

  close(reason: CloseReason): void {
    if (this.state === "closed") return;
    this.#become("closed");
    this.#ws.close(reason.code, reason.reason);
    const graceMs = this.leaving ? LEAVING_GRACE_MS : CLOSE_GRACE_MS;
    setTimeout(() => this.#socket.destroy(), graceMs).unref();
  }

  /** [DEG7] It is to come back, here or elsewhere, after so long. */
  sendAway(afterMs: number): void {
    if (this.state === "closed") return;
    this.send({ type: "reconnect", after_ms: afterMs });
    this.leaving = true;
    this.close(CLOSE.restarting);
  }

  /** The peer does not answer at all: no use in a closing handshake. */
  terminate(): void {
    this.#become("closed");
    this.#socket.destroy();
  }

  /** Its socket is gone. */
  end(): void {
    this.#become("closed");
  }

  #become(state: ConnectionState): void {
    this.state = state;
    this.#traffic.turnover += 1;
  }
}
