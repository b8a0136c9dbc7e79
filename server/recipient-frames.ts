import type { RawData } from "ws";
import { matches } from "@/core/audience";
import { CLOSE } from "@/core/close-codes";
import { type AppError, isAppError } from "@/core/errors";
import { parseClientFrame } from "@/core/frames";
import type { ClientFrame, FrameErrorCode } from "@/core/protocol";
import type { Acknowledgements } from "@/lib/acknowledgements";
import type { Feed } from "@/lib/feed";
import type { Logger } from "@/lib/logger";
import type { Receipt, ReceiptStore } from "@/lib/ports/receipt-store";
import type { ReceiptQueue } from "@/lib/receipt-queue";
import type { Connection } from "./connection";
import { PONG_FRAME } from "./frame";
import type { Hub } from "./hub";
import { Lane } from "./lane";

/** Bursts may be so many times the rate per second ([SEC5]). */
const BURST_FACTOR = 5;

interface RecipientFramesOptions {
  hub: Hub;
  feed: Feed;
  acknowledgements: Acknowledgements;
  receipts: ReceiptStore;
  receiptQueue: ReceiptQueue;
  logger: Logger;
  /** 0 = no limit. */
  framesPerSecond: number;
  authenticate: (connection: Connection, token: string) => Promise<void>;
}

/** Frames whose effect takes time. */
const WAITS: ReadonlySet<ClientFrame["type"]> = new Set([
  "acknowledge_broadcast",
  "snooze_broadcast",
  "authenticate",
]);

type AboutBroadcast = Extract<ClientFrame, { broadcast_id: string }>;

/** What recipients' sockets send: each frame has one defined outcome, and none throws ([SEC6]). */
export class RecipientFrames {
  readonly #options: RecipientFramesOptions;
  /** Of connections that have something under way. */
  readonly #lanes = new WeakMap<Connection, Lane>();

  constructor(options: RecipientFramesOptions) {
    this.#options = options;
  }

  take(connection: Connection, data: RawData, isBinary: boolean): void {
    const { hub } = this.#options;
    hub.traffic.framesIn += 1;
    connection.lastHeardAt = performance.now();
    if (connection.state !== "open" && !connection.leaving) return;
    if (!this.#withinLimit(connection)) {
      connection.refuse("too_many", "Too many frames. Slow down.");
      return;
    }
    if (isBinary) {
      connection.refuse("bad_frame", "Binary frames are not understood; send JSON as text.");
      return;
    }
    const parsed = parseClientFrame(data.toString());
    if (!parsed.ok) {
      connection.refuse(parsed.code, parsed.message, parsed.broadcastId);
    } else if (parsed.frame === "ping") {
      connection.write(PONG_FRAME, 1);
    } else if (parsed.frame !== "pong") {
      const { frame } = parsed;
      this.#inTurn(connection, frame).catch((error) =>
        this.#refuseWith(connection, error, broadcastIdOf(frame)),
      );
    }
  }

  /** [ACK3] Who the connection is may change only between what it says as the one and the other. */
  async #inTurn(connection: Connection, frame: ClientFrame): Promise<void> {
    const work = () => this.#handle(connection, frame);
    const waits = WAITS.has(frame.type);
    const lane = this.#lanes.get(connection) ?? (waits ? new Lane() : null);
    if (!lane) return work();
    this.#lanes.set(connection, lane);
    try {
      await (frame.type === "authenticate" ? lane.alone(work) : lane.beside(work));
    } finally {
      if (lane.isEmpty) this.#lanes.delete(connection);
    }
  }

  async #handle(connection: Connection, frame: ClientFrame): Promise<void> {
    switch (frame.type) {
      case "acknowledge_broadcast":
        return this.#acknowledge(connection, frame.broadcast_id, frame.revision);
      case "get_active_broadcast":
        return this.#options.hub.showAgain(connection);
      case "broadcast_seen":
        return this.#note(connection, frame, "seen");
      case "broadcast_clicked":
        return this.#note(connection, frame, "clicked");
      case "snooze_broadcast":
        return this.#snooze(connection, frame.broadcast_id, frame.seconds);
      case "authenticate":
        return this.#options.authenticate(connection, frame.token);
    }
  }

  async #acknowledge(
    connection: Connection,
    broadcastId: string,
    revision: number | undefined,
  ): Promise<void> {
    const { acknowledgements } = this.#options;
    const { viewer, workspaceId, shown } = connection;
    const known = connection.recipient?.exceptions?.get(broadcastId)?.acknowledgedRevision ?? 0;
    const acknowledged = await acknowledgements.acknowledge(
      workspaceId,
      viewer,
      broadcastId,
      revision ?? shown.find(broadcastId)?.revision,
    );
    // The hub told all connections of the recipient, unless it was no news: then this one, here.
    if (known >= acknowledged) {
      connection.send({
        type: "broadcast_acknowledged",
        broadcast_id: broadcastId,
        revision: acknowledged,
      });
    }
  }

  #note(connection: Connection, frame: AboutBroadcast, kind: "seen" | "clicked"): void {
    const receipt = this.#receiptOf(connection, frame.broadcast_id);
    // Of a banner that has just gone: nothing a client could do about it.
    if (receipt) this.#options.receiptQueue.add({ ...receipt, kind });
  }

  async #snooze(connection: Connection, broadcastId: string, seconds: number): Promise<void> {
    const { hub, receipts, feed } = this.#options;
    const receipt = this.#receiptOf(connection, broadcastId);
    if (!receipt) {
      connection.refuse("not_found", "Broadcast not found", broadcastId);
      return;
    }
    const broadcast = feed.find(connection.workspaceId, broadcastId);
    if (!broadcast?.dismissible) {
      connection.refuse("not_dismissible", "This broadcast cannot be put off.", broadcastId);
      return;
    }
    const snoozedUntil = receipt.at + seconds * 1000;
    await receipts.snooze({ ...receipt, kind: "snoozed", snoozedUntil });
    if (connection.recipient) hub.noteSnoozed(connection.recipient, broadcastId, snoozedUntil);
  }

  /** Null for what is gone, and for what was never meant for this recipient. */
  #receiptOf(connection: Connection, broadcastId: string): Omit<Receipt, "kind"> | null {
    const { feed } = this.#options;
    const broadcast = feed.find(connection.workspaceId, broadcastId);
    if (!broadcast || !matches(broadcast.audience, connection.viewer, broadcastId)) return null;
    return {
      broadcastId,
      revision: broadcast.showFromRevision,
      recipient: connection.viewer.recipient,
      at: feed.now(),
    };
  }

  #withinLimit(connection: Connection): boolean {
    const rate = this.#options.framesPerSecond;
    if (rate === 0) return true;
    const now = performance.now();
    const earned = ((now - connection.frameTokensAt) / 1000) * rate;
    connection.frameTokens = Math.min(connection.frameTokens + earned, rate * BURST_FACTOR);
    connection.frameTokensAt = now;
    if (connection.frameTokens < 1) return false;
    connection.frameTokens -= 1;
    return true;
  }

  #refuseWith(connection: Connection, error: unknown, broadcastId: string | undefined): void {
    if (isAppError(error)) {
      connection.refuse(frameErrorOf(error), error.message, broadcastId);
      if (error.code === "token_invalid") connection.close(CLOSE.tokenInvalid);
      return;
    }
    this.#options.logger.error({ err: error, connection: connection.id }, "a frame failed");
    connection.refuse("unavailable", "That did not work. Try again.", broadcastId);
  }
}

function broadcastIdOf(frame: ClientFrame): string | undefined {
  return "broadcast_id" in frame ? frame.broadcast_id : undefined;
}

function frameErrorOf(error: AppError): FrameErrorCode {
  switch (error.code) {
    case "not_found":
    case "not_dismissible":
    case "revision_ahead":
    case "token_invalid":
    case "forbidden":
    case "too_many":
    case "invalid":
      return error.code;
    default:
      return "unavailable";
  }
}
