/** What everybody writes first: a set of sockets and a loop over them. */
import { WebSocketServer } from "ws";
import { listen } from "./http.mjs";

const server = listen((text) => {
  for (const client of sockets.clients) client.send(text);
});
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
