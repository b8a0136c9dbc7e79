import { once } from "node:events";
import { createConnection } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, mustCall } from "@/tests/support/api";
import { SocketClient } from "@/tests/support/socket-client";
import { fuzzSocket, randomFrom } from "./fuzzer";
import { attack, HEADS, WIRE_ATTACKS } from "./raw";
import { type Stage, startStage } from "./stage";
import { BODIES, QUERIES } from "./strange";

/** By itself a million; inside the whole test line fewer. */
const FRAMES = Number(process.env.SECURITY_FUZZ_FRAMES ?? 1_000_000);
/** The same frames again with the same seed. */
const SEED = Number(process.env.SECURITY_FUZZ_SEED ?? 20_261_126);
const SOCKETS = 8;
const FIXED = "/api/creator/broadcast";
/** What a run may add to the server's memory, whatever was sent. */
const MEMORY_GROWTH_MB = 96;

let stage: Stage;
let bystander: SocketClient;

beforeAll(async () => {
  stage = await startStage({
    // The frames are to be parsed, not turned away for their number: floods.test.ts is about that.
    LIMIT_FRAMES_PER_SECOND: "0",
    LIMIT_CONNECTIONS_PER_ADDRESS: "0",
    LIMIT_ADMISSIONS_PER_SECOND: "0",
    ALLOW_OPEN_SESSION_STREAMS: "true",
  });
  bystander = await SocketClient.connect(stage.url);
});
afterAll(async () => {
  bystander?.terminate();
  await stage?.stop();
});

/** Nothing broke: what a bystander and an operator would notice. */
async function unharmed(): Promise<void> {
  const { url, cookies, replica } = stage;
  const message = `Still here ${Math.random()}`;
  const from = bystander.frames.length;
  await mustCall(url, "POST", FIXED, { cookie: cookies.owner, body: { message } });
  await bystander.waitFor("new_broadcast", ({ broadcast }) => broadcast.message === message, {
    from,
    timeoutMs: 5_000,
  });
  expect((await call(url, "GET", "/ready")).status).toBe(200);
  const complaints = replica.logs().match(/^.*"level":"(?:error|fatal)".*$/gm) ?? [];
  expect(complaints.slice(0, 3)).toEqual([]);
}

async function residentMb(): Promise<number> {
  const { text } = await mustCall(stage.url, "GET", "/metrics");
  return Number(/^process_resident_memory_bytes(?:{[^}]*})? (\S+)/m.exec(text)?.[1]) / 2 ** 20;
}

describe("[SEC6] a fuzzer", () => {
  const timeout = 60_000 + FRAMES;

  test(`sends ${FRAMES} frames, and harms nobody`, { timeout }, async () => {
    // What is loaded and compiled once is not growth.
    await fuzzAll(Math.min(20_000, FRAMES), SEED + 1);
    const before = await residentMb();
    const startedAt = performance.now();
    const sent = await fuzzAll(FRAMES, SEED);
    const seconds = (performance.now() - startedAt) / 1000;
    await unharmed();
    const grown = (await residentMb()) - before;
    console.log(
      `${sent} frames in ${seconds.toFixed(0)} s; memory ${before.toFixed(0)} MB, then ${grown.toFixed(0)} MB more`,
    );
    expect(sent).toBeGreaterThanOrEqual(FRAMES);
    expect(grown).toBeLessThan(MEMORY_GROWTH_MB);
    expect(bystander.frames.some(({ type }) => type === "error")).toBe(false);
  });

  async function fuzzAll(frames: number, seed: number): Promise<number> {
    const share = Math.ceil(frames / SOCKETS);
    const counts = await Promise.all(
      Array.from({ length: SOCKETS }, (_, index) =>
        fuzzSocket(stage.url, randomFrom(seed * SOCKETS + index), share),
      ),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
});

describe("[SEC6] bytes on the socket", () => {
  test.each(Object.keys(WIRE_ATTACKS))("%s end that connection alone", async (name) => {
    const closed = await attack(stage.replica.port, WIRE_ATTACKS[name]);
    expect(closed).toBe(true);
    await unharmed();
  });

  test.each(Object.keys(HEADS))("%s are refused", async (name) => {
    const socket = createConnection(stage.replica.port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", () => undefined);
    await once(socket, "connect");
    socket.end(HEADS[name] ?? "", "latin1");
    await once(socket, "close");
    const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    expect(
      statuses.every((status) => status >= 300 && status < 500),
      answer,
    ).toBe(true);
    expect(answer).not.toMatch(/loudhailer"|root:|"version"/);
    await unharmed();
  });

  test("[SEC5] half a handshake is cut off within 10 s or so", { timeout: 40_000 }, async () => {
    const socket = createConnection(stage.replica.port, "127.0.0.1");
    socket.on("error", () => undefined);
    await once(socket, "connect");
    const startedAt = performance.now();
    // One byte at a time: slowness must not buy time.
    const head = `GET ${FIXED}/ws HTTP/1.1\r\nHost: x\r\nX-Slow: ${"a".repeat(200)}`;
    let index = 0;
    const drip = setInterval(() => socket.write(head[index++ % head.length] ?? "a"), 500);
    socket.resume();
    await once(socket, "close");
    clearInterval(drip);
    expect(performance.now() - startedAt).toBeLessThan(35_000);
    await unharmed();
  });
});

describe("[SEC6] strange requests", () => {
  const POSTS = [
    ["POST", FIXED],
    ["POST", "/api/v1/broadcasts"],
    ["POST", "/api/v1/broadcasts/dry-run"],
    ["POST", "/api/v1/broadcasts/reach"],
    ["POST", "/api/v1/api-keys"],
    ["POST", "/api/v1/invitations"],
    ["PATCH", "/api/v1/settings"],
    ["POST", `${FIXED}/acknowledge`],
    ["POST", "/api/auth/sign-in/email"],
    ["POST", "/api/auth/change-password"],
  ] as const;

  test.each(POSTS)("%s %s takes every body without a fault of its own", async (method, path) => {
    for (const text of BODIES) {
      const answer = await call(stage.url, method, path, { cookie: stage.cookies.owner, text });
      expect.soft(answer.status, `${text.slice(0, 120)}: ${answer.text}`).toBeLessThan(500);
    }
    await unharmed();
  });

  test("no address, query or header makes a fault", async () => {
    for (const path of QUERIES) {
      const answer = await call(stage.url, "GET", path, { cookie: stage.cookies.owner });
      expect.soft(answer.status, path).toBeLessThan(500);
    }
    await unharmed();
  });
});
