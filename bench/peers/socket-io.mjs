/** Socket.IO as it comes, by WebSocket only: an upgrade from polling would be dearer. */
import { Server } from "socket.io";
import { listen } from "./http.mjs";

const server = listen((text) => {
  io.emit("broadcast", text);
});
const io = new Server(server, { transports: ["websocket"], serveClient: false });
