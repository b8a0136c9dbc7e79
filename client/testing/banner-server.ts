/** A small server that speaks the protocol (SPEC § 6) as far as a client can tell; for tests. */
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import type { ClientFrame, ConnectedFrame, ServerFrame, WireBroadcast } from "@/core/protocol";
import { SOCKET_PATH, SUBPROTOCOL } from "@/core/protocol";
import { isRecord, parseJson } from "../wire";

export interface Connection {
  readonly request: IncomingMessage;
  readonly protocols: readonly string[];
  readonly isOpen: boolean;
  /** Frames of the client so far, `ping` and `pong` as text. */
  readonly frames: (ClientFrame | string)[];
  send(frame: ServerFrame | string): void;
  close(code: number): void;
  /** Without a closing handshake. */
  terminate(): void;
}

export interface BannerServer {
  readonly url: string;
  readonly connections: readonly Connection[];
  /** What is live; sent to whoever connects. */
  live: WireBroadcast[];
  epoch: string;
  seq: number;
  /** Changes the `connected` frame that is sent. */
  greeting: (connection: Connection) => Partial<ConnectedFrame> | null;
  /** Answers a frame; default: confirms acknowledgements. */
  onFrame: (connection: Connection, frame: ClientFrame) => void;
  /** Answers a plain request; default: 404. */
  onRequest: (request: Request) => Response | Promise<Response>;
  /** Refuses upgrades as a proxy without WebSockets does. */
  acceptsSockets: boolean;
  connectedFrame(): ConnectedFrame;
  publish(broadcast: WireBroadcast): void;
  clear(id: string): void;
  /** Resolves when `test` holds; asked after everything that arrives. */
  until(test: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export async function startBannerServer(): Promise<BannerServer> {
  const waiting = new Set<() => void>();
  const connections: Connection[] = [];
  const open = new Set<Connection>();
  const changed = () => {
    for (const look of [...waiting]) look();
  };

  const http = createServer(async (incoming, outgoing) => {
    const body = await new Response(incoming as unknown as ReadableStream).text();
    const response = await server.onRequest(
      new Request(`http://${incoming.headers.host}${incoming.url}`, {
        method: incoming.method ?? "GET",
        headers: Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
        ...(body && { body }),
      }),
    );
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(await response.text());
    changed();
  });
  const sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  http.on("upgrade", (request, socket, head) => {
    if (!server.acceptsSockets || !request.url?.startsWith(SOCKET_PATH)) {
      socket.on("error", () => {});
      socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
      changed();
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => greet(ws, request));
  });

  function greet(ws: WebSocket, request: IncomingMessage): void {
    const connection: Connection = {
      request,
      protocols: (request.headers["sec-websocket-protocol"] ?? "").split(/,\s*/),
      frames: [],
      get isOpen() {
        return open.has(connection);
      },
      send: (frame) => ws.send(typeof frame === "string" ? frame : JSON.stringify(frame)),
      close: (code) => ws.close(code),
      terminate: () => ws.terminate(),
    };
    connections.push(connection);
    open.add(connection);
    ws.on("message", (data) => {
      const text = data.toString();
      const frame = parseJson(text);
      if (isClientFrame(frame)) {
        connection.frames.push(frame);
        server.onFrame(connection, frame);
      } else {
        connection.frames.push(text);
        if (text === "ping") ws.send("pong");
      }
      changed();
    });
    ws.on("close", () => {
      open.delete(connection);
      changed();
    });
    const greeting = server.greeting(connection);
    if (greeting) {
      connection.send({ ...connectedFrame(), ...greeting });
      for (const broadcast of server.live) {
        connection.send({ type: "active_broadcast", broadcast });
      }
    }
    changed();
  }

  function connectedFrame(): ConnectedFrame {
    return {
      type: "connected",
      message: "Connected to broadcast live updates",
      protocol: 1,
      workspace: "default",
      session_id: "session-1",
      session_token: "session.token",
      connection_id: `connection-${connections.length}`,
      worker_id: "worker-1",
      user_id: null,
      epoch: server.epoch,
      seq: server.seq,
      server_time: new Date().toISOString(),
      ping_interval_ms: 30_000,
      active: server.live.map(({ id, revision }) => ({ id, revision })),
      missed: 0,
      stack_size: 1,
    };
  }

  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;

  const server: BannerServer = {
    url: `http://127.0.0.1:${port}`,
    connections,
    live: [],
    epoch: "epoch-1",
    seq: 0,
    acceptsSockets: true,
    greeting: () => ({}),
    onFrame(connection, frame) {
      if (frame.type !== "acknowledge_broadcast") return;
      const { broadcast_id } = frame;
      server.live = server.live.filter(({ id }) => id !== broadcast_id);
      connection.send({
        type: "broadcast_acknowledged",
        broadcast_id,
        revision: frame.revision ?? 1,
      });
    },
    onRequest: () => new Response("", { status: 404 }),
    connectedFrame,
    publish(broadcast) {
      server.seq = Math.max(server.seq, broadcast.seq);
      const isKnown = server.live.some(({ id }) => id === broadcast.id);
      server.live = [...server.live.filter(({ id }) => id !== broadcast.id), broadcast];
      const type = isKnown ? "broadcast_updated" : "new_broadcast";
      for (const connection of open) connection.send({ type, broadcast });
    },
    clear(id) {
      server.seq += 1;
      server.live = server.live.filter((broadcast) => broadcast.id !== id);
      for (const connection of open) {
        connection.send({
          type: "broadcast_cleared",
          message: "Active broadcast has been cleared",
          broadcast_id: id,
          reason: "cleared",
          seq: server.seq,
        });
      }
    },
    until(test) {
      return new Promise((resolve) => {
        const look = () => {
          if (!test()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    },
    async close() {
      for (const ws of sockets.clients) ws.terminate();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return server;
}

function isClientFrame(value: unknown): value is ClientFrame {
  return isRecord(value) && typeof value.type === "string";
}
