import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CompactSign,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { workspaceSettings } from "@/core/api/settings";
import type { WorkspaceInfo } from "../ports/broadcast-store";
import { createUserTokens, credentialsOf, signUserToken, type UserTokens } from "./user-token";

const NEW_SECRET = "lhs_the newer secret of the workspace";
const OLD_SECRET = "lhs_the older secret of the workspace";
const encode = (text: string) => new TextEncoder().encode(text);

let now: number;
let tokens: UserTokens;
beforeEach(() => {
  now = Date.now();
  tokens = createUserTokens({ mode: "local", now: () => now });
});

function workspace(more: Partial<WorkspaceInfo> & { jwksUrl?: string } = {}): WorkspaceInfo {
  const { jwksUrl = null, ...others } = more;
  return {
    id: "w1",
    slug: "default",
    name: "Default",
    settings: workspaceSettings.parse({ jwksUrl }),
    tokenSecrets: [NEW_SECRET, OLD_SECRET],
    ...others,
  };
}

const inSeconds = (offset: number) => Math.floor(now / 1000) + offset;

function jwt(payload: Record<string, unknown>, secret = NEW_SECRET, header = {}): Promise<string> {
  return new SignJWT({ sub: "u1", exp: inSeconds(3600), ...payload })
    .setProtectedHeader({ alg: "HS256", ...header })
    .sign(encode(secret));
}

/** With traits that only JSON itself can say. */
function literal(traits: string): Promise<string> {
  const payload = `{"sub":"u1","exp":${inSeconds(60)},"traits":${traits}}`;
  return new CompactSign(encode(payload))
    .setProtectedHeader({ alg: "HS256" })
    .sign(encode(NEW_SECRET));
}

async function refused(token: string, of = workspace()): Promise<string> {
  const outcome = await tokens.verify(of, token).then(
    () => ({ code: "accepted", message: "" }),
    (error) => error,
  );
  expect(outcome.code).toBe("token_invalid");
  return outcome.message;
}

describe("a user token signed with a secret", () => {
  test("says who the user is", async () => {
    const token = await jwt({
      name: "Ada",
      roles: ["beta"],
      traits: { plan: "pro" },
      locale: "fr",
    });
    expect(await tokens.verify(workspace(), token)).toEqual({
      viewer: {
        recipient: "user:u1",
        kind: "user",
        subject: "u1",
        name: "Ada",
        roles: ["beta"],
        traits: { plan: "pro" },
        locale: "fr",
      },
      expiresAt: (inSeconds(3600) + 30) * 1000,
      credential: credentialsOf(workspace())[0],
    });
  });

  test("is accepted with either of the two secrets, and names which", async () => {
    const older = await tokens.verify(workspace(), await jwt({}, OLD_SECRET));
    expect(older.credential).toBe(credentialsOf(workspace())[1]);
  });

  test("needs only `sub` and `exp`", async () => {
    const { viewer } = await tokens.verify(workspace(), await jwt({}));
    expect(viewer).toMatchObject({ name: null, roles: [], traits: {}, locale: null });
  });

  test("made for trying things is one", async () => {
    const token = await signUserToken(NEW_SECRET, { sub: "u7", roles: ["admin"] });
    const { viewer } = await tokens.verify(workspace(), token);
    expect(viewer).toMatchObject({ recipient: "user:u7", kind: "user", roles: ["admin"] });
  });

  test("may be 30 s late or early, for clocks that differ", async () => {
    await tokens.verify(workspace(), await jwt({ exp: inSeconds(-29) }));
    await tokens.verify(workspace(), await jwt({ nbf: inSeconds(29) }));
  });

  test("is judged by the database's clock, not by this machine's", async () => {
    const token = await jwt({});
    now += 2 * 3600 * 1000;
    expect(await refused(token)).toBe("The token has expired.");
  });
});

describe("a user token is refused", () => {
  const many = (length: number) => "x".repeat(length);

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["without `sub`", { sub: undefined }, /`sub`/],
    ["with an empty `sub`", { sub: "" }, /`sub`/],
    ["with a `sub` of 257 characters", { sub: many(257) }, /`sub`/],
    ["with a `sub` that is a number", { sub: 7 }, /`sub`/],
    ["with NUL in its `sub`", { sub: "u\u00001" }, /`sub`/],
    ["with half a character in its `sub`", { sub: "u\ud800" }, /`sub`/],
    ["without `exp`", { exp: undefined }, /`exp`/],
    ["with an `exp` that is text", { exp: "tomorrow" }, /`exp`/],
    ["with a name of 81 characters", { name: many(81) }, /`name`/],
    ["with a name that is an object", { name: {} }, /`name`/],
    ["with roles that are text", { roles: "admin" }, /`roles`/],
    ["with a role that is no text", { roles: [1] }, /`roles`/],
    ["with traits that are a list", { traits: [] }, /`traits`/],
    ["with a trait that is an object", { traits: { plan: { name: "pro" } } }, /`plan`/],
    ["with lists too deep in a trait", { traits: { deep: [[[[1]]]] } }, /`deep`/],
    ["with more than 4 KB of claims", { traits: { about: many(4097) } }, /4096/],
    ["with a locale that is no text", { locale: 1 }, /`locale`/],
  ])("%s", async (_, payload, message) => {
    expect(await refused(await jwt(payload))).toMatch(message);
  });

  test("with a trait that reaches for the prototype", async () => {
    const token = await literal(`{"__proto__":{"admin":true}}`);
    expect(await refused(token)).toMatch(/__proto__/);
  });

  test("with a trait nested thousands of levels deep, without running out of stack", async () => {
    const token = await literal(`{"a":${"[".repeat(4000)}${"]".repeat(4000)}}`);
    expect(await refused(token)).toMatch(/`a`/);
  });

  test("when it has expired", async () => {
    expect(await refused(await jwt({ exp: inSeconds(-31) }))).toBe("The token has expired.");
  });

  test("when it is not valid yet", async () => {
    expect(await refused(await jwt({ nbf: inSeconds(120) }))).toMatch(/`nbf`/);
  });

  test("with a secret of nobody here", async () => {
    expect(await refused(await jwt({}, "another workspace's secret"))).toMatch(/not signed/);
  });

  test("when it is not signed at all (`alg: none`)", async () => {
    const token = new UnsecuredJWT({ sub: "u1", exp: inSeconds(60) }).encode();
    await refused(token);
    await refused(token.replace(/\.$/, ".AAAA"));
  });

  test.each(["HS384", "HS512"])("with another algorithm than was agreed on (%s)", async (alg) => {
    expect(await refused(await jwt({}, NEW_SECRET.repeat(2), { alg }))).toMatch(/algorithm/);
  });

  test("with its `alg` in other letters", async () => {
    const [, body, signature] = (await jwt({})).split(".");
    for (const alg of ["none", "None", "NONE", "hs256", "", 1, null]) {
      const header = Buffer.from(JSON.stringify({ alg })).toString("base64url");
      await refused(`${header}.${body}.${signature}`);
      await refused(`${header}.${body}.`);
    }
  });

  test("with critical extensions that nobody here understands", async () => {
    const [, body, signature] = (await jwt({})).split(".");
    const header = { alg: "HS256", crit: ["b64"], b64: false };
    const encoded = Buffer.from(JSON.stringify(header)).toString("base64url");
    await refused(`${encoded}.${body}.${signature}`);
  });

  test.each(["", ".", "..", "a.b.c", "not a token", "é.é.é", "a.b.c.d.e"])(
    "as %j",
    async (token) => {
      await refused(token);
    },
  );

  test("when it is enormous, without being read", async () => {
    expect(await refused("a".repeat(5_000_000))).toBe("The token is too long.");
  });

  test("in a workspace that has no secret", async () => {
    expect(await refused(await jwt({}), workspace({ tokenSecrets: [] }))).toMatch(/no secret/);
  });
});

test.each(["../../etc/passwd", "0", "' OR 1=1", "http://127.0.0.1/key"])(
  "a `kid` (%s) and keys that a token brings itself change nothing",
  async (kid) => {
    const header = { kid, jku: "http://127.0.0.1/k", x5u: "http://127.0.0.1/x" };
    await tokens.verify(workspace(), await jwt({}, NEW_SECRET, header));
    const own = { kty: "oct", k: Buffer.from("mine").toString("base64url") };
    await refused(await jwt({}, "mine", { kid, jwk: own }));
  },
);

test("[SEC3] a remembered token is refused as soon as its secret is gone", async () => {
  const token = await jwt({}, OLD_SECRET);
  await tokens.verify(workspace(), token);
  await refused(token, workspace({ tokenSecrets: [NEW_SECRET] }));
});

test("[SEC4] a remembered token is not taken in another workspace", async () => {
  const token = await jwt({});
  await tokens.verify(workspace(), token);
  await refused(token, workspace({ id: "w2", tokenSecrets: ["another workspace's secret"] }));
});

describe("a user token signed with a published key", () => {
  let server: Server;
  let url: string;
  let requests = 0;
  let answer: () => { status: number; body: string };
  let rsa: CryptoKeyPair;
  let publicJwk: JWK;

  beforeAll(async () => {
    rsa = await generateKeyPair("RS256", { extractable: true });
    publicJwk = { ...(await exportJWK(rsa.publicKey)), kid: "k1", alg: "RS256" };
    server = createServer((_, response) => {
      requests += 1;
      const { status, body } = answer();
      response.writeHead(status, { location: "http://127.0.0.1:1/elsewhere" }).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(() => {
    requests = 0;
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [publicJwk] }) });
    // Each test's own address: keys are kept by address.
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${Math.random()}`;
  });
  afterEach(() => server.closeAllConnections());
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  function signed(header: object = {}, key = rsa.privateKey, payload = {}): Promise<string> {
    return new SignJWT({ sub: "u1", exp: inSeconds(3600), ...payload })
      .setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
      .sign(key);
  }

  test("is accepted, and the keys are fetched once", async () => {
    const of = workspace({ jwksUrl: url });
    const tokensOfMany = await Promise.all(
      Array.from({ length: 20 }, (_, index) => signed({}, rsa.privateKey, { sub: `u${index}` })),
    );
    await Promise.all(tokensOfMany.map((token) => tokens.verify(of, token)));
    expect(requests).toBe(1);
  });

  test("is refused when the public key was used as a shared secret", async () => {
    const of = workspace({ jwksUrl: url });
    for (const text of [
      await exportSPKI(rsa.publicKey),
      JSON.stringify(publicJwk),
      publicJwk.n ?? "",
    ]) {
      expect(await refused(await jwt({}, text, { kid: "k1" }), of)).toMatch(/algorithm/);
    }
  });

  test("leaves no way in for tokens signed with the workspace's secrets", async () => {
    expect(await refused(await jwt({}), workspace({ jwksUrl: url }))).toMatch(/algorithm/);
    await refused(await signed(), workspace());
  });

  test("of an unknown `kid` does not fetch the keys again and again", async () => {
    const of = workspace({ jwksUrl: url });
    await tokens.verify(of, await signed());
    for (let index = 0; index < 10; index += 1) {
      expect(await refused(await signed({ kid: `guess ${index}` }), of)).toMatch(/not among/);
    }
    expect(requests).toBe(1);
  });

  test("of another key with the same `kid` is refused", async () => {
    const other = await generateKeyPair("RS256");
    await refused(await signed({}, other.privateKey), workspace({ jwksUrl: url }));
  });

  test.each([
    ["is down", () => ({ status: 500, body: "" })],
    ["redirects", () => ({ status: 302, body: "" })],
    ["answers too much", () => ({ status: 200, body: " ".repeat(300_000) })],
  ])("waits while the key server %s, without asking it each time", async (_, broken) => {
    answer = broken;
    const of = workspace({ jwksUrl: url });
    for (let index = 0; index < 5; index += 1) {
      await expect(tokens.verify(of, await signed())).rejects.toMatchObject({
        code: "unavailable",
      });
    }
    expect(requests).toBe(1);
  });

  test("[SEC3] is refused as soon as the workspace uses other keys, though remembered", async () => {
    const token = await signed();
    await tokens.verify(workspace({ jwksUrl: url }), token);
    await refused(token, workspace());
    answer = () => ({ status: 200, body: JSON.stringify({ keys: [] }) });
    await refused(token, workspace({ jwksUrl: `${url}/other` }));
  });

  test("in production, a private address is never asked", async () => {
    const strict = createUserTokens({ mode: "production", now: () => now });
    const port = (server.address() as AddressInfo).port;
    const token = await signed();
    for (const host of [
      "127.0.0.1",
      "[::1]",
      "10.0.0.1",
      "169.254.169.254",
      "0x7f.1",
      "2130706433",
      "[::ffff:127.0.0.1]",
    ]) {
      await expect(
        strict.verify(workspace({ jwksUrl: `https://${host}:${port}/keys` }), token),
      ).rejects.toMatchObject({
        code: "token_invalid",
        message: expect.stringContaining("public"),
      });
    }
    await expect(strict.verify(workspace({ jwksUrl: url }), token)).rejects.toMatchObject({
      message: expect.stringContaining("https"),
    });
    // A name is looked up first, and its addresses are judged.
    await expect(
      strict.verify(workspace({ jwksUrl: `https://localhost:${port}/keys` }), token),
    ).rejects.toMatchObject({ code: "unavailable" });
    expect(requests).toBe(0);
  });
});
