import type { Server } from "node:http";
import type { Socket } from "node:net";
import { LoopTurns } from "./loop-turns";

/** Sockets that are given to HTTP in one turn of the event loop: a few milliseconds of parsing. */
export const ARRIVALS_PER_TURN = 32;
/** [DEG8] When all come back at once, so long they are only accepted before any is read. */
const HOLD_MS = 500;

type Serve = (socket: Socket) => void;

/**
 * Sockets of a crowd are read a few in each turn of the event loop. Node reads a socket from when
 * it is accepted, and the kernel hands over what a thousand of them have to say in one turn, in
 * which all of it is parsed before anything else.
 */
export function spreadArrivals(server: Server): void {
  const turns = new LoopTurns({ perTurn: ARRIVALS_PER_TURN, holdMs: HOLD_MS });
  // Node's own, which give the socket to the HTTP parser.
  const serving = server.listeners("connection") as Serve[];
  const serve: Serve = (socket) => {
    for (const listener of serving) listener.call(server, socket);
    socket.resume();
  };
  // An option of `net.createServer` that `http.createServer` does not pass on.
  Object.assign(server, { pauseOnConnect: true });
  server.removeAllListeners("connection").on("connection", (socket: Socket) => {
    turns.run(() => serve(socket));
  });
}
