import { once } from "node:events";
import {
  createServer as createHttpServer,
  get,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
} from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, mustCall } from "@/tests/support/api";
import { OWNER, OWNER_ENV } from "@/tests/support/owner";
import { type Replica, startReplica } from "@/tests/support/replica";
import { SocketClient } from "@/tests/support/socket-client";
import { type Stage, startStage } from "./stage";

// What a workspace's JWKS address can make the server do, and what a key set can make it believe;
// and what a name can, that a request was sent to.

const ACTIVE = "/api/creator/broadcast/active";
const SETTINGS = "/api/v1/settings";
const PUBLIC_URL = "https://loudhailer.test";

let stage: Stage;
/** Whoever the server is not to talk to: counts who came. */
let canary: Server;
let visits = 0;
let keyServer: HttpServer;
let answer: RequestListener;
let paths = 0;

beforeAll(async () => {
  canary = createTcpServer((socket) => {
    visits += 1;
    socket.destroy();
  });
  keyServer = createHttpServer((request, response) => answer(request, response));
  await Promise.all([canary, keyServer].map(listen));
  stage = await startStage();
});
afterAll(async () => {
  keyServer?.closeAllConnections();
  for (const server of [keyServer, canary]) server?.close();
  await stage?.stop();
});

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

const canaryUrl = () => `http://127.0.0.1:${portOf(canary)}/keys`;

/** Each time at an address of its own: keys are kept by address. */
async function useKeys(listener: RequestListener): Promise<void> {
  answer = listener;
  paths += 1;
  const jwksUrl = `http://127.0.0.1:${portOf(keyServer)}/${paths}`;
  await mustCall(stage.url, "PATCH", SETTINGS, { cookie: stage.cookies.owner, body: { jwksUrl } });
}

const publishing =
  (...keys: JWK[]): RequestListener =>
  (_, response) =>
    response.end(JSON.stringify({ keys }));

const claims = () => ({ sub: "u1", exp: Math.floor(Date.now() / 1000) + 3_600 });

function signed(header: { alg: string; [name: string]: unknown }, key: CryptoKey | Uint8Array) {
  return new SignJWT(claims()).setProtectedHeader({ kid: "k1", ...header }).sign(key);
}

describe("[SEC7] the key server", () => {
  let token: string;
  beforeAll(async () => {
    token = await signed({ alg: "RS256" }, (await generateKeyPair("RS256")).privateKey);
  });

  const BROKEN: Record<string, RequestListener> = {
    "sends elsewhere": (_, response) => response.writeHead(302, { location: canaryUrl() }).end(),
    "sends elsewhere for good": (_, response) =>
      response.writeHead(308, { location: canaryUrl() }).end(),
    "never stops": (_, response) => {
      const chunk = Buffer.alloc(64 * 1024, " ");
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on("drain", pour);
      pour();
    },
    "answers a byte at a time": (_, response) => {
      const drip = setInterval(() => response.write(" "), 100);
      response.on("close", () => clearInterval(drip));
    },
    "says nothing": () => undefined,
    "sends no JSON": (_, response) => response.end("<html>"),
    "sends no key set": (_, response) => response.end('{"keys":{"length":1e9}}'),
  };

  test.each(Object.keys(BROKEN))(
    "that %s: the token is refused, the server goes on",
    async (name) => {
      await useKeys(BROKEN[name] ?? (() => undefined));
      const asking = call(stage.url, "GET", ACTIVE, { bearer: token });
      const { status, text, headers } = await asking;
      expect([401, 503]).toContain(status);
      if (status === 503) expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(text).not.toContain("127.0.0.1");
      await mustCall(stage.url, "GET", SETTINGS, { cookie: stage.cookies.owner });
      (await SocketClient.connect(stage.url)).terminate();
      // It hung up on whoever would not end.
      await expect.poll(connections, { timeout: 20_000 }).toBe(0);
      expect(visits).toBe(0);
    },
  );

  function connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      keyServer.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }
});

describe("[SEC4] a key set", () => {
  test("vouches by its own algorithms, whatever the token would like", async () => {
    const rsa = await generateKeyPair("RS256", { extractable: true });
    const ec = await generateKeyPair("ES256", { extractable: true });
    const pem = new TextEncoder().encode(await exportSPKI(rsa.publicKey));
    const secret = new TextEncoder().encode("a secret that was published, 32 characters");
    const rsaJwk = { ...(await exportJWK(rsa.publicKey)), kid: "k1" };
    const ecJwk = { ...(await exportJWK(ec.publicKey)), kid: "k1" };
    const shared = { kty: "oct", kid: "k1", k: Buffer.from(secret).toString("base64url") };

    await useKeys(publishing(rsaJwk));
    const good = await signed({ alg: "RS256" }, rsa.privateKey);
    await mustCall(stage.url, "GET", ACTIVE, { bearer: good });
    await refuse("the public key as a secret", await signed({ alg: "HS256" }, pem));
    await refuse("another kind of key", await signed({ alg: "ES256" }, ec.privateKey));
    const named = { jku: canaryUrl(), x5u: canaryUrl(), jwk: ecJwk };
    await refuse("a key of its own", await signed({ alg: "ES256", ...named }, ec.privateKey));
    const [head, body] = good.split(".");
    const none = Buffer.from('{"alg":"none","kid":"k1"}').toString("base64url");
    await refuse("alg none", `${none}.${body}.`);
    await refuse("no signature", `${head}.${body}.`);

    await useKeys(publishing(shared));
    await refuse("a published secret", await signed({ alg: "HS256" }, secret));
    await useKeys(publishing({ ...rsaJwk, alg: "HS256" }));
    await refuse("a key that says HS256", await signed({ alg: "HS256" }, pem));
    await refuse("a key that says HS256, for RS256", good);
    await useKeys(publishing({ ...rsaJwk, use: "enc" }));
    await refuse("a key for encryption", good);
    await useKeys(publishing(ecJwk));
    await refuse("another key of the same name", good);
    expect(visits).toBe(0);
  });

  async function refuse(what: string, bearer: string): Promise<void> {
    const { status, text } = await call(stage.url, "GET", ACTIVE, { bearer });
    expect.soft(status, `${what}: ${text}`).toBe(401);
  }
});

describe("[SEC7] in production", () => {
  let replica: Replica;
  let cookie: string;

  beforeAll(async () => {
    const names = new URL("../support/strange-names.mjs", import.meta.url).href;
    replica = await startReplica({
      databaseUrl: await stage.postgres.createDatabase("production"),
      env: {
        ...OWNER_ENV,
        LOUDHAILER_MODE: "production",
        PUBLIC_URL,
        NODE_OPTIONS: `--import ${names}`,
      },
    });
    const { headers } = await mustCall(replica.url, "POST", "/api/auth/sign-in/email", {
      body: OWNER,
      headers: { origin: PUBLIC_URL },
    });
    const [line = ""] = headers.getSetCookie();
    expect(line).toMatch(/^__Secure-.*; HttpOnly; Secure; SameSite=Lax/i);
    cookie = line.split(";")[0] ?? "";
  });
  afterAll(() => replica?.kill());

  const setKeys = (jwksUrl: string) =>
    call(replica.url, "PATCH", SETTINGS, {
      cookie,
      headers: { origin: PUBLIC_URL },
      body: { jwksUrl },
    });

  test.each([
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "017700000001",
    "[::1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "[fd00:ec2::254]",
    "[fe80::1]",
  ])("a key server at %s is refused when it is written down", async (host) => {
    const { status, text } = await setKeys(`https://${host}:${portOf(canary)}/keys`);
    expect(status, text).toBe(422);
    expect(text).toContain("must be a public one");
  });

  test.each([
    "private.test",
    "mixed.test",
    "mapped.test",
    "metadata.test",
    "rebind.test",
    "localhost",
  ])("a name that leads to this network is not followed: %s", async (name) => {
    const key = (await generateKeyPair("RS256")).privateKey;
    const set = await setKeys(`https://${name}:${portOf(canary)}/keys`);
    expect(set.status, set.text).toBe(200);
    const answer = await call(replica.url, "GET", ACTIVE, {
      bearer: await signed({ alg: "RS256" }, key),
    });
    expect(answer.status, answer.text).toBe(503);
    expect(answer.text).not.toMatch(/127\.0\.0\.1|169\.254|4000::1/);
    expect(visits).toBe(0);
  });

  test.each(["/", "/settings", "/team", "/docs/api", "/sign-in?next=/team", "/embed.js"])(
    "a host that was made up is not written into %s",
    async (path) => {
      const answer = await askedAs("evil.test", path);
      expect(answer).toMatch(/^(200|30\d) /);
      expect(answer).not.toContain("evil.test");
      if (path === "/settings") expect(answer).toContain(`${PUBLIC_URL}/embed.js`);
    },
  );

  /** Status, headers and body, asked for under another name. */
  async function askedAs(host: string, path: string): Promise<string> {
    const request = get(`${replica.url}${path}`, {
      headers: { host, "x-forwarded-host": host, forwarded: `host=${host}`, cookie },
    });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    let body = "";
    for await (const chunk of response.setEncoding("utf8")) body += chunk;
    return `${response.statusCode} ${JSON.stringify(response.headers)} ${body}`;
  }

  test("nor is a key server without https", async () => {
    expect((await setKeys(canaryUrl())).status).toBe(422);
    expect((await setKeys(`https://a:b@example.com/keys`)).status).toBe(422);
  });
});
