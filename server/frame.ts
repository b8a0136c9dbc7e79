/**
 * WebSocket frames made once and written to many sockets (RFC 6455 § 5.2). Server frames are
 * unmasked, so the bytes are the same for every receiver; several joined in one buffer cost the
 * kernel one write.
 */

const FIN = 0x80;
const OPCODE_TEXT = 0x1;
const OPCODE_PING = 0x9;

function header(opcode: number, length: number): Buffer {
  if (length < 126) return Buffer.from([FIN | opcode, length]);
  if (length < 0x10000) {
    const bytes = Buffer.allocUnsafe(4);
    bytes[0] = FIN | opcode;
    bytes[1] = 126;
    bytes.writeUInt16BE(length, 2);
    return bytes;
  }
  const bytes = Buffer.allocUnsafe(10);
  bytes[0] = FIN | opcode;
  bytes[1] = 127;
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

/** One text frame for each text, joined. */
export function encodeTexts(texts: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (const text of texts) {
    const payload = Buffer.from(text, "utf8");
    parts.push(header(OPCODE_TEXT, payload.length), payload);
  }
  return Buffer.concat(parts);
}

/** The bare text `ping` for clients in a browser, and a protocol ping for every other. */
export const PING_FRAMES = Buffer.concat([encodeTexts(["ping"]), header(OPCODE_PING, 0)]);

export const PONG_FRAME = encodeTexts(["pong"]);
