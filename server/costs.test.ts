import { randomUUID } from "node:crypto";
import { Duplex } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { workspaceSettings } from "@/core/api/settings";
import type { Broadcast } from "@/core/broadcast";
import { aBroadcast, aViewer, NOON } from "@/tests/support/broadcasts";
import { Connection } from "./connection";
import { Heartbeat } from "./heartbeat";
import { Pump } from "./pump";
import { Registry } from "./registry";

// What a delivery costs, in counts that are the same on every machine (docs/performance.md).

const MANY = 2_000;

/** A socket whose kernel takes everything at once. */
class Taking extends Duplex {
  readonly written: Buffer[] = [];
  looks = 0;

  constructor() {
    super();
    const look = () => {
      this.looks += 1;
      return 0;
    };
    Object.defineProperty(this, "writableLength", { get: look });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

const workspace = {
  id: "w1",
  slug: "default",
  name: "Default",
  settings: workspaceSettings.parse({}),
  tokenSecrets: [],
};

function crowd(size: number) {
  const rows: Broadcast[] = [];
  const source = {
    version: 1,
    position: { epoch: "", seq: 1 },
    now: () => NOON,
    broadcastsOf: () => rows,
    workspaceById: () => workspace,
    reasonFor: () => "cleared" as const,
  };
  const registry = new Registry();
  const { connections } = registry;
  const pump = new Pump({ source, connections, showAnew: () => {}, onDelivered: () => {} });
  const traffic = { framesIn: 0, framesOut: 0, bannersOut: 0, dropped: 0, turnover: 0 };
  const sockets = Array.from({ length: size }, () => {
    const socket = new Taking();
    const viewer = aViewer({ recipient: `user:${randomUUID()}` });
    const identity = {
      kind: "recipient" as const,
      workspace,
      viewer,
      sessionId: null,
      expiresAt: null,
      mergeFrom: null,
    };
    const connection = new Connection({
      ws: { close: () => undefined },
      socket,
      workspaceId: "w1",
      sessionId: randomUUID(),
      viewer,
      identity,
      address: "127.0.0.1",
      client: null,
      traffic,
    });
    registry.add(connection);
    connection.open();
    connection.nextPingAt = Number.POSITIVE_INFINITY;
    return socket;
  });
  const publish = (count: number) => {
    for (let n = 0; n < count; n += 1) {
      rows.push(aBroadcast({ id: randomUUID(), changeId: randomUUID(), workspaceId: "w1" }));
      source.version += 1;
      pump.wake();
    }
    return pump.idle();
  };
  return { registry, connections, sockets, publish };
}

test("a broadcast is encoded once for everybody and written once to each", async () => {
  const { sockets, publish } = crowd(MANY);
  await publish(1);
  expect(sockets.every(({ written }) => written.length === 1)).toBe(true);
  expect(new Set(sockets.map(({ written }) => written[0])).size).toBe(1);
});

test("fifty broadcasts at once are one write to each, of bytes that all share", async () => {
  const { sockets, publish } = crowd(MANY);
  await publish(50);
  expect(sockets.every(({ written }) => written.length === 1)).toBe(true);
  expect(new Set(sockets.map(({ written }) => written[0])).size).toBe(1);
});

test("a delivery allocates next to nothing of its own", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const { sockets, publish } = crowd(MANY);
  // Warm: what is compiled and grown once is not counted.
  for (let n = 0; n < 10; n += 1) await publish(1);
  const found: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    for (const { written } of sockets) written.length = 0;
    collect();
    const before = process.memoryUsage().heapUsed;
    await publish(1);
    found.push((process.memoryUsage().heapUsed - before) / MANY);
  }
  // What the engine itself makes now and then, compiling for one, only ever adds to it.
  expect(Math.min(...found)).toBeLessThan(512);
});

test("the heartbeat touches no socket that has nothing due", async () => {
  vi.useFakeTimers();
  const { connections, sockets } = crowd(100);
  const heartbeat = new Heartbeat({ connections, now: () => NOON, pingIntervalMs: 30_000 });
  heartbeat.start();
  // The first look finds out when there will be something to do.
  await vi.advanceTimersByTimeAsync(1_500);
  const looked = sockets.map(({ looks }) => looks);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(sockets.map(({ looks }) => looks)).toEqual(looked);
  heartbeat.close();
  vi.useRealTimers();
});

test("figures for the team are no work among recipients alone", () => {
  const { registry, connections } = crowd(100);
  expect(registry.ofTheTeam.size).toBe(0);
  const [one] = connections;
  if (!one) throw new Error("Nobody is there.");
  const recipient = one.identity;
  const actor = { kind: "key" as const, id: "k", name: "A key", role: "viewer" as const };
  one.identity = { kind: "key", workspace, actor: { ...actor, address: "" } };
  registry.move(one, one.viewer);
  expect([...registry.ofTheTeam]).toEqual([one]);
  one.identity = recipient;
  registry.move(one, one.viewer);
  expect(registry.ofTheTeam.size).toBe(0);
});
