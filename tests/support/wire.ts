import { PassThrough } from "node:stream";
import type { ServerFrame } from "@/core/protocol";

/** Every write of a connection, as the frames that were in it. */
export class Wire extends PassThrough {
  readonly writes: ServerFrame[][] = [];
  /** Called with each frame as it is written. */
  onFrame: (frame: ServerFrame) => void = () => {};

  override write(chunk: Buffer): boolean {
    const frames = framesOf(chunk);
    this.writes.push(frames);
    for (const frame of frames) this.onFrame(frame);
    return true;
  }

  get frames(): ServerFrame[] {
    return this.writes.flat();
  }
}

function framesOf(bytes: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (let at = 0; at < bytes.length; ) {
    let length = (bytes[at + 1] ?? 0) & 0x7f;
    let start = at + 2;
    if (length === 126) {
      length = bytes.readUInt16BE(at + 2);
      start = at + 4;
    }
    frames.push(JSON.parse(bytes.subarray(start, start + length).toString()));
    at = start + length;
  }
  return frames;
}
