import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ParsedFrame, parseClientFrame } from "./frames";

const ID = "5b0e7a52-6f1c-4a3e-9d7b-0c5a4f1e2d30";
const parse = (frame: unknown) => parseClientFrame(JSON.stringify(frame));

describe("frames that are understood", () => {
  test.each([
    [{ type: "get_active_broadcast" }],
    [{ type: "acknowledge_broadcast", broadcast_id: ID }],
    [{ type: "acknowledge_broadcast", broadcast_id: ID, revision: 1 }],
    [{ type: "acknowledge_broadcast", broadcast_id: ID, revision: Number.MAX_SAFE_INTEGER }],
    [{ type: "broadcast_seen", broadcast_id: ID }],
    [{ type: "broadcast_clicked", broadcast_id: ID }],
    [{ type: "snooze_broadcast", broadcast_id: ID, seconds: 60 }],
    [{ type: "snooze_broadcast", broadcast_id: ID, seconds: 2_592_000 }],
    [{ type: "authenticate", token: "ey.ab-c.d_e" }],
  ])("[SEC6] %j", (frame) => {
    expect(parse(frame)).toEqual({ ok: true, frame });
  });

  test.each(["ping", "pong"])("[SEC6] the bare text %s", (text) => {
    expect(parseClientFrame(text)).toEqual({ ok: true, frame: text });
  });

  test("[SEC6] fields that are not known are left out", () => {
    const frame = { type: "broadcast_seen", broadcast_id: ID };
    expect(parse({ ...frame, at: 5, constructor: 1 })).toEqual({ ok: true, frame });
  });

  test("[ACK1] an id is the same in capitals", () => {
    const frame = { type: "broadcast_seen", broadcast_id: ID };
    expect(parse({ ...frame, broadcast_id: ID.toUpperCase() })).toEqual({ ok: true, frame });
  });
});

describe("frames that are refused", () => {
  const deep = "[".repeat(30_000);
  test.each([
    ["nothing", ""],
    ["text", "hello"],
    ["ping with white space", "ping\n"],
    ["ping as JSON", '"ping"'],
    ["half a frame", '{"type":"broadcast_seen"'],
    ["a number", "5"],
    ["null", "null"],
    ["a list", '[{"type":"get_active_broadcast"}]'],
    ["no type", "{}"],
    ["a type that is no text", '{"type":1}'],
    ["a type in a prototype", '{"__proto__":{"type":"get_active_broadcast"}}'],
    ["deep nesting", deep],
    ["deep nesting that closes", deep + "]".repeat(30_000)],
    ["a byte order mark", '\ufeff{"type":"get_active_broadcast"}'],
    ["a control character in a text", '{"type":"get_active\u0000_broadcast"}'],
  ])("[SEC6] bad_frame: %s", (_, text) => {
    expect(parseClientFrame(text)).toMatchObject({ ok: false, code: "bad_frame" });
  });

  test.each(["", "ping", "connected", "constructor", "__proto__", "toString", "\ud800", "a\u0001"])(
    "[SEC6] unknown_type: %j",
    (type) => {
      const outcome = parse({ type, broadcast_id: ID });
      expect(outcome).toMatchObject({ ok: false, code: "unknown_type" });
      if (type !== "") expect(JSON.stringify(outcome)).not.toContain(`"${type}"`);
    },
  );

  const acknowledge = { type: "acknowledge_broadcast", broadcast_id: ID };
  const snooze = { type: "snooze_broadcast", broadcast_id: ID };
  test.each<[string, unknown]>([
    ["no id", { type: "acknowledge_broadcast" }],
    ["an empty id", { ...acknowledge, broadcast_id: "" }],
    ["an id that is no UUID", { ...acknowledge, broadcast_id: "1" }],
    ["an id that is a number", { type: "broadcast_seen", broadcast_id: 1 }],
    ["an id with more behind it", { type: "broadcast_seen", broadcast_id: `${ID}\n` }],
    ["an id in a list", { type: "broadcast_clicked", broadcast_id: [ID] }],
    ["revision 0", { ...acknowledge, revision: 0 }],
    ["half a revision", { ...acknowledge, revision: 1.5 }],
    ["a revision as text", { ...acknowledge, revision: "1" }],
    ["a null revision", { ...acknowledge, revision: null }],
    ["a huge revision", { ...acknowledge, revision: 2 ** 53 }],
    ["no seconds", snooze],
    ["too few seconds", { ...snooze, seconds: 59 }],
    ["too many seconds", { ...snooze, seconds: 2_592_001 }],
    ["half a second", { ...snooze, seconds: 60.5 }],
    ["seconds as text", { ...snooze, seconds: "60" }],
    ["no token", { type: "authenticate" }],
    ["an empty token", { type: "authenticate", token: "" }],
    ["a token with a space", { type: "authenticate", token: "a b" }],
    ["a token with a lone surrogate", { type: "authenticate", token: "a\ud800" }],
    ["a token that is an object", { type: "authenticate", token: {} }],
  ])("[SEC6] invalid: %s", (_, frame) => {
    expect(parse(frame)).toMatchObject({ ok: false, code: "invalid" });
  });

  test("[ACK1] a refusal says which broadcast it is about, once that could be read", () => {
    expect(parse({ ...acknowledge, revision: -1 })).toMatchObject({ broadcastId: ID });
    expect(parse(snooze)).toMatchObject({ broadcastId: ID });
  });

  test("[SEC6] a refused token is not repeated", () => {
    expect(JSON.stringify(parse({ type: "authenticate", token: "s3cret token" }))).not.toContain(
      "s3cret",
    );
  });
});

describe("any text at all", () => {
  function expectDefined(outcome: ParsedFrame): void {
    if (outcome.ok) {
      expect(outcome.frame).toBeTruthy();
      return;
    }
    expect(["bad_frame", "unknown_type", "invalid"]).toContain(outcome.code);
    expect(outcome.message).not.toBe("");
  }

  test("[SEC6] has one defined outcome", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expectDefined(parseClientFrame(text));
      }),
    );
  });

  test("[SEC6] so has any JSON", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expectDefined(parseClientFrame(text));
      }),
    );
  });

  const types = fc.constantFrom(
    ..."acknowledge_broadcast broadcast_seen broadcast_clicked snooze_broadcast".split(" "),
    ..."get_active_broadcast authenticate nonsense".split(" "),
  );
  const value = fc.oneof(
    fc.constantFrom<unknown>(ID, 60, 1, 0, -1, "", null, "token", "__proto__"),
    fc.jsonValue(),
  );
  const frames = fc.record(
    { type: types, broadcast_id: value, revision: value, seconds: value, token: value },
    { requiredKeys: ["type"] },
  );

  test("[SEC6] so has any mixture of fields, and what is understood is well formed", () => {
    fc.assert(
      fc.property(frames, (frame) => {
        const outcome = parse(frame);
        expectDefined(outcome);
        if (!outcome.ok || typeof outcome.frame === "string") return;
        expect(parse(outcome.frame)).toEqual(outcome);
        if ("broadcast_id" in outcome.frame) expect(outcome.frame.broadcast_id).toBe(ID);
      }),
      { numRuns: 1_000 },
    );
  });
});
