import { Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * The way of Node's own TCP sockets into the kernel, without the stream before it. In a pass over
 * ten thousand sockets the stream is a seventh of a delivery's CPU: a request and a callback for
 * each write, and lines of memory that nothing else needs (docs/performance.md).
 *
 * None of it is public, so it is used where it was seen to work and nowhere else: on the versions
 * named here, on sockets of this shape. Everywhere else `handleOf` says null, and whoever writes
 * uses the stream.
 */
const TESTED_VERSIONS: readonly number[] = [20, 22, 24];

/** Bytes on their way: the kernel did not take all of them at once. */
interface WriteRequest {
  /** Whoever waits for the kernel keeps the bytes from being collected. */
  buffer?: Buffer;
  oncomplete?: (status: number) => void;
}

/** libuv's TCP stream as Node has it. */
export interface Handle {
  /** 0, or an error's negative number. */
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
  /** Bytes that the kernel has not taken yet. */
  readonly writeQueueSize: number;
}

/** Told when bytes that had to wait do not any more. */
export interface Waiting {
  /** @param status 0, or an error's negative number: they never will be taken */
  taken(status: number): void;
}

const RequestClass = findRequestClass();
/** The request that the next write takes. One that the kernel completes at once stays unused. */
let spare = RequestClass && new RequestClass();

/** Null: this socket is written to by its stream alone. */
export function handleOf(socket: Duplex): Handle | null {
  if (spare === null || !(socket instanceof Socket)) return null;
  const handle = rawHandleOf(socket);
  const isTcp = handle?.constructor.name === "TCP" && typeof handle.writeBuffer === "function";
  return isTcp && typeof handle.writeQueueSize === "number" ? (handle as Handle) : null;
}

/**
 * Writes past the stream, which must have nothing waiting; what the stream writes while something
 * waits here comes after it.
 * @param owner told once, if bytes had to wait
 * @returns bytes that wait; -1 when none were taken, and the stream will say why
 */
export function writeNow(handle: Handle, bytes: Buffer, owner: Waiting): number {
  const request = spare;
  if (RequestClass === null || request === null) return -1;
  if (handle.writeBuffer(request, bytes) !== 0) {
    spare = new RequestClass();
    return -1;
  }
  const waiting = handle.writeQueueSize;
  if (waiting > 0) {
    request.buffer = bytes;
    request.oncomplete = (status) => owner.taken(status);
    spare = new RequestClass();
  }
  return waiting;
}

/**
 * What is left of the write under way, which may be a megabyte: a stream only says when all of it
 * is done. Node's own socket timeout looks at the same figure, which has no public name either.
 */
export function queuedBytes(socket: Duplex): number {
  return rawHandleOf(socket)?.writeQueueSize ?? 0;
}

function rawHandleOf(socket: Duplex): Partial<Handle> | null | undefined {
  return (socket as { _handle?: Partial<Handle> | null })._handle;
}

/** What a stream hands to its handle: Node shows it to nobody else. */
function findRequestClass(): (new () => WriteRequest) | null {
  if (!TESTED_VERSIONS.includes(Number.parseInt(process.versions.node, 10))) return null;
  const bytes = Buffer.from("x");
  let found: (new () => WriteRequest) | null = null;
  const handle = {
    writeBuffer(...[request, written, ...more]: unknown[]) {
      const isAsKnown = written === bytes && more.length === 0 && typeof request === "object";
      if (isAsKnown) found = request?.constructor as new () => WriteRequest;
      return 0;
    },
    readStop: () => 0,
    close: () => undefined,
  };
  const socket = new Socket({ handle, readable: false } as ConstructorParameters<typeof Socket>[0]);
  socket.write(bytes);
  socket.destroy();
  return found;
}
