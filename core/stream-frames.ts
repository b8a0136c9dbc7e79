/**
 * The wire of session streams (SPEC § 7): a channel for each session, for everyone who listens
 * to it. Names and shapes are fixed. Times are Unix seconds.
 */

export const STREAM_PATH_PREFIX = "/ws/session/";
/** `user_type` and `client_type`: something to read, on one line. */
const NAME = /^[^\p{Cc}\p{Cs}]{1,64}$/u;
/** Nesting of a frame, beyond which it is refused. */
const MAX_DEPTH = 32;
const SEPARATORS = /[^a-z0-9]/g;
/**
 * What a key that names a secret ends in, whatever its case and separators ([STR4]): also
 * `access_token` and `X-Api-Key`, but not `token_count`.
 */
const SECRET_KEY = /(?:password|token|secret|authorization|cookie|apikey)$/;

export type StreamErrorCode =
  | "hello_required"
  | "already_identified"
  | "bad_frame"
  | "invalid"
  | "forbidden"
  | "too_many"
  | "unavailable";

export interface PresenceMember {
  connection_id: string;
  user_type: string | null;
  client_type: string | null;
  connected_at: number;
  last_seen: number;
}

export type StreamServerFrame =
  | { type: "connected"; session_id: string; connection_id: string; user_type_required: true }
  | {
      type: "presence";
      session_id: string;
      count: number;
      by_type: Record<string, number>;
      members: PresenceMember[];
    }
  | { type: "session_message"; user_type: string; client_type: string; msg: string; data: unknown }
  | { type: "echo"; data: unknown }
  | { type: "error"; code: StreamErrorCode; message: string }
  | { type: "reconnect"; after_ms: number };

export type StreamClientFrame =
  | { type: "hello"; user_type: string; client_type: string }
  | { type: "presence" }
  | { type: "broadcast"; msg: string; data: unknown }
  | { type: "unknown"; data: unknown };

export type ParsedStreamFrame =
  | { ok: true; frame: StreamClientFrame }
  /** `type`: what the frame was meant to be; null where that could not be told. */
  | { ok: false; type: "hello" | "broadcast" | null; code: StreamErrorCode; message: string };

/** What a listener sent. Never throws; every string has one outcome. Size is the caller's to bound. */
export function parseStreamFrame(text: string): ParsedStreamFrame {
  const value = parseJson(text);
  if (value === undefined) return refuseFrame("A frame must be JSON.");
  if (depthOf(value) > MAX_DEPTH) return refuseFrame("The frame is nested too deeply.");
  const fields = isRecord(value) ? value : {};
  switch (fields.type) {
    case "hello":
      return hello(fields);
    case "presence":
      return { ok: true, frame: { type: "presence" } };
    case "broadcast":
      return broadcast(fields);
    default:
      return { ok: true, frame: { type: "unknown", data: value } };
  }
}

function hello(fields: Record<string, unknown>): ParsedStreamFrame {
  const { user_type: userType, client_type: clientType } = fields;
  if (!isName(userType)) return refuseField("hello", "user_type must be a short name.");
  if (!isName(clientType)) return refuseField("hello", "client_type must be a short name.");
  return { ok: true, frame: { type: "hello", user_type: userType, client_type: clientType } };
}

function broadcast(fields: Record<string, unknown>): ParsedStreamFrame {
  if (typeof fields.msg !== "string" || fields.msg === "") {
    return refuseField("broadcast", "msg must be a text.");
  }
  return { ok: true, frame: { type: "broadcast", msg: fields.msg, data: fields.data ?? null } };
}

/** The same without what is named like a secret, at any depth ([STR4]). */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (!isRecord(value)) return value;
  const clean: Record<string, unknown> = Object.create(null);
  for (const [key, inner] of Object.entries(value)) {
    if (!namesSecret(key)) clean[key] = withoutSecrets(inner);
  }
  return clean;
}

function namesSecret(key: string): boolean {
  return SECRET_KEY.test(key.toLowerCase().replaceAll(SEPARATORS, ""));
}

/** Who is there, as one frame says it. Times come in as ms. */
export function presenceFrame(
  sessionId: string,
  members: readonly {
    connectionId: string;
    userType: string | null;
    clientType: string | null;
    connectedAt: number;
    lastSeenAt: number;
  }[],
): StreamServerFrame {
  const byType: Record<string, number> = Object.create(null);
  for (const { clientType } of members) {
    const name = clientType ?? "unknown";
    byType[name] = (byType[name] ?? 0) + 1;
  }
  return {
    type: "presence",
    session_id: sessionId,
    count: members.length,
    by_type: byType,
    members: members.map((member) => ({
      connection_id: member.connectionId,
      user_type: member.userType,
      client_type: member.clientType,
      connected_at: toUnixSeconds(member.connectedAt),
      last_seen: toUnixSeconds(member.lastSeenAt),
    })),
  };
}

/** To the millisecond: no clock here is better. */
function toUnixSeconds(ms: number): number {
  return Math.round(ms) / 1000;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Without recursion: a frame may be nested deeper than the stack. */
function depthOf(value: unknown): number {
  let depth = 0;
  let level: unknown[] = [value];
  while (depth <= MAX_DEPTH) {
    const inner = level.flatMap((item) =>
      typeof item === "object" && item !== null ? Object.values(item) : [],
    );
    if (inner.length === 0) return depth;
    depth += 1;
    level = inner;
  }
  return depth;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

function refuseFrame(message: string): ParsedStreamFrame {
  return { ok: false, type: null, code: "bad_frame", message };
}

function refuseField(type: "hello" | "broadcast", message: string): ParsedStreamFrame {
  return { ok: false, type, code: "invalid", message };
}
