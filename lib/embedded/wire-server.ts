import { timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { type Engine, type Session, Turns } from "./turns";
import {
  errorResponse,
  type Incoming,
  MessageReader,
  passwordRequest,
  startupMessage,
} from "./wire";

const MAX_CONNECTIONS = 100;
const TOO_MANY_CONNECTIONS = "53300";
const WRONG_PASSWORD = "28P01";
/** The one user and database that there are. */
export const USER = "postgres";

export interface WireServerOptions {
  engine: Engine;
  /** Asked of everybody; null where only this user can reach the socket. */
  password: string | null;
  /** The database itself failed: the process should end. */
  onBroken: (error: unknown) => void;
}

/** Lets PostgreSQL clients reach the embedded database, several at once. */
export class WireServer {
  readonly #options: WireServerOptions;
  readonly #turns: Turns;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What the database answered to the one startup message it was given. */
  #greeting: Buffer = Buffer.alloc(0);

  constructor(options: WireServerOptions) {
    this.#options = options;
    this.#turns = new Turns(options.engine, options.onBroken);
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** @returns the port, 0 for a path */
  async listen(endpoint: { path: string } | { port: number }): Promise<number> {
    this.#greeting = await this.#greet();
    this.#server.listen({ ...endpoint, host: "127.0.0.1" });
    await once(this.#server, "listening");
    const address = this.#server.address();
    return address === null || typeof address === "string" ? 0 : address.port;
  }

  /** Lets what runs finish, rolls back what is open, ends all connections. */
  async close(): Promise<void> {
    this.#server.close();
    await this.#turns.settled();
    for (const socket of this.#sockets) {
      socket.destroy();
      await once(socket, "close");
    }
    await this.#turns.settled();
  }

  /**
   * One session serves all connections, so it is started once and its answer given to everybody:
   * a new connection waits for no transaction.
   */
  async #greet(): Promise<Buffer> {
    const answers: Buffer[] = [];
    await this.#options.engine.execute(startupMessage({ user: USER, database: USER }), (bytes) =>
      answers.push(Buffer.from(bytes)),
    );
    return Buffer.concat(answers);
  }

  #accept(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    if (this.#sockets.size >= MAX_CONNECTIONS) {
      socket.end(errorResponse("FATAL", TOO_MANY_CONNECTIONS, "too many connections"));
      return;
    }
    this.#sockets.add(socket);
    const client = new WireClient(socket, this.#turns, this.#greeting, this.#options.password);
    socket.on("data", (chunk: Buffer) => client.receive(chunk));
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#turns.leave(client);
    });
  }
}

/** One connection. */
class WireClient implements Session {
  lockTimeoutMs = 0;
  idleInTransactionMs = 0;
  readonly #socket: Socket;
  readonly #turns: Turns;
  readonly #greeting: Buffer;
  readonly #password: string | null;
  readonly #reader = new MessageReader();
  #admitted = false;

  constructor(socket: Socket, turns: Turns, greeting: Buffer, password: string | null) {
    this.#socket = socket;
    this.#turns = turns;
    this.#greeting = greeting;
    this.#password = password;
  }

  receive(chunk: Buffer): void {
    this.#reader.push(chunk);
    for (let next = this.#reader.next(); next; next = this.#reader.next()) {
      this.#act(next);
      if (this.#socket.destroyed) return;
    }
  }

  send(bytes: Buffer): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  destroy(): void {
    this.#socket.destroySoon();
  }

  #act(incoming: Incoming): void {
    switch (incoming.kind) {
      case "encryption":
        this.send(Buffer.from("N"));
        return;
      case "startup":
        this.#start(incoming.parameters);
        return;
      case "password":
        this.#checkPassword(incoming.password);
        return;
      case "batch":
        if (this.#admitted) this.#turns.submit(this, incoming.bytes);
        else this.#socket.destroy();
        return;
      case "end":
        this.#socket.destroy();
        return;
    }
  }

  #start(parameters: ReadonlyMap<string, string>): void {
    this.lockTimeoutMs = milliseconds(parameters.get("lock_timeout"));
    this.idleInTransactionMs = milliseconds(parameters.get("idle_in_transaction_session_timeout"));
    if (this.#password === null) this.#admit();
    else this.send(passwordRequest());
  }

  #checkPassword(given: string): void {
    if (this.#password !== null && sameText(given, this.#password)) {
      this.#admit();
      return;
    }
    this.send(errorResponse("FATAL", WRONG_PASSWORD, "password authentication failed"));
    this.destroy();
  }

  #admit(): void {
    this.#admitted = true;
    this.send(this.#greeting);
  }
}

/** A plain number, as the driver sends it; anything else is no limit. */
function milliseconds(setting: string | undefined): number {
  return setting !== undefined && /^\d{1,9}$/.test(setting) ? Number(setting) : 0;
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
