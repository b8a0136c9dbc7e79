import { once } from "node:events";
import type { Socket } from "node:net";
import { PassThrough } from "node:stream";
import { afterEach, expect, test, vi } from "vitest";
import { type SocketPair, socketPair } from "@/tests/support/socket-pair";
import { type Handle, handleOf, type Waiting, writeNow } from "./direct-write";

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function ends(): Promise<SocketPair & { handle: Handle }> {
  const pair = await socketPair();
  closers.push(pair.close);
  const handle = handleOf(pair.ours);
  if (!handle) throw new Error("This version of Node has no handle that is known.");
  return { ...pair, handle };
}

const nobody = { taken: () => undefined };

/** Writes until some has to wait; what was written, and how much of the last waits. */
async function fill(handle: Handle, owner: Waiting) {
  const written: Buffer[] = [];
  for (let n = 0; n < 1_000; n += 1) {
    const bytes = Buffer.alloc(64 * 1024, n);
    const waiting = writeNow(handle, bytes, owner);
    written.push(bytes);
    if (waiting > 0) return { written, waiting };
    // The kernel moves what it took to the other end's buffer, and has room again.
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error("The kernel took everything.");
}

async function readAll(socket: Socket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of socket) {
    chunks.push(chunk);
    read += chunk.length;
    if (read >= length) break;
  }
  return Buffer.concat(chunks);
}

test("what the kernel takes at once is there, and the stream has seen nothing of it", async () => {
  const { ours, theirs, handle } = await ends();
  const write = vi.spyOn(ours, "write");
  for (const text of ["one ", "two ", "three"]) {
    expect(writeNow(handle, Buffer.from(text), nobody)).toBe(0);
  }
  expect((await readAll(theirs, 13)).toString()).toBe("one two three");
  expect(write).not.toHaveBeenCalled();
});

test("what has to wait arrives whole, in order, before what the stream writes after it", async () => {
  const { ours, theirs, handle } = await ends();
  const statuses: number[] = [];
  const owner = { taken: (status: number) => statuses.push(status) };
  const { written, waiting } = await fill(handle, owner);
  expect(waiting).toBeLessThanOrEqual(64 * 1024);
  // Others have a request of their own meanwhile.
  const other = await ends();
  expect(writeNow(other.handle, Buffer.from("meanwhile"), nobody)).toBe(0);
  expect(statuses).toEqual([]);
  ours.write("the end");
  const expected = Buffer.concat([...written, Buffer.from("the end")]);
  expect((await readAll(theirs, expected.length)).equals(expected)).toBe(true);
  expect(statuses).toEqual([0]);
  expect((await readAll(other.theirs, 9)).toString()).toBe("meanwhile");
});

test("what waits when the socket is destroyed is reported as never taken, once", async () => {
  const { ours, handle } = await ends();
  const statuses: number[] = [];
  await fill(handle, { taken: (status) => statuses.push(status) });
  ours.destroy();
  await once(ours, "close");
  await vi.waitFor(() => expect(statuses).toHaveLength(1));
  expect(statuses[0]).toBeLessThan(0);
});

test("a socket that is gone takes nothing, and others go on", async () => {
  const { ours, handle } = await ends();
  ours.destroy();
  expect(writeNow(handle, Buffer.from("too late"), nobody)).toBe(-1);
  await once(ours, "close");
  expect(writeNow(handle, Buffer.from("too late"), nobody)).toBe(-1);
  const other = await ends();
  expect(writeNow(other.handle, Buffer.from("here"), nobody)).toBe(0);
  expect((await readAll(other.theirs, 4)).toString()).toBe("here");
});

test("whatever is no TCP socket is written to by its stream", () => {
  expect(handleOf(new PassThrough())).toBeNull();
});
