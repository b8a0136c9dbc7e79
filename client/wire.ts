/**
 * The wire as it arrives: text from a socket, JSON from a poll, another tab's message. Only
 * what is needed to stay standing is checked; frames and fields that this version does not
 * know are ignored (SPEC § 6).
 */
import type { ServerFrame, WireBroadcast } from "@/core/protocol";

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

const isString = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number";

export function isBroadcast(value: unknown): value is WireBroadcast {
  return (
    isRecord(value) &&
    isString(value.id) &&
    isNumber(value.revision) &&
    isNumber(value.seq) &&
    isString(value.message) &&
    Array.isArray(value.content)
  );
}

function isFrame(frame: unknown): frame is ServerFrame {
  if (!isRecord(frame)) return false;
  switch (frame.type) {
    case "connected":
      return isString(frame.epoch) && isNumber(frame.seq) && Array.isArray(frame.active);
    case "active_broadcast":
    case "new_broadcast":
    case "broadcast_updated":
      return isBroadcast(frame.broadcast);
    case "broadcast_cleared":
      return isString(frame.broadcast_id);
    case "broadcast_acknowledged":
      return isString(frame.broadcast_id) && isNumber(frame.revision);
    case "reconnect":
      return isNumber(frame.after_ms);
    case "error":
      return isString(frame.code);
    default:
      return false;
  }
}

export function parseJson(text: unknown): unknown {
  try {
    return isString(text) ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** A frame of the server that a banner client acts on, or null: ignore it. */
export function parseFrame(data: unknown): ServerFrame | null {
  const frame = parseJson(data);
  return isFrame(frame) ? frame : null;
}
