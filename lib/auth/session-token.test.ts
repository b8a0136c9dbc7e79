import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Viewer } from "@/core/audience";
import { deriveKey } from "./secrets";
import { createSessionTokens, type NewStay } from "./session-token";

const SECRET = "a secret of the tests, long enough to be one";
const NOW = 1_800_000_000_000;
const DAY_MS = 24 * 3600 * 1000;
const tokens = createSessionTokens(SECRET);

const user: Viewer = {
  recipient: "user:u1",
  kind: "user",
  subject: "u1",
  name: "Ada",
  roles: ["beta"],
  traits: { plan: "pro", seats: 3, tags: ["a", "b"], trial: false, ends: null },
  locale: "fr-CA",
};
const visitor: Viewer = {
  recipient: "anon:v1",
  kind: "anonymous",
  subject: "v1",
  name: null,
  roles: [],
  traits: {},
  locale: null,
};

function stay(more: Partial<NewStay> = {}): NewStay {
  return {
    workspaceId: "w1",
    sessionId: "s1",
    viewer: user,
    now: NOW,
    identityExpiresAt: NOW + DAY_MS,
    credential: "c1",
    ...more,
  };
}

function claimsOf(token: string, now = NOW) {
  const result = tokens.verify(token, now);
  if (!result.ok) throw new Error(result.reason);
  return result.claims;
}

/** Signed with the right key, whatever it says. */
function signed(payload: unknown): string {
  const body = Buffer.from(JSON.stringify(payload)).toString("base64url");
  const signature = createHmac("sha256", deriveKey(SECRET, "session-token")).update(body);
  return `${body}.${signature.digest("base64url")}`;
}

describe("session tokens", () => {
  test("say again what they were issued for", () => {
    expect(claimsOf(tokens.issue(stay()))).toEqual({
      workspaceId: "w1",
      sessionId: "s1",
      viewer: user,
      issuedAt: NOW,
      expiresAt: NOW + 400 * DAY_MS,
      identityUntil: NOW + DAY_MS,
      credential: "c1",
    });
  });

  test("of anonymous visitors are valid 400 days", () => {
    const token = tokens.issue(stay({ viewer: visitor, identityExpiresAt: null }));
    expect(claimsOf(token, NOW + 400 * DAY_MS - 1).identityUntil).toBe(NOW + 400 * DAY_MS);
    expect(tokens.verify(token, NOW + 400 * DAY_MS)).toEqual({ ok: false, reason: "expired" });
  });

  test("prove who a user is no longer than the user token did, and 30 days at most", () => {
    const decade = tokens.issue(stay({ identityExpiresAt: NOW + 3650 * DAY_MS }));
    expect(claimsOf(decade).identityUntil).toBe(NOW + 30 * DAY_MS);
    const unsaid = tokens.issue(stay({ identityExpiresAt: null }));
    expect(claimsOf(unsaid).identityUntil).toBe(NOW);
  });

  test("of dashboard people prove nothing without their cookie", () => {
    const viewer: Viewer = { ...user, kind: "team", recipient: "team:u1" };
    expect(claimsOf(tokens.issue(stay({ viewer }))).identityUntil).toBe(NOW);
  });

  test("fit into a header: traits too large for that are left out, and prove nothing then", () => {
    const viewer = { ...user, traits: { about: "x".repeat(4000) } };
    const token = tokens.issue(stay({ viewer }));
    expect(token.length).toBeLessThan(1024);
    const claims = claimsOf(token);
    expect(claims.sessionId).toBe("s1");
    expect(claims.viewer.recipient).toBe("user:u1");
    expect(claims.identityUntil).toBe(NOW);
  });

  test("of another secret are forged", () => {
    const other = createSessionTokens("another secret of the tests, also long enough");
    expect(tokens.verify(other.issue(stay()), NOW)).toEqual({ ok: false, reason: "forged" });
  });

  test.each([
    ["nothing", ""],
    ["a dot", "."],
    ["no signature", tokens.issue(stay()).split(".")[0] ?? ""],
    ["an empty signature", `${tokens.issue(stay()).split(".")[0]}.`],
    ["a third part", `${tokens.issue(stay())}.x`],
    ["an enormous one", `${"a".repeat(100_000)}.b`],
  ])("that are %s are forged", (_, token) => {
    expect(tokens.verify(token, NOW)).toEqual({ ok: false, reason: "forged" });
  });

  test.each([[null], [[]], ["text"], [{ w: "w1" }], [{ ...{ w: 1, s: 2 } }]])(
    "that are signed and say %j are malformed",
    (payload) => {
      expect(tokens.verify(signed(payload), NOW)).toEqual({ ok: false, reason: "malformed" });
    },
  );

  test("with any one character changed are refused", () => {
    const token = tokens.issue(stay());
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(..."AQgw09-_.~"), (at, char) => {
        fc.pre(token[at] !== char);
        const changed = token.slice(0, at) + char + token.slice(at + 1);
        const result = tokens.verify(changed, NOW);
        // The last character of base64url has bits that no byte has.
        return !result.ok || at === token.length - 1;
      }),
    );
  });

  test("are never taken for anything by any text", () => {
    fc.assert(fc.property(fc.string(), (text) => !tokens.verify(text, NOW).ok));
  });
});
