import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { ARRIVALS_PER_TURN, spreadArrivals } from "./arrivals";

const MANY = 300;

/** A server, and how many requests it read in each turn of the event loop. */
async function listening() {
  const perTurn = new Map<number, number>();
  let turn = 0;
  const server = createServer((_request, response) => {
    perTurn.set(turn, (perTurn.get(turn) ?? 0) + 1);
    response.end("read");
  });
  spreadArrivals(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const untilDone = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    void work.finally(() => {
      isDone = true;
    });
    while (!isDone) {
      await nextTurn();
      turn += 1;
    }
    return work;
  };
  return {
    perTurn,
    /** Connections that say nothing, each listened to; the server has had some turns since. */
    async connectSilently(count: number) {
      const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1"));
      await Promise.all(sockets.map((socket) => once(socket, "connect")));
      const connections = () =>
        new Promise<number>((resolve) => server.getConnections((_, known) => resolve(known)));
      while ((await connections()) < count) await nextTurn();
      for (let n = 0; n < count; n += 1) await nextTurn();
      return sockets;
    },
    /** All at once; resolves when each was answered. */
    async speak(sockets: readonly Socket[]): Promise<void> {
      const answered = sockets.map((socket) => once(socket, "data"));
      for (const socket of sockets) socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      await untilDone(Promise.all(answered));
      for (const socket of sockets) socket.destroy();
    },
    /** Each on a connection of its own; resolves with how many were answered. */
    async ask(count: number): Promise<number> {
      const agent = new Agent({ keepAlive: false });
      const asked = Array.from({ length: count }, async () => {
        const [response] = await once(get({ host: "127.0.0.1", port, agent }), "response");
        response.resume();
        return response.statusCode === 200;
      });
      return (await untilDone(Promise.all(asked))).filter(Boolean).length;
    },
    async close() {
      server.close();
      await once(server, "close");
    },
  };
}

test("who comes alone is read", async () => {
  const { ask, close } = await listening();
  for (let n = 0; n < 3; n += 1) expect(await ask(1)).toBe(1);
  await close();
});

test("[DEG8] of a crowd few are read in a turn, however long they waited, and all in the end", async () => {
  // Nobody waits too long: all are accepted before any is read.
  const clock = vi.spyOn(performance, "now").mockReturnValue(1_000);
  const { ask, perTurn, close } = await listening();
  expect(await ask(MANY)).toBe(MANY);
  // What was handed over in one turn may be read in the next, beside that one's own.
  expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(2 * ARRIVALS_PER_TURN);
  clock.mockRestore();
  await close();
});

test("[DEG8] of many that were silent and speak up at once, few are read in a turn", async () => {
  const { connectSilently, speak, perTurn, close } = await listening();
  const sockets = await connectSilently(MANY);
  await speak(sockets);
  expect([...perTurn.values()].reduce((sum, read) => sum + read)).toBe(MANY);
  expect(Math.max(...perTurn.values())).toBeLessThanOrEqual(2 * ARRIVALS_PER_TURN);
  await close();
});

test("one that stays silent holds nobody up, and is read when it speaks", async () => {
  const { connectSilently, speak, perTurn, close } = await listening();
  const [late, ...sockets] = await connectSilently(MANY);
  await speak(sockets);
  expect([...perTurn.values()].reduce((sum, read) => sum + read)).toBe(MANY - 1);
  if (late) await speak([late]);
  await close();
});
