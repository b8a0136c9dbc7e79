import type { IncomingMessage, ServerResponse } from "node:http";
import { publishRoute } from "@/lib/http/routes/fixed";
import { type HttpHandler, serve } from "@/lib/http/serve";

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * The route that is called when many wait for what it says, answered by its own handler without
 * Next's way there and back: a third of what a publish costs. Next serves it as well, for any
 * other method and in development.
 */
const HANDLERS: ReadonlyMap<string, HttpHandler> = new Map(
  [publishRoute].map((route) => [
    `${route.declaration.method} ${route.declaration.path}`,
    serve(route),
  ]),
);

/** Null: Next's. */
export function directAnswer({ method }: IncomingMessage, path: string): Answer | null {
  const handle = HANDLERS.get(`${method} ${path}`);
  if (!handle) return null;
  return async (request, response) => {
    const answer = await handle(toWeb(request), { params: Promise.resolve({}) });
    const body = Buffer.from(await answer.arrayBuffer());
    response.setHeaders(answer.headers);
    response.writeHead(answer.status, { "Content-Length": body.byteLength }).end(body);
  };
}

function toWeb(request: IncomingMessage): Request {
  // As Next does: whatever the client calls the host decides nothing.
  const url = new URL(request.url ?? "/", "http://localhost");
  const headers = Object.entries(request.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  // Node asks for `duplex` with a stream, and its types do not know it.
  const init = { method: request.method ?? "GET", headers, body: bodyOf(request), duplex: "half" };
  return new Request(url, init);
}

/** Not `Readable.toWeb`: given up, that cuts off the connection and with it the answer that says why. */
function bodyOf(request: IncomingMessage): ReadableStream<Uint8Array> {
  let isWanted = true;
  return new ReadableStream({
    start(controller) {
      request.on("data", (chunk: Buffer) => {
        if (!isWanted) return;
        controller.enqueue(chunk);
        if ((controller.desiredSize ?? 0) <= 0) request.pause();
      });
      request.once("end", () => isWanted && controller.close());
      request.once("error", (error) => isWanted && controller.error(error));
    },
    pull() {
      request.resume();
    },
    cancel() {
      // The rest is read away.
      isWanted = false;
      request.resume();
    },
  });
}
