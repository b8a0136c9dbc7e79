/**
 * As much of PostgreSQL's wire protocol (version 3) as it takes to pass messages on: where one
 * ends, which of them belong together, and the few answers that are given without the database.
 */

/** A message larger than this is refused: its sender is no client of ours. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const PROTOCOL_3 = 3;

const QUERY = byte("Q");
const SYNC = byte("S");
const TERMINATE = byte("X");
const PASSWORD = byte("p");

export type Incoming =
  /** Wants encryption: the answer is one byte. */
  | { kind: "encryption" }
  | { kind: "startup"; parameters: Map<string, string> }
  | { kind: "password"; password: string }
  /**
   * Messages up to the one that ends a batch (Query or Sync). They run without anybody else's in
   * between: the unnamed statement that Parse makes is one for all connections.
   */
  | { kind: "batch"; bytes: Buffer }
  /** The client says goodbye, or something that cannot be answered. */
  | { kind: "end" };

/** Cuts one connection's bytes into what can be acted on. */
export class MessageReader {
  #buffer: Buffer = Buffer.alloc(0);
  /** Of the messages at the buffer's start, those already looked at. */
  #scanned = 0;
  #started = false;
  #ended = false;

  push(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
  }

  /** The next complete thing, or null until more bytes have come; nothing after an end. */
  next(): Incoming | null {
    if (this.#ended) return null;
    const next = this.#started ? this.#nextBatch() : this.#nextBeforeStart();
    this.#ended = next?.kind === "end";
    return next;
  }

  #nextBeforeStart(): Incoming | null {
    if (this.#buffer.length < 8) return null;
    const length = this.#buffer.readInt32BE(0);
    if (length < 8 || length > 10_000) return { kind: "end" };
    if (this.#buffer.length < length) return null;
    const message = this.#take(length);
    const code = message.readInt32BE(4);
    if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: "encryption" };
    if (code === CANCEL_REQUEST || code >> 16 !== PROTOCOL_3) return { kind: "end" };
    this.#started = true;
    return { kind: "startup", parameters: parametersOf(message.subarray(8)) };
  }

  #nextBatch(): Incoming | null {
    while (this.#buffer.length >= this.#scanned + 5) {
      const type = this.#buffer[this.#scanned];
      const length = 1 + this.#buffer.readInt32BE(this.#scanned + 1);
      if (length < 5 || length > MAX_MESSAGE_BYTES) return { kind: "end" };
      if (this.#buffer.length < this.#scanned + length) return null;
      this.#scanned += length;
      if (type === TERMINATE) return { kind: "end" };
      if (type === PASSWORD) return { kind: "password", password: passwordIn(this.#takeScanned()) };
      if (type === QUERY || type === SYNC) return { kind: "batch", bytes: this.#takeScanned() };
    }
    return null;
  }

  #takeScanned(): Buffer {
    const bytes = this.#take(this.#scanned);
    this.#scanned = 0;
    return bytes;
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }
}

/** What a client sends first. */
export function startupMessage(parameters: Record<string, string>): Buffer {
  const text = Object.entries(parameters).flat();
  const body = Buffer.from(`${text.join("\0")}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(PROTOCOL_3 << 16, 4);
  return Buffer.concat([head, body]);
}

export function queryMessage(sql: string): Buffer {
  return message("Q", Buffer.from(`${sql}\0`));
}

export function passwordRequest(): Buffer {
  const cleartext = Buffer.alloc(4);
  cleartext.writeInt32BE(3, 0);
  return message("R", cleartext);
}

/** `severity` FATAL ends the connection, ERROR the statement. */
export function errorResponse(severity: "ERROR" | "FATAL", sqlState: string, text: string): Buffer {
  const fields = [`S${severity}`, `V${severity}`, `C${sqlState}`, `M${text}`];
  return message("E", Buffer.from(`${fields.join("\0")}\0\0`));
}

/** Outside a transaction, ready for the next statement. */
export function readyForQuery(): Buffer {
  return message("Z", Buffer.from("I"));
}

function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = byte(type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}

function parametersOf(body: Buffer): Map<string, string> {
  const parts = body.toString("utf8").split("\0");
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < parts.length && parts[i] !== ""; i += 2) {
    parameters.set(parts[i] ?? "", parts[i + 1] ?? "");
  }
  return parameters;
}

function passwordIn(bytes: Buffer): string {
  return bytes.subarray(5).toString("utf8").replace(/\0+$/, "");
}

function byte(letter: string): number {
  return letter.charCodeAt(0);
}
