import type { Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { aViewer } from "@/tests/support/broadcasts";
import { LoneWorker } from "@/tests/support/lone-worker";
import { type SocketPair, socketPair } from "@/tests/support/socket-pair";
import { Connection, MAX_STALL_MS } from "./connection";
import { queuedBytes } from "./direct-write";

/** More than the kernel takes for a reader that reads nothing, less than a connection may owe. */
const CHUNK = Buffer.alloc(64 * 1024);
const MANY_CHUNKS = 400;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** Both ends of a real TCP connection: what progress is, only a kernel tells. */
async function ends(): Promise<SocketPair> {
  const pair = await socketPair();
  closers.push(pair.close);
  return pair;
}

function connectionOn(socket: Socket): Connection {
  const worker = new LoneWorker();
  const viewer = aViewer();
  return new Connection({
    ws: { close: () => undefined },
    socket,
    workspaceId: "w1",
    sessionId: "s",
    viewer,
    identity: worker.identity(viewer),
    address: "",
    client: null,
    traffic: worker.hub.traffic,
  });
}

/** A connection whose reader has stopped, with something that the kernel does not take. */
async function stuck(): Promise<{ connection: Connection; ours: Socket; theirs: Socket }> {
  const { ours, theirs } = await ends();
  const connection = connectionOn(ours);
  for (let n = 0; n < MANY_CHUNKS && connection.unsentBytes < 4 * CHUNK.length; n += 1) {
    connection.write(CHUNK, 1);
    // The kernel moves what it took to the other end's buffer, and has room again.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(connection.unsentBytes).toBeGreaterThan(0);
  return { connection, ours, theirs };
}

/** Reads some, and waits until the kernel has taken as much of what waits here. */
async function readSome(theirs: Socket, connection: Connection, ours: Socket): Promise<void> {
  const before = [connection.unsentBytes, ours.writableLength, queuedBytes(ours)].join();
  theirs.resume();
  await vi.waitFor(
    () =>
      expect([connection.unsentBytes, ours.writableLength, queuedBytes(ours)].join()).not.toBe(
        before,
      ),
    { timeout: 10_000, interval: 1 },
  );
  theirs.pause();
}

test("[PUB7] a backlog of which nothing is taken for 10 s is a stall", async () => {
  const { connection } = await stuck();
  expect(connection.isStalled(1_000)).toBe(false);
  expect(connection.isStalled(1_000 + MAX_STALL_MS)).toBe(false);
  expect(connection.isStalled(1_001 + MAX_STALL_MS)).toBe(true);
});

test("[PUB7] a slow reader that takes some now and then is none, though as much is written", async () => {
  const { connection, ours, theirs } = await stuck();
  let now = 1_000;
  expect(connection.isStalled(now)).toBe(false);
  for (let round = 0; round < 5; round += 1) {
    const owed = connection.unsentBytes;
    await readSome(theirs, connection, ours);
    // It owes as much as before, or more.
    while (connection.unsentBytes < owed) connection.write(CHUNK, 1);
    now += MAX_STALL_MS - 1;
    expect(connection.isStalled(now)).toBe(false);
  }
  expect(connection.state).not.toBe("closed");
  expect(connection.isStalled(now + MAX_STALL_MS + 1)).toBe(true);
});

test("[PUB7] it begins anew with the next backlog", async () => {
  const { connection, theirs } = await stuck();
  expect(connection.isStalled(1_000)).toBe(false);
  theirs.resume();
  await vi.waitFor(() => expect(connection.unsentBytes).toBe(0), { timeout: 10_000 });
  theirs.pause();
  expect(connection.isStalled(2_000)).toBe(false);
  expect(connection.hasBacklog).toBe(false);
  expect(connection.isStalled(3_000 + MAX_STALL_MS)).toBe(false);
});
