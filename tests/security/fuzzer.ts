import { once } from "node:events";
import { WebSocket } from "ws";
import { SOCKET_PATH, SUBPROTOCOL } from "@/core/protocol";
import { STREAM_PATH_PREFIX } from "@/core/stream-frames";

/** Frames between two looks at whether the server keeps up. */
const BATCH = 250;
const MAX_UNSENT_BYTES = 256 * 1024;
const TYPES = [
  "acknowledge_broadcast",
  "get_active_broadcast",
  "broadcast_seen",
  "broadcast_clicked",
  "snooze_broadcast",
  "authenticate",
  "hello",
  "presence",
  "broadcast",
  "connected",
  "__proto__",
  "",
];
const FIELDS = [
  "broadcast_id",
  "revision",
  "seconds",
  "token",
  "user_type",
  "client_type",
  "msg",
  "data",
  "__proto__",
  "constructor",
  "prototype",
  "type",
];
const STRINGS = [
  "",
  "\u0000",
  "\ud800",
  "\udc00\ud800",
  "\u202e\u2066",
  "../../etc/passwd",
  "'; DROP TABLE broadcast; --",
  "<img src=x onerror=alert(1)>",
  "00000000-0000-0000-0000-000000000000",
  "5b0e7a52-6f1c-4a3e-9d7b-0c5a4f1e2d30",
  "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4IiwiZXhwIjo5OTk5OTk5OTk5fQ.",
  "%00%ff",
  "\r\nSet-Cookie: a=b",
  "a".repeat(5_000),
];
const NUMBERS = ["0", "-1", "1e308", "1e999", "-0", "9007199254740993", "0.1", "99999999999999999"];
const BARE = ["ping", "pong", "", "null", "[]", "{", "{}", '"', "\u0000", "NaN", "\ufeff{}"];

/** Numbers in [0, 1), the same again from the same seed (mulberry32). */
export type Random = () => number;

export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Sends so many frames over sockets of both kinds, opening another whenever one is closed. */
export async function fuzzSocket(url: string, random: Random, frames: number): Promise<number> {
  let sent = 0;
  while (sent < frames) {
    const path =
      random() < 0.75 ? SOCKET_PATH : `${STREAM_PATH_PREFIX}fuzz-${pick(random, TYPES)}x/`;
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}${path}`, [SUBPROTOCOL]);
    socket.on("error", () => undefined);
    socket.on("message", () => undefined);
    await Promise.race([once(socket, "open"), once(socket, "close")]);
    if (socket.readyState !== WebSocket.OPEN) continue;
    if (path !== SOCKET_PATH && random() < 0.7) {
      socket.send('{"type":"hello","user_type":"user","client_type":"web"}');
    }
    sent += await pour(socket, random, frames - sent);
    socket.terminate();
  }
  return sent;
}

/** Until the server has had enough of this one. */
async function pour(socket: WebSocket, random: Random, frames: number): Promise<number> {
  let sent = 0;
  while (sent < frames && socket.readyState === WebSocket.OPEN) {
    for (let index = 0; index < BATCH && sent < frames; index += 1) {
      const isBinary = random() < 0.02;
      socket.send(isBinary ? bytes(random) : frame(random), { binary: isBinary });
      sent += 1;
    }
    await settle(socket);
  }
  return sent;
}

async function settle(socket: WebSocket): Promise<void> {
  do {
    await new Promise((resolve) => setImmediate(resolve));
  } while (socket.bufferedAmount > MAX_UNSENT_BYTES && socket.readyState === WebSocket.OPEN);
}

function frame(random: Random): string {
  if (random() < 0.05) return pick(random, BARE);
  if (random() < 0.01) return "[".repeat(Math.floor(random() * 20_000));
  const text = object(random, 0);
  return random() < 0.15 ? mutated(text, random) : text;
}

/** Mostly what a frame looks like, so that it comes far enough to do harm. */
function object(random: Random, depth: number): string {
  const fields = Array.from(
    { length: Math.floor(random() * 5) },
    () => `${JSON.stringify(pick(random, FIELDS))}:${value(random, depth + 1)}`,
  );
  return `{${[`"type":${JSON.stringify(pick(random, TYPES))}`, ...fields].join(",")}}`;
}

function value(random: Random, depth: number): string {
  const kind = random();
  if (kind < 0.45) return JSON.stringify(pick(random, STRINGS));
  if (kind < 0.7) return pick(random, NUMBERS);
  if (kind < 0.8) return pick(random, ["null", "true", "false"]);
  if (depth > 4) return "0";
  return kind < 0.9 ? object(random, depth) : `[${value(random, depth + 1)}]`;
}

function mutated(text: string, random: Random): string {
  const at = Math.floor(random() * text.length);
  const inserted = String.fromCharCode(Math.floor(random() * 0x10000));
  return text.slice(0, at) + inserted + text.slice(at + Math.floor(random() * 3));
}

function bytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * 64) }, () => random() * 256));
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)] as T;
}
