/** The plain loop in several processes: each has its share of the sockets, and all are told. */
import cluster from "node:cluster";
import { WebSocketServer } from "ws";
import { listen, sayPort } from "./http.mjs";

if (cluster.isPrimary) {
  const workers = Array.from({ length: Number(process.argv[2]) }, () => cluster.fork());
  let listening = 0;
  cluster.on("listening", (_worker, { port }) => {
    listening += 1;
    if (listening === workers.length) sayPort(port);
  });
  cluster.on("message", (_worker, text) => {
    for (const worker of workers) worker.send(text);
  });
} else {
  const server = listen(
    (text) => process.send(text),
    () => undefined,
  );
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  process.on("message", (text) => {
    for (const client of sockets.clients) client.send(text);
  });
}
