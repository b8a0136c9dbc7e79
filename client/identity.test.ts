import { describe, expect, test } from "vitest";
import { identityOf } from "./identity";

function aToken(claims: Record<string, unknown>, signature = "x"): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;
}

describe("who a user token is about", () => {
  test("is the same person for every token with the same sub", () => {
    const [one, other] = [
      identityOf(aToken({ sub: "ada", exp: 1 }, "one")),
      identityOf(aToken({ sub: "ada", exp: 2 }, "other")),
    ];
    expect(one.who).toBe(other.who);
    expect(identityOf(aToken({ sub: "ben" })).who).not.toBe(one.who);
  });

  test("reads subs in any script, and the end in ms", () => {
    const { who, expiresAt } = identityOf(aToken({ sub: "Ада-愛-🙂", exp: 1_800_000_000 }));
    expect(who).not.toBe("");
    expect(expiresAt).toBe(1_800_000_000_000);
  });

  test.each([null, undefined, ""])("is nobody for %j", (token) => {
    expect(identityOf(token)).toMatchObject({ who: "", expiresAt: Number.POSITIVE_INFINITY });
  });

  test.each(["not a token", "a.b.c", "a.%%%.c", `a.${Buffer.from("[1]").toString("base64url")}.c`])(
    "tells tokens apart that it cannot read: %s",
    (token) => {
      expect(identityOf(token).who).not.toBe(identityOf(`${token}x`).who);
    },
  );

  test("does not name the person", () => {
    expect(identityOf(aToken({ sub: "ada@example.com" })).who).not.toContain("ada");
  });
});
