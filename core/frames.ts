import { LIMITS } from "./limits";
import { type ClientFrame, type FrameErrorCode, PING, PONG } from "./protocol";

export type ParsedFrame =
  | { ok: true; frame: ClientFrame | "ping" | "pong" }
  | {
      ok: false;
      code: FrameErrorCode;
      message: string;
      /** The broadcast it was about, where that much could be read. */
      broadcastId?: string;
    };

type Fields = Record<string, unknown>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** What a JWT is made of is a part of this. */
const TOKEN = /^[\x21-\x7e]+$/;

/**
 * What a recipient's socket sent (SPEC § 6, [SEC6]). Never throws; every string has one outcome:
 * `bad_frame` for what is not a JSON object with a `type`, `unknown_type`, or `invalid` for a
 * field that is wrong. Fields that are not known are ignored. Size is the caller's to bound.
 */
export function parseClientFrame(text: string): ParsedFrame {
  if (text === PING) return { ok: true, frame: "ping" };
  if (text === PONG) return { ok: true, frame: "pong" };
  const fields = parseObject(text);
  if (fields === null) return refuse("bad_frame", "A frame must be a JSON object.");
  if (typeof fields.type !== "string") return refuse("bad_frame", "A frame needs a type.");
  switch (fields.type) {
    case "get_active_broadcast":
      return { ok: true, frame: { type: "get_active_broadcast" } };
    case "authenticate":
      return authenticate(fields);
    case "acknowledge_broadcast":
      return aboutBroadcast(fields, acknowledge);
    case "broadcast_seen":
      return aboutBroadcast(fields, (id) => ok({ type: "broadcast_seen", broadcast_id: id }));
    case "broadcast_clicked":
      return aboutBroadcast(fields, (id) => ok({ type: "broadcast_clicked", broadcast_id: id }));
    case "snooze_broadcast":
      return aboutBroadcast(fields, snooze);
    default:
      return refuse("unknown_type", "This type of frame is not known.");
  }
}

function authenticate({ token }: Fields): ParsedFrame {
  if (typeof token !== "string" || !TOKEN.test(token)) {
    return refuse("invalid", "token must be a signed user token.");
  }
  return ok({ type: "authenticate", token });
}

function aboutBroadcast(
  fields: Fields,
  rest: (broadcastId: string, fields: Fields) => ParsedFrame,
): ParsedFrame {
  const id = fields.broadcast_id;
  if (id === undefined || id === null || id === "") {
    return refuse("invalid", "Broadcast ID is required");
  }
  if (typeof id !== "string" || !UUID.test(id)) {
    return refuse("invalid", "broadcast_id must be a UUID.");
  }
  return rest(id.toLowerCase(), fields);
}

function acknowledge(broadcastId: string, { revision }: Fields): ParsedFrame {
  if (revision === undefined) {
    return ok({ type: "acknowledge_broadcast", broadcast_id: broadcastId });
  }
  if (!isIntegerIn(revision, 1, Number.MAX_SAFE_INTEGER)) {
    return refuse("invalid", "revision must be a positive integer.", broadcastId);
  }
  return ok({ type: "acknowledge_broadcast", broadcast_id: broadcastId, revision });
}

function snooze(broadcastId: string, { seconds }: Fields): ParsedFrame {
  const { snoozeSecondsMin, snoozeSecondsMax } = LIMITS;
  if (!isIntegerIn(seconds, snoozeSecondsMin, snoozeSecondsMax)) {
    const range = `${snoozeSecondsMin} to ${snoozeSecondsMax}`;
    return refuse("invalid", `seconds must be an integer from ${range}.`, broadcastId);
  }
  return ok({ type: "snooze_broadcast", broadcast_id: broadcastId, seconds });
}

function isIntegerIn(value: unknown, min: number, max: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
}

/** `JSON.parse` makes own properties, also of `__proto__`: no frame reaches a prototype. */
function parseObject(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ok(frame: ClientFrame): ParsedFrame {
  return { ok: true, frame };
}

function refuse(code: FrameErrorCode, message: string, broadcastId?: string): ParsedFrame {
  return broadcastId === undefined
    ? { ok: false, code, message }
    : { ok: false, code, message, broadcastId };
}
