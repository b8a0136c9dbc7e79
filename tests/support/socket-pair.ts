import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Both ends of a real TCP connection; `theirs` reads nothing until it is resumed. */
export interface SocketPair {
  readonly ours: Socket;
  readonly theirs: Socket;
  close(): void;
}

export async function socketPair(): Promise<SocketPair> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const theirs = connect(address.port, "127.0.0.1");
  const [ours] = (await once(server, "connection")) as [Socket];
  theirs.pause();
  for (const socket of [ours, theirs]) socket.on("error", () => undefined);
  const close = () => {
    ours.destroy();
    theirs.destroy();
    server.close();
  };
  return { ours, theirs, close };
}
