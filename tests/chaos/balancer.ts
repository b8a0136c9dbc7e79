import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/**
 * A balancer without stickiness: each connection goes to the next port that accepts one. What a
 * replica's death costs clients is then theirs and the replicas', not the balancer's.
 */
export async function startBalancer(
  ports: readonly number[],
): Promise<{ url: string; close(): Promise<void> }> {
  let next = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on("error", () => client.destroy());
    client.on("close", () => open.delete(client));
    void attach(client, ports, next++);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

async function attach(client: Socket, ports: readonly number[], first: number): Promise<void> {
  for (let tried = 0; tried < ports.length; tried += 1) {
    const port = ports[(first + tried) % ports.length] ?? 0;
    const upstream = connect(port, "127.0.0.1");
    try {
      await once(upstream, "connect");
    } catch {
      continue;
    }
    upstream.on("error", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
    client.pipe(upstream).pipe(client);
    return;
  }
  client.destroy();
}
