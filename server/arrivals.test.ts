import { once } from "node:events";
import { Agent, createServer, get } from "node:http";
import type { AddressInfo } from "node:net";
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
  return {
    perTurn,
    /** Each on a connection of its own; resolves with how many were answered. */
    async ask(count: number): Promise<number> {
      const agent = new Agent({ keepAlive: false });
      const asked = Array.from({ length: count }, async () => {
        const [response] = await once(get({ host: "127.0.0.1", port, agent }), "response");
        response.resume();
        return response.statusCode === 200;
      });
      let isDone = false;
      const all = Promise.all(asked).finally(() => {
        isDone = true;
      });
      while (!isDone) {
        await nextTurn();
        turn += 1;
      }
      return (await all).filter(Boolean).length;
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
