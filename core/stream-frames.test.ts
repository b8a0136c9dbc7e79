import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseStreamFrame, presenceFrame, withoutSecrets } from "./stream-frames";

describe("a listener's frame", () => {
  test.each([
    ['{"type":"hello","user_type":"user","client_type":"web"}', "hello"],
    ['{"type":"presence"}', "presence"],
    ['{"type":"broadcast","msg":"hi"}', "broadcast"],
    ['{"type":"dance"}', "unknown"],
    ["[1]", "unknown"],
  ])("§ 7: %s is understood as %s", (text, type) => {
    expect(parseStreamFrame(text)).toMatchObject({ ok: true, frame: { type } });
  });

  test.each([
    ["nonsense", "bad_frame"],
    ['{"type":"hello","user_type":"","client_type":"web"}', "invalid"],
    ['{"type":"hello","user_type":"user"}', "invalid"],
    ['{"type":"hello","user_type":"user","client_type":"a\\u0000b"}', "invalid"],
    [`{"type":"hello","user_type":"user","client_type":"${"x".repeat(65)}"}`, "invalid"],
    ['{"type":"broadcast","msg":7}', "invalid"],
    [`${"[".repeat(5000)}${"]".repeat(5000)}`, "bad_frame"],
  ])("[SEC6] %s is refused as %s", (text, code) => {
    expect(parseStreamFrame(text)).toMatchObject({ ok: false, code });
  });

  test("[SEC6] of any text has one outcome", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(typeof parseStreamFrame(text).ok).toBe("boolean");
      }),
    );
  });
});

describe("what is relayed", () => {
  test("[STR4] has no key named like a secret, at any depth", () => {
    const data = {
      msg: "kept",
      Password: 1,
      list: [{ api_key: 1, apiKey: 2, "API-KEY": 3, ok: { cookie: 1, fine: true } }],
    };
    expect(JSON.stringify(withoutSecrets(data))).toBe(
      '{"msg":"kept","list":[{"ok":{"fine":true}}]}',
    );
  });

  test.each([
    "access_token",
    "refreshToken",
    "X-Api-Key",
    "set-cookie",
    "clientSecret",
    "PASSWORD",
  ])("[STR4] has no key like %s", (key) => {
    expect(withoutSecrets({ [key]: "x" })).toEqual({});
  });

  test.each(["token_count", "secretary", "cookies_accepted", "passwordless", "keys", "author"])(
    "[STR4] keeps a key like %s",
    (key) => {
      expect(withoutSecrets({ [key]: "x" })).toEqual({ [key]: "x" });
    },
  );

  test("[SEC6] keeps a prototype key as a plain field", () => {
    const data = JSON.parse('{"__proto__":{"polluted":true}}');
    withoutSecrets(data);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

test("§ 7: presence counts client types and tells times in Unix seconds", () => {
  const member = { userType: "user", connectedAt: 1_500.25, lastSeenAt: 2_000 };
  const frame = presenceFrame("s1", [
    { ...member, connectionId: "a", clientType: "web" },
    { ...member, connectionId: "b", clientType: "web" },
    { ...member, connectionId: "c", clientType: null },
  ]);
  expect(frame).toMatchObject({
    type: "presence",
    session_id: "s1",
    count: 3,
    by_type: { web: 2, unknown: 1 },
    members: [{ connection_id: "a", connected_at: 1.5, last_seen: 2 }, {}, {}],
  });
});
