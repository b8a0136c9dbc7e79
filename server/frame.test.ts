import { expect, test } from "vitest";
import * as ws from "ws";
import { encodeTexts, PING_FRAMES } from "./frame";

/** Exported, and unknown to its types. */
const { Sender } = ws as unknown as {
  Sender: { frame(payload: Buffer, options: object): Buffer[] };
};

/** Header and payload. */
function byWs(payload: Buffer, opcode: number): Buffer {
  const options = { fin: true, opcode, mask: false, rsv1: false, readOnly: true };
  return Buffer.concat(Sender.frame(payload, options));
}

test.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])(
  "a text of %d bytes is framed as ws does it",
  (length) => {
    const text = "x".repeat(length);
    expect(encodeTexts([text]).equals(byWs(Buffer.from(text), 1))).toBe(true);
  },
);

test("several texts, in whatever script, and frames that are ready are joined in order", () => {
  const texts = ["Störung 🎉", "", "half a \ud800 letter", "日本語".repeat(100)];
  const expected = texts.map((text) => byWs(Buffer.from(text), 1));
  const ready = byWs(Buffer.from("ready"), 1);
  expect(encodeTexts(texts, ready).equals(Buffer.concat([...expected, ready]))).toBe(true);
});

test("a ping is the bare text and a protocol ping", () => {
  const expected = [byWs(Buffer.from("ping"), 1), byWs(Buffer.alloc(0), 9)];
  expect(PING_FRAMES.equals(Buffer.concat(expected))).toBe(true);
});
