import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLOSE } from "@/core/close-codes";
import { backoffMs, createTransport, NO_RECONNECT, TOKEN_INVALID } from "./transport";

/** A socket that is opened, told things and closed by the test. */
class FakeSocket {
  static last: FakeSocket;
  readyState = 0;
  readonly sent: string[] = [];
  onopen = () => {};
  onmessage = (_message: { data: string }) => {};
  onclose = (_closing: { code: number }) => {};
  constructor() {
    FakeSocket.last = this;
  }
  send(text: string): void {
    this.sent.push(text);
  }
  close(): void {
    this.readyState = 3;
  }
}

describe("the transport", () => {
  test("[DEG8] waits anything from nothing to a ceiling that doubles up to 30 s", () => {
    fc.assert(
      fc.property(fc.nat(40), (failures) => {
        const ceiling = Math.min(30_000, 1_000 * 2 ** failures);
        const delays = Array.from({ length: 20 }, () => backoffMs(failures));
        expect(Math.max(...delays)).toBeLessThan(ceiling);
        expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("keeps to the table of close codes", () => {
    const refused = Object.values(CLOSE).filter(({ reconnect }) => !reconnect);
    expect([...NO_RECONNECT].sort()).toEqual(refused.map(({ code }) => code).sort());
    expect(TOKEN_INVALID).toBe(CLOSE.tokenInvalid.code);
  });

  test("[DEG7] [ACK4] takes nothing that a closing socket would drop without a word", async () => {
    const transport = createTransport({
      url: () => "ws://server",
      credentials: async () => ({ token: "", session: null }),
      onFrame: () => {},
      onDown: () => {},
      onRefused: () => {},
      WebSocket: FakeSocket as unknown as typeof WebSocket,
    });
    transport.start();
    await new Promise((resolve) => setImmediate(resolve));
    const socket = FakeSocket.last;
    socket.readyState = 1;
    socket.onopen();
    const frame = { type: "broadcast_seen", broadcast_id: "b" } as const;
    expect(transport.send(frame)).toBe(false);
    const connected = { type: "connected", active: [], ping_interval_ms: 30_000 };
    socket.onmessage({ data: JSON.stringify(connected) });
    expect(transport.send(frame)).toBe(true);
    // The server has closed it; the event that says so is still to come.
    socket.readyState = 2;
    expect(transport.send(frame)).toBe(false);
    expect(socket.sent).toHaveLength(1);
    transport.stop();
  });
});
