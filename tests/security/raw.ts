import { once } from "node:events";
import { createConnection } from "node:net";
import { SOCKET_PATH } from "@/core/protocol";

const HANDSHAKE = [
  `GET ${SOCKET_PATH} HTTP/1.1`,
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: loudhailer.v1",
  "",
  "",
].join("\r\n");

const MASK = [1, 2, 3, 4];
const masked = (first: number, payload: number[] = []) =>
  Buffer.from([
    first,
    0x80 | payload.length,
    ...MASK,
    ...payload.map((b, i) => b ^ (MASK[i % 4] ?? 0)),
  ]);

/** What no client of ours writes: each must end the connection it came by (RFC 6455 § 5). */
export const WIRE_ATTACKS: Record<string, Buffer> = {
  "a frame without a mask": Buffer.from([0x81, 0x02, 0x7b, 0x7d]),
  "a reserved opcode": masked(0x83, [0x7b]),
  "a reserved control opcode": masked(0x8b),
  "a reserved bit": masked(0xc1, [0x7b]),
  "all reserved bits": masked(0xf1, [0x7b]),
  "a continuation of nothing": masked(0x80, [0x7b]),
  "a text inside a fragmented text": Buffer.concat([masked(0x01, [0x7b]), masked(0x81, [0x7d])]),
  "a control frame in fragments": masked(0x09, [0x7b]),
  "a control frame that is too long": Buffer.from([
    0x89,
    0xfe,
    0x00,
    0x80,
    ...MASK,
    ...Array(128).fill(0),
  ]),
  "a length of 2^63": Buffer.from([0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, ...MASK]),
  "a length of 2^53": Buffer.from([0x81, 0xff, 0x00, 0x20, 0, 0, 0, 0, 0, 0, ...MASK]),
  "a length over the limit": Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 1, ...MASK]),
  "text that is no UTF-8": masked(0x81, [0xff, 0xfe, 0xc0, 0x80]),
  "a surrogate in UTF-8": masked(0x81, [0xed, 0xa0, 0x80]),
  "a close of one byte": masked(0x88, [0x03]),
  "a close with a reserved code": masked(0x88, [0x03, 0xed]),
  "a close whose reason is no UTF-8": masked(0x88, [0x03, 0xe8, 0xff]),
  "endless empty fragments": Buffer.concat([
    masked(0x01, [0x7b]),
    ...Array.from({ length: 200_000 }, () => masked(0x00)),
    masked(0x83),
  ]),
  "an HTTP request in place of a frame": Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
};

/** Whether the server ended the connection over these bytes, soon. */
export async function attack(port: number, bytes: Buffer | undefined): Promise<boolean> {
  const socket = createConnection(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(HANDSHAKE);
  await once(socket, "data");
  socket.write(bytes ?? "");
  socket.resume();
  const timer = setTimeout(() => socket.destroy(new Error("It stayed open.")), 10_000);
  const closed = await new Promise<boolean>((resolve) => {
    socket.once("end", () => resolve(true));
    socket.once("close", (hadError) =>
      resolve(!hadError || socket.errored?.message !== "It stayed open."),
    );
  });
  clearTimeout(timer);
  socket.destroy();
  return closed;
}

/** Requests whose ends two servers could see in different places, and addresses that lead out. */
export const HEADS: Record<string, string> = {
  "two lengths":
    "POST /api/creator/broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
  "a length beside chunks":
    "POST /api/creator/broadcast HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n",
  "an unknown encoding":
    "POST /api/creator/broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\n\r\nabc",
  "an encoding after chunks":
    "POST /api/creator/broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
  "a space before the colon":
    "POST /api/creator/broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
  "a folded header": "GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n c\r\nNo colon\r\n\r\n",
  "a bare line feed": "GET / HTTP/1.1\nHost: x\nX\n\n",
  "a NUL in a header": "GET / HTTP/1.1\r\nHost: x\r\nX-A: a\u0000b\r\n\r\n",
  "no host": "GET / HTTP/1.1\r\n\r\n",
  "a host that is none":
    "POST /api/creator/broadcast HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n",
  "a host with a port that is none":
    "GET /api/v1/broadcasts HTTP/1.1\r\nHost: x:99999\r\nConnection: close\r\n\r\n",
  "a negative chunk":
    "POST /api/creator/broadcast HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
  "a path upwards": "GET /../../../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  "a page behind the API's beginning":
    "GET /api/v1/../../sign-in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  "a path upwards in disguise":
    "GET /_next/static/..%2f..%2f..%2fpackage.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  "a path upwards with backslashes":
    "GET /_next/static/..\\..\\..\\package.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  "a path upwards, encoded twice":
    "GET /_next/static/%252e%252e/%252e%252e/package.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
  "a head that is too long": `GET / HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(40_000)}\r\n\r\n`,
  "an upgrade to what is not there":
    "GET /elsewhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
  "an upgrade without a key": `GET ${SOCKET_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  "an upgrade by POST": `POST ${SOCKET_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  "an upgrade of an old version": `GET ${SOCKET_PATH} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
};
