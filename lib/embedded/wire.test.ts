import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorResponse, type Incoming, MessageReader, queryMessage, startupMessage } from "./wire";

const STARTUP = startupMessage({ user: "postgres", lock_timeout: "2000" });

function typed(type: string, body = ""): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 0);
  head.writeInt32BE(4 + Buffer.byteLength(body), 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

function readAll(reader: MessageReader, chunks: Buffer[]): Incoming[] {
  const found: Incoming[] = [];
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let next = reader.next(); next; next = reader.next()) found.push(next);
  }
  return found;
}

function split(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

describe("message reader", () => {
  test("keeps what belongs together in one batch, however the bytes arrive", () => {
    const extended = Buffer.concat([typed("P", "a"), typed("B"), typed("E", "xyz"), typed("S")]);
    const simple = queryMessage("SELECT 'ä'");
    const bytes = Buffer.concat([STARTUP, extended, simple, extended, typed("X")]);
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, (chunkSizes) => {
        const found = readAll(new MessageReader(), split(bytes, chunkSizes));
        expect(found).toEqual([
          {
            kind: "startup",
            parameters: new Map([
              ["user", "postgres"],
              ["lock_timeout", "2000"],
            ]),
          },
          { kind: "batch", bytes: extended },
          { kind: "batch", bytes: simple },
          { kind: "batch", bytes: extended },
          { kind: "end" },
        ]);
      }),
    );
  });

  test("answers a wish for encryption before the start", () => {
    const wish = Buffer.alloc(8);
    wish.writeInt32BE(8, 0);
    wish.writeInt32BE(80_877_103, 4);
    const found = readAll(new MessageReader(), [Buffer.concat([wish, STARTUP])]);
    expect(found.map(({ kind }) => kind)).toEqual(["encryption", "startup"]);
  });

  test("reads a password without its terminator", () => {
    const found = readAll(new MessageReader(), [STARTUP, typed("p", "secret\0")]);
    expect(found[1]).toEqual({ kind: "password", password: "secret" });
  });

  test("ends what does not speak the protocol, and never throws", () => {
    const http = Buffer.from("GET / HTTP/1.1\r\n\r\n");
    expect(readAll(new MessageReader(), [http])).toEqual([{ kind: "end" }]);
    const huge = typed("Q");
    huge.writeInt32BE(2 ** 31 - 10, 1);
    expect(readAll(new MessageReader(), [STARTUP, huge])[1]).toEqual({ kind: "end" });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const reader = new MessageReader();
        reader.push(Buffer.concat([STARTUP, bytes]));
        for (let i = 0; i < 60; i++) reader.next();
      }),
    );
  });
});

test("an error says its severity, state and text as the protocol wants them", () => {
  const bytes = errorResponse("FATAL", "55P03", "no");
  expect(bytes.subarray(5).toString()).toBe("SFATAL\0VFATAL\0C55P03\0Mno\0\0");
  expect(bytes.readInt32BE(1)).toBe(bytes.length - 1);
});
