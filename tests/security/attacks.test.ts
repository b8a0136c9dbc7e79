import { createHmac, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { signUserToken } from "@/lib/auth/user-token";
import { call, mustCall } from "@/tests/support/api";
import { OWNER, signIn } from "@/tests/support/owner";
import { AUTH_SECRET } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { type Stage, startStage } from "./stage";

const FIXED = "/api/creator/broadcast";
const SIGN_IN = "/api/auth/sign-in/email";
const WITHIN_MS = 1_000;

let stage: Stage;

beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.stop());

describe("[SEC1] other sites' pages", () => {
  const foreign = () => [
    "https://evil.example",
    "null",
    "https://127.0.0.1.evil.example",
    `${stage.url}.evil.example`,
    `${stage.url}1`,
    stage.url.replace("127.0.0.1", "127.0.0.1:80@evil.example"),
    "http://127.0.0.1",
    "file://",
    "chrome-extension://abc",
    "%",
  ];

  test("open no socket with the dashboard's cookie, from any origin that looks like it", async () => {
    for (const origin of foreign()) {
      const opening = SocketClient.open(stage.url, { cookie: stage.cookies.owner, origin });
      await expect.soft(opening, origin).rejects.toThrow(/403/);
    }
  });

  test("change nothing with it, as a form or by a call", async () => {
    const forms = ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data"];
    for (const origin of foreign()) {
      for (const type of forms) {
        const headers = { cookie: stage.cookies.owner, origin, "content-type": type };
        const answer = await call(stage.url, "POST", FIXED, { text: '{"message":"x"}', headers });
        expect.soft(answer.status, origin).toBe(403);
        expect.soft(answer.headers.get("access-control-allow-credentials")).toBeNull();
      }
    }
    // Browsers that name no origin say at least that it is another site's.
    for (const site of ["cross-site", "same-site", "none"]) {
      const headers = { cookie: stage.cookies.owner, "sec-fetch-site": site };
      const answer = await call(stage.url, "POST", FIXED, { body: { message: "x" }, headers });
      expect.soft(answer.status).toBe(401);
    }
    for (const path of [SIGN_IN, "/api/auth/sign-out", "/api/auth/change-password"]) {
      const headers = { cookie: stage.cookies.owner, origin: "https://evil.example" };
      const answer = await call(stage.url, "POST", path, { body: OWNER, headers });
      expect.soft(answer.status).toBe(403);
    }
  });

  test("send no form that a page of ours takes", async () => {
    const before = await changes();
    const types = [
      "application/x-www-form-urlencoded",
      "text/plain",
      "multipart/form-data; boundary=x",
    ];
    for (const path of ["/setup", "/sign-in", "/invite/some-link", "/settings", "/team"]) {
      for (const type of types) {
        for (const action of [undefined, "0".repeat(42)]) {
          const origin = "https://evil.example";
          const answer = await call(stage.url, "POST", path, {
            text: '--x\r\ncontent-disposition: form-data; name="1"\r\n\r\n{}\r\n--x--',
            headers: {
              cookie: stage.cookies.owner,
              origin,
              "content-type": type,
              ...(action && { "next-action": action }),
            },
          });
          expect.soft(answer.status, `${path} ${type} ${action}`).toBe(403);
          expect.soft(answer.headers.getSetCookie()).toEqual([]);
          expect.soft(answer.headers.get("access-control-allow-origin")).toBeNull();
        }
      }
    }
    // Nor is what no form of ours sends an exception, wherever it is from.
    for (const type of types) {
      const answer = await call(stage.url, "POST", "/setup", {
        text: "--x\r\nnonsense",
        headers: { origin: stage.url, "content-type": type, "next-action": "0".repeat(42) },
      });
      expect.soft(answer.status, `${type}: ${answer.text.slice(0, 200)}`).toBeLessThan(500);
    }
    expect(await changes()).toEqual(before);
  });

  /** What a call that got through would have moved. */
  const changes = () =>
    stage.sql(
      `SELECT (SELECT max(seq) FROM broadcast) AS seq, (SELECT count(*) FROM audit_entry) AS audited,
              (SELECT count(*) FROM login) AS logins`,
    );

  test("learn nothing from a forged host, and are led nowhere", async () => {
    for (const path of [
      "//evil.example/",
      "/\\evil.example",
      "//evil.example/%2e%2e",
      "/sign-in?next=//evil.example",
    ]) {
      const { status, headers } = await call(stage.url, "GET", path);
      const location = headers.get("location");
      expect
        .soft(
          location === null || new URL(location, stage.url).host === new URL(stage.url).host,
          `${path} ${status} ${location}`,
        )
        .toBe(true);
    }
    const signedIn = { cookie: stage.cookies.owner };
    for (const next of [
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "/%09/evil.example",
      "/\t/evil.example",
      "/.//evil.example",
      "javascript:alert(1)",
    ]) {
      const { headers } = await call(
        stage.url,
        "GET",
        `/sign-in?next=${encodeURIComponent(next)}`,
        { headers: signedIn },
      );
      const location = headers.get("location") ?? "/";
      expect.soft(new URL(location, stage.url).host, next).toBe(new URL(stage.url).host);
    }
  });
});

describe("[SEC7] headers", () => {
  const pages = ["/sign-in", "/setup", "/demo", "/docs/api", "/no-such-page", "/"];

  test.each(pages)("%s runs no inline script and may not be framed", async (path) => {
    const answers = await Promise.all([1, 2].map(() => call(stage.url, "GET", path)));
    const nonces = answers.map(({ headers, text }) => {
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toMatch(/(^|; )script-src 'self' 'nonce-[\w+/=]{24}'(;|$)/);
      expect(policy).toMatch(/frame-ancestors 'none'/);
      expect(policy).toMatch(/object-src 'none'/);
      expect(policy).toMatch(/base-uri 'none'/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toMatch(/^(same-origin|no-referrer)$/);
      expect(headers.get("permissions-policy")).toContain("camera=()");
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
      for (const [, attributes = ""] of text.matchAll(/<script\b([^>]*)>/g)) {
        expect(attributes).toContain(`nonce="${nonce}"`);
      }
      return nonce;
    });
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  test("a nonce of the client's own is not believed", async () => {
    const headers = { "content-security-policy": "script-src 'nonce-AAAAAAAAAAAAAAAAAAAAAAAA'" };
    const answer = await call(stage.url, "GET", "/sign-in", { headers });
    expect(answer.text).not.toContain("AAAAAAAAAAAAAAAAAAAAAAAA");
  });

  test("answers of the API load nothing; the embed is for every page, and checked each time", async () => {
    const api = await call(stage.url, "GET", "/api/v1/openapi.json");
    expect(api.headers.get("content-security-policy")).toMatch(/^default-src 'none'/);
    const embed = await call(stage.url, "GET", "/embed.js");
    expect(Object.fromEntries(embed.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "cache-control": "public, no-cache",
      "x-content-type-options": "nosniff",
      "content-type": "text/javascript; charset=utf-8",
    });
    const known = { "if-none-match": embed.headers.get("etag") ?? "" };
    expect((await call(stage.url, "GET", "/embed.js", { headers: known })).status).toBe(304);
  });
});

describe("[SEC4] forged user tokens", () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
  const hs = (header: object, claims: object, secret: string, algorithm = "sha256") => {
    const signed = `${part(header)}.${part(claims)}`;
    return `${signed}.${createHmac(algorithm, secret).update(signed).digest("base64url")}`;
  };

  test("are refused, whatever they try", async () => {
    const secret = stage.tokenSecret;
    const claims = { sub: "u1", exp: inAnHour() };
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
    const forged: Record<string, string> = {
      "alg none": `${part({ alg: "none" })}.${part(claims)}.`,
      "alg nOnE": `${part({ alg: "nOnE" })}.${part(claims)}.`,
      "no alg": hs({ typ: "JWT" }, claims, secret),
      "an empty key": hs({ alg: "HS256" }, claims, ""),
      HS512: hs({ alg: "HS512" }, claims, secret, "sha512"),
      RS256: await new SignJWT(claims).setProtectedHeader({ alg: "RS256" }).sign(privateKey),
      "the public key as a secret": hs({ alg: "HS256" }, claims, pem),
      "a key of its own": hs({ alg: "HS256", jwk: { kty: "oct", k: "YQ" } }, claims, "a"),
      "a key's address": hs({ alg: "HS256", jku: "http://127.0.0.1:1/" }, claims, "a"),
      "a kid that is a path": hs({ alg: "HS256", kid: "../../../../dev/null" }, claims, ""),
      "a kid that is SQL": hs({ alg: "HS256", kid: "' UNION SELECT 'a" }, claims, "a"),
      "an unknown crit": hs({ alg: "HS256", crit: ["x"], x: 1 }, claims, secret),
      "the other workspace's": await signUserToken(stage.other.tokenSecret, { sub: "u1" }),
      "the installation's secret": hs({ alg: "HS256" }, claims, AUTH_SECRET),
      expired: await signUserToken(secret, { sub: "u1", expiresInS: -3_600 }),
      "not yet valid": hs({ alg: "HS256" }, { ...claims, nbf: inAnHour() }, secret),
      "without exp": hs({ alg: "HS256" }, { sub: "u1" }, secret),
      "without sub": hs({ alg: "HS256" }, { exp: inAnHour() }, secret),
      "a sub of another type": hs({ alg: "HS256" }, { ...claims, sub: { a: 1 } }, secret),
      "a sub with NUL": hs({ alg: "HS256" }, { ...claims, sub: "a\u0000b" }, secret),
      "a trait named __proto__": hs(
        { alg: "HS256" },
        { ...claims, traits: JSON.parse('{"__proto__":1}') },
        secret,
      ),
      enormous: hs({ alg: "HS256" }, { ...claims, name: "a".repeat(9_000) }, secret),
      unsigned: `${part({ alg: "HS256" })}.${part(claims)}`,
      nothing: "..",
    };
    for (const [name, bearer] of Object.entries(forged)) {
      const { status, text } = await call(stage.url, "GET", `${FIXED}/active`, { bearer });
      expect.soft(status, `${name}: ${text}`).toBe(401);
      expect.soft(text).not.toContain(bearer.slice(0, 40));
    }
  });

  test("a stay is not another user's to take up", async () => {
    const session = await stayOf({
      bearer: await signUserToken(stage.tokenSecret, { sub: "victim" }),
    });
    const thief = await signUserToken(stage.tokenSecret, { sub: "thief" });
    const socket = await SocketClient.connect(stage.url, { token: thief, session: session.token });
    expect(socket.connected.user_id).toBe("thief");
    expect(socket.connected.session_id).not.toBe(session.id);
    socket.terminate();
    const [body, signature] = session.token.split(".");
    for (const token of [`${body}.`, `${body}.${"A".repeat(43)}`, `${body}x.${signature}`]) {
      const inbox = `/api/v1/sessions/${session.id}/messages`;
      expect.soft((await call(stage.url, "GET", inbox, { session: token })).status).toBe(401);
    }
  });

  test("[SEC3] a secret changes without signing anyone out, and closes what it opened when it goes", async () => {
    const { url, cookies } = stage;
    const cookie = cookies.owner;
    const listed = await mustCall(url, "GET", "/api/v1/token-secrets", { cookie });
    const [old] = z
      .object({ tokenSecrets: z.array(z.object({ id: z.string() })) })
      .parse(listed.json).tokenSecrets;
    const early = await SocketClient.connect(url, {
      token: await signUserToken(stage.tokenSecret, { sub: "early" }),
    });
    const added = await mustCall(url, "POST", "/api/v1/token-secrets", { cookie });
    const { secret } = z.object({ secret: z.string() }).parse(added.json);
    const late = await SocketClient.connect(url, {
      token: await signUserToken(secret, { sub: "late" }),
    });
    await early.settled();
    await mustCall(url, "DELETE", `/api/v1/token-secrets/${old?.id}`, { cookie });
    expect((await closedSoon(early)).code).toBe(4401);
    await late.settled();
    late.terminate();
  });
});

describe("[SEC3] revoking", () => {
  test("a key, a login and a member closes their sockets within a second", async () => {
    const { url, cookies, people } = stage;
    const cookie = cookies.owner;
    const made = await mustCall(url, "POST", "/api/v1/api-keys", {
      cookie,
      body: { name: "k", role: "viewer" },
    });
    const { key, id } = z.object({ key: z.string(), id: z.string() }).parse(made.json);
    const byKey = await SocketClient.connect(url, { bearer: key });
    await mustCall(url, "DELETE", `/api/v1/api-keys/${id}`, { cookie });
    expect((await closedSoon(byKey)).code).toBe(4401);

    const login = await signIn(url);
    const byLogin = await SocketClient.connect(url, { cookie: login, origin: url });
    await mustCall(url, "POST", "/api/auth/sign-out", { cookie: login, body: {} });
    expect((await closedSoon(byLogin)).code).toBe(4401);
    expect((await call(url, "GET", "/api/v1/settings", { cookie: login })).status).toBe(401);

    const viewer = await SocketClient.connect(url, { cookie: cookies.viewer, origin: url });
    await mustCall(url, "DELETE", `/api/v1/members/${people.viewer}`, { cookie });
    expect([4401, 4403]).toContain((await closedSoon(viewer)).code);
  });
});

describe("[SEC3] signing in", () => {
  test("makes a login of its own, whatever cookie was there before", async () => {
    const planted = "loudhailer.session_token=planted.AAAA";
    const answer = await mustCall(stage.url, "POST", SIGN_IN, {
      body: OWNER,
      headers: { cookie: planted, origin: stage.url },
    });
    const [line = ""] = answer.headers.getSetCookie();
    expect(line).not.toContain("planted");
    expect(line).toMatch(/; HttpOnly/i);
    expect(line).toMatch(/; SameSite=Lax/i);
  });

  test("does not tell whether there is an account, in words or in time", async () => {
    const attempt = async (email: string) => {
      const startedAt = performance.now();
      const { status, text } = await call(stage.url, "POST", SIGN_IN, {
        body: { email, password: "a wrong password" },
        headers: { origin: stage.url },
      });
      return { ms: performance.now() - startedAt, status, text };
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      const [one, other] = [await attempt(OWNER.email), await attempt(`x${index}@example.com`)];
      expect([other.status, other.text]).toEqual([one.status, one.text]);
      known.push(one.ms);
      unknown.push(other.ms);
    }
    // A look-up without a hash would be a hundred times faster.
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 3);
  });

  test("the last owner cannot be removed or demoted; an admin makes no owner", async () => {
    const { url, cookies, people } = stage;
    const owner = `/api/v1/members/${people.owner}`;
    const cookie = cookies.owner;
    expect((await call(url, "DELETE", owner, { cookie })).status).toBe(409);
    expect((await call(url, "PATCH", owner, { cookie, body: { role: "admin" } })).status).toBe(409);
    const admin = { cookie: cookies.admin };
    const self = `/api/v1/members/${people.admin}`;
    expect((await call(url, "PATCH", self, { ...admin, body: { role: "owner" } })).status).toBe(
      403,
    );
    expect((await call(url, "DELETE", owner, admin)).status).toBe(403);
    for (const path of ["/api/v1/invitations", "/api/v1/api-keys"]) {
      const body = { email: "a@example.com", name: "a", role: "owner" };
      expect((await call(url, "POST", path, { ...admin, body })).status).toBe(422);
    }
  });
});

async function stayOf(options: { bearer?: string }): Promise<{ id: string; token: string }> {
  const { json } = await mustCall(stage.url, "GET", `${FIXED}/active`, options);
  const stay = z.object({ session_id: z.string(), session_token: z.string() }).parse(json);
  return { id: stay.session_id, token: stay.session_token };
}

async function closedSoon(socket: SocketClient): Promise<{ code: number }> {
  const startedAt = performance.now();
  const closing = await socket.closed;
  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS);
  return closing;
}
