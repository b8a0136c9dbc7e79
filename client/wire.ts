/**
 * The wire as it arrives: text from a socket, JSON from a poll, another tab's message. Only
 * what is needed to stay standing is checked; frames and fields that this version does not
 * know are ignored (SPEC § 6).
 */
import type { ServerFrame, WireBroadcast } from "@/core/protocol";

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** What is read without asking; all else may be missing. */
export function isBroadcast(value: unknown): value is WireBroadcast {
  return (
    isRecord(value) && !!value.id && Number(value.revision) > 0 && Array.isArray(value.content)
  );
}

function isFrame(frame: unknown): frame is ServerFrame {
  return (
    isRecord(frame) &&
    (isBroadcast(frame.broadcast) || !/_(broadcast|updated)$/.test(`${frame.type}`)) &&
    (Array.isArray(frame.active) || frame.type !== "connected")
  );
}

export function parseJson(text: unknown): unknown {
  try {
    // What is no text is made one, and no JSON then.
    return JSON.parse(text as string);
  } catch {
    return null;
  }
}

/** A frame of the server that a banner client acts on, or null: ignore it. */
export function parseFrame(data: unknown): ServerFrame | null {
  const frame = parseJson(data);
  return isFrame(frame) ? frame : null;
}
