import { createHmac, createSecretKey } from "node:crypto";
import fc from "fast-check";
import { errors, jwtVerify } from "jose";
import { expect, test } from "vitest";
import { claimsSignedWith } from "./hs256";

const SECRETS = ["lhs_the secret of the workspace", "lhs_another secret of 32 characters."];
const NOW = 1_800_000_000;
const key = createSecretKey(SECRETS[0] ?? "", "utf8");
const options = {
  clockTolerance: 30,
  requiredClaims: ["sub", "exp"],
  currentDate: new Date(NOW * 1000),
};

const part = (text: string) => Buffer.from(text).toString("base64url");
const seconds = fc.integer({ min: -40, max: 40 }).map((offset) => NOW + offset);

const header = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ alg: "HS256", typ: "JWT" }) },
  {
    weight: 2,
    arbitrary: fc.record(
      {
        alg: fc.constantFrom("HS256", "HS512", "none", "hs256", null, 1),
        typ: fc.constantFrom("JWT", "at+jwt", 1),
        kid: fc.string(),
        crit: fc.constantFrom([], ["b64"], ["exp"], "b64", null),
        b64: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  },
);

const claims = fc.record(
  {
    sub: fc.constantFrom("u1", "", 7, null),
    exp: fc.oneof(seconds, fc.constantFrom("soon", null)),
    nbf: fc.oneof(seconds, fc.constantFrom("soon", null)),
    iat: fc.oneof(seconds, fc.constantFrom("soon", null)),
    name: fc.string(),
  },
  { requiredKeys: [] },
);

/** The token as it was signed, or as somebody made of it what they wished. */
const twist = fc.constantFrom<(token: string, other: string) => string>(
  (token) => token,
  (token) => token,
  (token) => token,
  (token) => `${token}=`,
  (token) => token.slice(0, -1),
  (token) => `${token}.`,
  (token) => `${token}.${token}`,
  (token) => token.replace(".", ""),
  (token) => token.replace(/\.[^.]*$/, "."),
  (token) => `${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`,
  (token, other) => token.replace(/\.[^.]*\./, `.${other}.`),
  (token, other) => token.replace(/^[^.]*/, other),
  (token) => token.replace(".", "\n."),
  (token) => ` ${token}`,
);

const token = fc
  .record({
    header: header.map((value) => JSON.stringify(value)),
    body: fc.oneof(
      { weight: 8, arbitrary: claims.map((value) => JSON.stringify(value)) },
      fc.constantFrom("", "null", "[]", "1", "{", `{"sub":"u1","exp":${NOW}}{}`),
    ),
    secret: fc.constantFrom(SECRETS[0] ?? "", SECRETS[0] ?? "", SECRETS[1] ?? ""),
    twist,
    other: fc.json().map(part),
  })
  .map(({ header, body, secret, twist, other }) => {
    const signed = `${part(header)}.${part(body)}`;
    const signature = createHmac("sha256", secret).update(signed).digest("base64url");
    return twist(`${signed}.${signature}`, other);
  });

/** What was accepted, or the code of the refusal. */
async function verdict(verify: () => unknown): Promise<unknown> {
  try {
    return { accepted: await verify() };
  } catch (error) {
    return { refused: error instanceof errors.JOSEError ? error.code : error };
  }
}

test("[SEC3] accepts what jose accepts, and refuses what it judges as jose does", async () => {
  let judged = 0;
  const samples = fc.asyncProperty(token, async (one) => {
    const josesWay = async () =>
      (await jwtVerify(one, key, { ...options, algorithms: ["HS256"] })).payload;
    const theirs = await verdict(josesWay);
    const ours = await verdict(() => claimsSignedWith(key, one, options));
    // Not judged: jose is asked.
    if (JSON.stringify(ours) === `{"accepted":null}`) return;
    judged += 1;
    expect(ours).toEqual(theirs);
  });
  await fc.assert(samples, { numRuns: 2_000 });
  expect(judged).toBeGreaterThan(100);
});
