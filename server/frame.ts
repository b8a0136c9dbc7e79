/**
 * WebSocket frames made once and written to many sockets (RFC 6455 § 5.2). Server frames are
 * unmasked, so the bytes are the same for every receiver; several joined in one buffer cost the
 * kernel one write.
 */

const FIN = 0x80;
const OPCODE_TEXT = 0x1;
const OPCODE_PING = 0x9;

function headerLength(length: number): number {
  if (length < 126) return 2;
  return length < 0x10000 ? 4 : 10;
}

/** Returns where what follows begins. */
function writeHeader(bytes: Buffer, at: number, opcode: number, length: number): number {
  bytes[at] = FIN | opcode;
  switch (headerLength(length)) {
    case 2:
      bytes[at + 1] = length;
      return at + 2;
    case 4:
      bytes[at + 1] = 126;
      return bytes.writeUInt16BE(length, at + 2);
    default:
      bytes[at + 1] = 127;
      return bytes.writeBigUInt64BE(BigInt(length), at + 2);
  }
}

/** One text frame for each text, joined; then `more`, which are frames already. */
export function encodeTexts(texts: readonly string[], more: ArrayLike<number> = []): Buffer {
  let total = more.length;
  for (const text of texts) {
    const length = Buffer.byteLength(text);
    total += headerLength(length) + length;
  }
  const bytes = Buffer.allocUnsafe(total);
  let at = 0;
  for (const text of texts) {
    at = writeHeader(bytes, at, OPCODE_TEXT, Buffer.byteLength(text));
    at += bytes.write(text, at);
  }
  bytes.set(more, at);
  return bytes;
}

/** The bare text `ping` for clients in a browser, and a protocol ping for every other. */
export const PING_FRAMES = encodeTexts(["ping"], [FIN | OPCODE_PING, 0]);

export const PONG_FRAME = encodeTexts(["pong"]);
