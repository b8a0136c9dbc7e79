import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";
import { LoopTurns } from "./loop-turns";

/** Sockets that are given to HTTP in one turn of the event loop: a few milliseconds of parsing. */
export const ARRIVALS_PER_TURN = 32;
/** [DEG8] When all come back at once, so long they are only accepted before any is read. */
const HOLD_MS = 500;

type Serve = (socket: Socket) => void;

/**
 * Sockets of a crowd are read a few in each turn of the event loop. Node reads a socket from when
 * it is accepted, and the kernel hands over what thousands of them have to say in one turn, in
 * which all of it is parsed before anything else. So each is given to HTTP in its turn; and where
 * many that have been given speak up together, the others are not listened to before theirs.
 */
export function spreadArrivals(server: Server): void {
  const turns = new LoopTurns({ perTurn: ARRIVALS_PER_TURN, holdMs: HOLD_MS });
  const turnsToSpeak = new LoopTurns({ perTurn: ARRIVALS_PER_TURN });
  /** Listened to, and silent so far. */
  const silent = new Set<Socket>();
  let heard = 0;
  // Node's own, which give the socket to the HTTP parser.
  const serving = server.listeners("connection") as Serve[];
  const listen = (socket: Socket) => {
    if (socket.destroyed) return;
    silent.add(socket);
    socket.resume();
  };
  const serve: Serve = (socket) => {
    for (const listener of serving) listener.call(server, socket);
    socket.on("close", forget);
    listen(socket);
  };
  const hear = ({ socket }: IncomingMessage) => {
    if (!silent.delete(socket)) return;
    heard += 1;
    if (heard === 1) setImmediate(() => (heard = 0));
    if (heard === ARRIVALS_PER_TURN) hush();
  };
  const hush = () => {
    for (const socket of silent) {
      socket.pause();
      turnsToSpeak.run(() => listen(socket));
    }
    silent.clear();
  };
  function forget(this: Socket) {
    silent.delete(this);
  }
  // An option of `net.createServer` that `http.createServer` does not pass on.
  Object.assign(server, { pauseOnConnect: true });
  server.removeAllListeners("connection").on("connection", (socket: Socket) => {
    turns.run(() => serve(socket));
  });
  server.prependListener("request", hear).prependListener("upgrade", hear);
}
