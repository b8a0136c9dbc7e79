import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SOCKET_PATH } from "@/core/protocol";
import { generateApiKey } from "@/lib/auth/api-key-secret";
import { type Answer, type CallOptions, call, mustCall } from "@/tests/support/api";
import { OWNER, signIn } from "@/tests/support/owner";
import { SocketClient } from "@/tests/support/socket-client";
import { StreamClient } from "@/tests/support/stream-client";
import { type Stage, startStage } from "./stage";

// Too much of everything, from addresses of its own: refused in words, and nobody else notices.

const FIXED = "/api/creator/broadcast";
const SIGN_IN = "/api/auth/sign-in/email";
const LIMITS = {
  connectionsPerAddress: 5,
  connectionsPerUser: 3,
  admissionsPerSecond: 25,
  publishes: 50,
  calls: 120,
  signIns: 3,
};
/** How many times as often one address may try as one account from there. */
const ADDRESS_FACTOR = 10;
/** Beyond the bursts that frames may come in. */
const FRAMES = 500;

let stage: Stage;
let bystander: SocketClient;

beforeAll(async () => {
  stage = await startStage({
    // The addresses of those who flood are written into a header, as a proxy would.
    TRUST_PROXY: "1",
    LIMIT_CONNECTIONS_PER_ADDRESS: `${LIMITS.connectionsPerAddress}`,
    LIMIT_CONNECTIONS_PER_USER: `${LIMITS.connectionsPerUser}`,
    LIMIT_ADMISSIONS_PER_SECOND: `${LIMITS.admissionsPerSecond}`,
    LIMIT_PUBLISHES_PER_MINUTE: `${LIMITS.publishes}`,
    LIMIT_API_CALLS_PER_MINUTE: `${LIMITS.calls}`,
    LIMIT_SIGN_INS_PER_10_MINUTES: `${LIMITS.signIns}`,
  });
  bystander = await SocketClient.connect(stage.url);
});
afterAll(async () => {
  bystander?.terminate();
  await stage?.stop();
});

/** Someone else's broadcast reaches someone else's screen, and a page of the API answers. */
async function othersAreServed(): Promise<void> {
  const { url, cookies } = stage;
  const message = `Still here ${randomUUID()}`;
  const from = bystander.frames.length;
  await mustCall(url, "POST", FIXED, { cookie: cookies.owner, body: { message } });
  await bystander.waitFor("new_broadcast", ({ broadcast }) => broadcast.message === message, {
    from,
    timeoutMs: 30_000,
  });
  await mustCall(url, "GET", "/api/v1/broadcasts", { cookie: cookies.owner });
}

/** While it lasts and afterwards. */
async function flooded<T>(flood: Promise<T>): Promise<T> {
  const [result] = await Promise.all([flood, othersAreServed()]);
  await othersAreServed();
  return result;
}

const from = (address: string) => ({ "x-forwarded-for": address });

function calls(
  count: number,
  address: string,
  method: string,
  path: string,
  options: (index: number) => CallOptions,
): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const given = options(index);
      const headers = { ...from(address), ...given.headers };
      return call(stage.url, method, path, { ...given, headers });
    }),
  );
}

/** So many were let through, and every other was told how long to wait. */
function expectLimited(answers: readonly Answer[], allowed: number, words: RegExp): void {
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.length - refused.length).toBe(allowed);
  for (const { headers, text } of refused) {
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(text).toMatch(words);
  }
}

async function openFrom(address: string, token?: string): Promise<SocketClient> {
  return SocketClient.open(stage.url, { headers: from(address), ...(token && { token }) });
}

/** What became of a socket that asked to come in: `in`, or how it was closed. */
async function outcomeOf(socket: SocketClient): Promise<string | number> {
  const closed = socket.closed.then(({ code }) => code);
  const connected = socket.waitFor("connected", () => true, { timeoutMs: 30_000 });
  return Promise.race([connected.then(() => "in"), closed]).catch(() => closed);
}

describe("[SEC5] connections", () => {
  test.each([
    ["one address", () => "203.0.113.1"],
    ["one IPv6 network", (index: number) => `2001:db8:1:2::${index + 1}`],
  ])("of %s: so many, and the others are told when to come back", async (_, address) => {
    const sockets = await Promise.all(
      Array.from({ length: LIMITS.connectionsPerAddress + 3 }, (_, index) =>
        openFrom(address(index)),
      ),
    );
    const outcomes = await flooded(Promise.all(sockets.map(outcomeOf)));
    expect(outcomes.filter((outcome) => outcome === "in")).toHaveLength(
      LIMITS.connectionsPerAddress,
    );
    expect(outcomes.filter((outcome) => outcome === 4429)).toHaveLength(3);
    const told = sockets.flatMap(({ frames }) => frames.filter(({ type }) => type === "reconnect"));
    expect(told).toHaveLength(3);
    for (const socket of sockets) socket.terminate();
  });

  test("of one recipient, streams among them", async () => {
    const first = await SocketClient.connect(stage.url, { headers: from("203.0.113.2") });
    const { session_id: id, session_token: session } = first.connected;
    const join = () => StreamClient.open(stage.url, id, { session });
    const streams = [];
    for (let index = 0; index < LIMITS.connectionsPerUser; index += 1) streams.push(await join());
    const last = streams.at(-1);
    expect(await last?.nextJson()).toMatchObject({ type: "error", code: "too_many" });
    expect((await last?.closed)?.code).toBe(4429);
    // A place that was given back is free again.
    first.terminate();
    await expect
      .poll(
        async () => {
          const again = await join();
          streams.push(again);
          return (await again.next()).includes('"connected"');
        },
        { timeout: 20_000 },
      )
      .toBe(true);
    for (const stream of streams) stream.terminate();
    await othersAreServed();
  });
});

describe("[SEC5] frames", () => {
  test.each([
    ["ping", () => "ping"],
    ["what is live", () => '{"type":"get_active_broadcast"}'],
    [
      "acknowledgements of nothing",
      () => `{"type":"acknowledge_broadcast","broadcast_id":"${randomUUID()}"}`,
    ],
  ])("of %s: beyond the limit refused in words, then closed", async (_, frame) => {
    const socket = await SocketClient.connect(stage.url, { headers: from("203.0.113.3") });
    for (let index = 0; index < FRAMES; index += 1) socket.sendText(frame());
    const { code } = await flooded(socket.closed);
    expect(code).toBe(1008);
    const refusals = socket.frames.filter(({ type }) => type === "error");
    expect(refusals.length).toBeGreaterThan(0);
    expect(refusals.length).toBeLessThanOrEqual(10);
  });

  test("on a session's stream too", async () => {
    const { connected } = await SocketClient.connect(stage.url, { headers: from("203.0.113.4") });
    const { session_id: id, session_token: session } = connected;
    const stream = await StreamClient.join(stage.url, id, { session });
    await stream.hello();
    for (let index = 0; index < FRAMES; index += 1) {
      stream.send({ type: "broadcast", msg: "again" });
    }
    expect((await flooded(stream.closed)).code).toBe(1008);
  });
});

describe("[SEC5] calls", () => {
  test("publishing", async () => {
    const bearer = stage.other.key;
    const answers = await flooded(
      calls(LIMITS.publishes + 10, "203.0.113.5", "POST", FIXED, () => ({
        bearer,
        body: { message: "Again" },
      })),
    );
    expectLimited(answers, LIMITS.publishes, /Too many broadcasts were published/);
  });

  test("polling, as a visitor and as nobody", async () => {
    const path = `${FIXED}/active`;
    const { json } = await mustCall(stage.url, "GET", path);
    const session = String(Object.getOwnPropertyDescriptor(json, "session_token")?.value);
    const count = LIMITS.calls + 20;
    const known = await flooded(calls(count, "203.0.113.6", "GET", path, () => ({ session })));
    expectLimited(known, LIMITS.calls, /Too many calls/);
    const unknown = await flooded(calls(count, "203.0.113.7", "GET", path, () => ({})));
    expectLimited(unknown, LIMITS.calls, /Too many calls/);
  });

  test("of visitor after visitor, from one address: not a quota for each", async () => {
    const address = "203.0.113.14";
    const path = `${FIXED}/active`;
    const visitors = await calls(11, address, "GET", path, () => ({}));
    const answers: Answer[] = [];
    for (const { json } of visitors) {
      const session = String(Object.getOwnPropertyDescriptor(json, "session_token")?.value);
      answers.push(...(await calls(LIMITS.calls - 5, address, "GET", path, () => ({ session }))));
    }
    expectLimited(answers, LIMITS.calls * ADDRESS_FACTOR, /Too many calls/);
    await mustCall(stage.url, "GET", path, { headers: from("203.0.113.15") });
    await othersAreServed();
  });

  test("pages that anybody may open, and people's own", async () => {
    const { url, cookies } = stage;
    const address = "203.0.113.13";
    const answers = await flooded(calls(LIMITS.calls + 20, address, "GET", "/sign-in", () => ({})));
    expectLimited(answers, LIMITS.calls, /Too many pages were opened/);
    // One quota for all of them, and for what looks like somebody but is not.
    for (const path of ["/docs/api", "/api/v1/openapi.json", "/invite/x", "/api/auth/ok"]) {
      const cookie = "loudhailer.session_token=made.up";
      const answer = await call(url, "GET", path, { headers: { ...from(address), cookie } });
      expect(answer.status, path).toBe(429);
    }
    const headers = from(address);
    for (const path of ["/health", "/embed.js"]) await mustCall(url, "GET", path, { headers });
    await mustCall(url, "GET", "/", { cookie: cookies.owner, headers });
    await mustCall(url, "GET", "/sign-in", { headers: from("203.0.113.16") });
  });

  test("acknowledging what there is not", async () => {
    const { json } = await mustCall(stage.url, "GET", `${FIXED}/active`);
    const session = String(Object.getOwnPropertyDescriptor(json, "session_token")?.value);
    const answers = await flooded(
      calls(LIMITS.calls + 20, "203.0.113.8", "POST", `${FIXED}/acknowledge`, () => ({
        session,
        body: { broadcast_id: randomUUID() },
      })),
    );
    expectLimited(answers, LIMITS.calls, /Too many calls/);
    expect(answers.find(({ status }) => status !== 429)?.status).toBe(404);
  });

  test("API keys that are guessed: refused before they are looked for, but not those that work", async () => {
    const bearer = stage.keys.viewer;
    const address = "203.0.113.9";
    const settings = "/api/v1/settings";
    await mustCall(stage.url, "GET", settings, { bearer, headers: from(address) });
    const answers = await flooded(
      calls(LIMITS.calls + 20, address, "GET", settings, () => ({ bearer: generateApiKey().key })),
    );
    expectLimited(answers, LIMITS.calls - 1, /Too many API keys were tried/);
    expect(answers.find(({ status }) => status !== 429)?.status).toBe(401);
    await mustCall(stage.url, "GET", settings, { bearer, headers: from(address) });
    const socket = await SocketClient.open(stage.url, {
      bearer: generateApiKey().key,
      headers: from(address),
    });
    await socket.waitFor("error", ({ code }) => code === "too_many");
    expect((await socket.closed).code).toBe(4429);
  });
});

describe("[SEC3] passwords", () => {
  const wrong = (email: string) => ({
    body: { email, password: "a wrong password" },
    headers: { origin: stage.url },
  });

  test("of one account, from one address; its owner elsewhere signs in", async () => {
    const answers = await flooded(
      calls(LIMITS.signIns + 2, "203.0.113.10", "POST", SIGN_IN, () => wrong(OWNER.email)),
    );
    expectLimited(answers, LIMITS.signIns, /Too many sign-ins. Try again in \d+ minutes/);
    await signIn(stage.url);
  });

  test("of account after account, from one address", async () => {
    const allowed = LIMITS.signIns * ADDRESS_FACTOR;
    const answers = await flooded(
      calls(allowed + 5, "203.0.113.11", "POST", SIGN_IN, (index) => wrong(`${index}@example.com`)),
    );
    expectLimited(answers, allowed, /Too many sign-ins/);
  });

  test("of a login that was stolen, where one is changed", async () => {
    const answers = await flooded(
      calls(LIMITS.signIns + 2, "203.0.113.12", "POST", "/api/auth/change-password", () => ({
        cookie: stage.cookies.viewer,
        body: { currentPassword: "a wrong password", newPassword: "another long password" },
      })),
    );
    expectLimited(answers, LIMITS.signIns, /Too many sign-ins/);
  });
});

test("[DEG8] handshakes: beyond the rate told when to come back, and let in then", async () => {
  const handshakes = Array.from({ length: 20 * LIMITS.admissionsPerSecond }, (_, index) =>
    handshake(`198.51.${index >> 8}.${index & 255}`),
  );
  const answers = await flooded(Promise.all(handshakes));
  const later = answers.filter((answer) => answer.includes('{"type":"reconnect"'));
  expect(later.length).toBeGreaterThan(0);
  expect(answers.filter((answer) => answer.includes('"type":"connected"')).length).toBeGreaterThan(
    0,
  );
  expect(answers.every((answer) => answer.startsWith("HTTP/1.1 101 "))).toBe(true);
  const enter = async () => {
    const socket = await openFrom("198.51.100.1");
    const outcome = await outcomeOf(socket);
    socket.terminate();
    return outcome;
  };
  await expect.poll(enter, { timeout: 30_000 }).toBe("in");
});

/** As cheap as a flood's: what came back until the first frame was there. */
async function handshake(address: string): Promise<string> {
  const socket = createConnection(stage.replica.port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(
    [
      `GET ${SOCKET_PATH} HTTP/1.1`,
      "Host: 127.0.0.1",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      `X-Forwarded-For: ${address}`,
      "",
      "",
    ].join("\r\n"),
  );
  let answer = "";
  for await (const chunk of socket) {
    answer += String(chunk);
    if (answer.includes('{"type"')) break;
  }
  socket.destroy();
  return answer;
}
