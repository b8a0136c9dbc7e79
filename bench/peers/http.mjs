import { createServer } from "node:http";

/** The peers' server: POST /publish hands its body to `publish`; prints its port when it listens. */
export function listen(publish) {
  const server = createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      publish(Buffer.concat(chunks).toString("utf8"));
      response.writeHead(200, { "Content-Length": 2 }).end("{}");
    });
  });
  // The publisher keeps its connections, and a round may be longer than the default of 5 s.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1", () => {
    console.log(JSON.stringify({ port: server.address().port }));
  });
  return server;
}
