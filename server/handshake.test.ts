import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { refuseAtDoor } from "./handshake";

test.each([
  [{ draining: true, full: false }, "draining", "The server is stopping. Try again."],
  // It is leaving, whatever room it has: more workers are no help.
  [{ draining: true, full: true }, "draining", "The server is stopping. Try again."],
  [{ draining: false, full: true }, "full", "The server is full. Try again later."],
] as const)(
  "[DEG7] [SEC5] a worker that is %o lets nobody in, and says why",
  (door, reason, words) => {
    const socket = new PassThrough();
    expect(refuseAtDoor(door, socket, "w1")).toBe(reason);
    const answer = String(socket.read());
    expect(answer).toMatch(/^HTTP\/1\.1 503 /);
    expect(answer).toContain("Retry-After: ");
    expect(answer).toContain("X-WebSocket-Worker-ID: w1");
    expect(answer.endsWith(words)).toBe(true);
  },
);

test("a worker that is neither says nothing", () => {
  const socket = new PassThrough();
  expect(refuseAtDoor({ draining: false, full: false }, socket, "w1")).toBeNull();
  expect(socket.read()).toBeNull();
});
