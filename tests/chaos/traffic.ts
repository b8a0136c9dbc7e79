import type { Listening } from "@/tests/support/tcp-proxy";

/** What went over a connection: how often, and how many bytes. */
export interface Sum {
  times: number;
  bytes: number;
}

/** Counts what clients say to a server, by what it is. */
export class Traffic {
  readonly #sums = new Map<string, Sum>();

  /** What has been said so far. */
  read(): Map<string, Sum> {
    return new Map([...this.#sums].map(([what, sum]) => [what, { ...sum }]));
  }

  add(what: string, bytes: number): void {
    const sum = this.#sums.get(what) ?? { times: 0, bytes: 0 };
    sum.times += 1;
    sum.bytes += bytes;
    this.#sums.set(what, sum);
  }
}

/** What has been added since. */
export function since(before: Map<string, Sum>, now: Map<string, Sum>): Map<string, Sum> {
  const added = new Map<string, Sum>();
  for (const [what, { times, bytes }] of now) {
    const old = before.get(what) ?? { times: 0, bytes: 0 };
    if (times > old.times) added.set(what, { times: times - old.times, bytes: bytes - old.bytes });
  }
  return added;
}

export function totalTimes(traffic: Map<string, Sum>): number {
  return [...traffic.values()].reduce((sum, { times }) => sum + times, 0);
}

/** Statements that go to PostgreSQL, by their text: what the extended protocol calls Parse, and Query. */
export function countingStatements(traffic: Traffic): Listening {
  return () => {
    let rest: Buffer = Buffer.alloc(0);
    // The first message of a connection has no type.
    let typed = 0;
    return (sent) => {
      rest = Buffer.concat([rest, sent]);
      while (rest.length >= typed + 4) {
        const length = rest.readInt32BE(typed) + typed;
        if (rest.length < length) return;
        const type = typed === 0 ? "" : String.fromCharCode(rest[0] ?? 0);
        if (type === "Q" || type === "P") {
          const text = rest.subarray(5, length).toString().split("\0");
          traffic.add((type === "Q" ? text[0] : text[1]) ?? "", length);
        }
        rest = rest.subarray(length);
        typed = 1;
      }
    };
  };
}

/** Commands that go to Redis, by name and, of scripts and channels, which. */
export function countingCommands(traffic: Traffic): Listening {
  return () => {
    let rest: Buffer = Buffer.alloc(0);
    return (sent) => {
      rest = Buffer.concat([rest, sent]);
      while (true) {
        const command = readCommand(rest);
        if (!command) return;
        const [name = "", subject = ""] = command.parts;
        const which = /^(evalsha|publish)$/i.test(name) ? withoutIds(subject) : "";
        traffic.add(`${name.toLowerCase()} ${which}`, command.length);
        rest = rest.subarray(command.length);
      }
    };
  };
}

/** Channels of workers and streams end in an id. */
function withoutIds(channel: string): string {
  return channel.replace(/[0-9a-z-]+-[0-9a-f]{8}$|[0-9a-f-]{36}$/, "…");
}

/** An array of bulk strings, as every client sends; null when it has not come whole. */
function readCommand(bytes: Buffer): { parts: string[]; length: number } | null {
  const line = (at: number) => {
    const end = bytes.indexOf("\r\n", at);
    return end === -1 ? null : { value: Number(bytes.subarray(at + 1, end)), next: end + 2 };
  };
  const head = line(0);
  if (!head) return null;
  const parts: string[] = [];
  let at = head.next;
  for (let n = 0; n < head.value; n += 1) {
    const size = line(at);
    if (!size || bytes.length < size.next + size.value + 2) return null;
    // Only what tells commands apart is looked at.
    if (n < 2) parts.push(bytes.subarray(size.next, size.next + size.value).toString());
    at = size.next + size.value + 2;
  }
  return { parts, length: at };
}
