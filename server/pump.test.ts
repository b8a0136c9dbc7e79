import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { workspaceSettings } from "@/core/api/settings";
import type { Broadcast } from "@/core/broadcast";
import { aBroadcast, aViewer, NOON } from "@/tests/support/broadcasts";
import { Wire } from "@/tests/support/wire";
import { Connection } from "./connection";
import { Pump } from "./pump";
import { noteException, Registry } from "./registry";
import { type Entry, ViewBook } from "./views";

const workspace = {
  id: "w1",
  slug: "default",
  name: "Default",
  settings: workspaceSettings.parse({}),
  tokenSecrets: [],
};

/** A feed by hand: its rows and version are the test's to change. */
class Source {
  version = 1;
  rows: Broadcast[] = [];
  position = { epoch: "", seq: 1 };
  now = () => NOON;
  broadcastsOf = () => this.rows;
  workspaceById = () => workspace;
  reasonFor = () => "cleared" as const;

  set(...rows: Broadcast[]): void {
    this.rows = rows;
    this.version += 1;
  }
}

let source: Source;
let registry: Registry;
let pump: Pump;
let delivered: number;
let shownAnew: Connection[];
let underWay: number;

beforeEach(() => {
  source = new Source();
  registry = new Registry();
  delivered = 0;
  shownAnew = [];
  underWay = 0;
  pump = new Pump({
    underWay: () => underWay,
    source,
    connections: registry.connections,
    showAnew: (connection) => shownAnew.push(connection),
    onDelivered: (counts: ReadonlyMap<Entry, number>) => {
      for (const count of counts.values()) delivered += count;
    },
  });
});

function connect(changes: Parameters<typeof aViewer>[0] = {}): {
  connection: Connection;
  wire: Wire;
} {
  const wire = new Wire();
  const viewer = aViewer({ recipient: `user:${randomUUID()}`, ...changes });
  const connection = new Connection({
    ws: { close: () => undefined },
    socket: wire,
    workspaceId: "w1",
    sessionId: randomUUID(),
    viewer,
    identity: {
      kind: "recipient",
      workspace,
      viewer,
      sessionId: null,
      expiresAt: null,
      mergeFrom: null,
    },
    address: "127.0.0.1",
    client: null,
    traffic: { framesIn: 0, framesOut: 0, bannersOut: 0, dropped: 0, turnover: 0 },
  });
  registry.add(connection);
  connection.open();
  return { connection, wire };
}

function broadcast(changes: Partial<Broadcast> = {}): Broadcast {
  return aBroadcast({ id: randomUUID(), changeId: randomUUID(), workspaceId: "w1", ...changes });
}

async function pumped(): Promise<void> {
  pump.wake();
  await pump.idle();
}

describe("the pump", () => {
  test("[PUB2] brings every connection what is new, once", async () => {
    const clients = Array.from({ length: 600 }, () => connect());
    source.set(broadcast());
    await pumped();
    await pumped();
    for (const { wire } of clients) {
      expect(wire.frames.map((frame) => frame.type)).toEqual(["new_broadcast"]);
    }
    expect(delivered).toBe(600);
  });

  test("[PUB6] leaves those that were shown another history to be told everything", async () => {
    const { connection, wire } = connect();
    source.set(broadcast());
    await pumped();
    source.position = { epoch: "restored", seq: 1 };
    source.set(broadcast());
    await pumped();
    expect(shownAnew).toEqual([connection]);
    expect(wire.frames).toHaveLength(1);
  });

  test("[PUB2] writes a burst of 50 broadcasts in one write to each socket", async () => {
    const { wire } = connect();
    for (let n = 0; n < 50; n += 1) source.set(...source.rows, broadcast());
    await pumped();
    expect(wire.writes).toHaveLength(1);
    expect(wire.frames).toHaveLength(50);
  });

  test("[PUB2] waits for what is being committed, and writes it together with the first", async () => {
    const { wire } = connect();
    underWay = 1;
    source.set(broadcast());
    pump.wake();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wire.writes).toEqual([]);
    source.set(...source.rows, broadcast());
    pump.wake();
    underWay = 0;
    await pump.idle();
    expect(wire.writes).toHaveLength(1);
    expect(wire.frames).toHaveLength(2);
  });

  test("[PUB2] does not wait for long for a commit that hangs", async () => {
    const { wire } = connect();
    underWay = 1;
    source.set(broadcast());
    await pumped();
    expect(wire.frames).toHaveLength(1);
  });

  test("[PUB2] writes to the first before the last has come, where there is no end of them", async () => {
    const { wire } = connect();
    underWay = 1;
    let came = 0;
    for (; wire.writes.length === 0 && came < 500; came += 1) {
      source.set(...source.rows, broadcast());
      pump.wake();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(came).toBeLessThan(500);
    underWay = 0;
    await pump.idle();
    expect(wire.frames).toHaveLength(came);
  });

  test("[AUD2] finds the same by what changed as by looking at everything", async () => {
    const audiences = [null, { roles: ["admin"] }, { percentage: 50 }, { include: ["s3"] }];
    const clients = Array.from({ length: 40 }, (_, n) =>
      connect({ subject: `s${n}`, roles: n % 2 ? ["admin"] : [], locale: n % 3 ? "de" : null }),
    );
    let rows: Broadcast[] = [];
    for (let n = 0; n < 60; n += 1) {
      const audience = audiences[n % audiences.length] ?? null;
      if (n % 5 === 4) rows = rows.slice(1);
      else if (n % 7 === 6) {
        rows = rows.map((row, at) =>
          at === 2 ? { ...row, changeId: randomUUID(), audience } : row,
        );
      } else rows = [...rows, broadcast({ audience, replace: false, message: `Number ${n}` })];
      source.set(...rows);
      // Now and then several changes pass before anybody is looked at.
      if (n % 3 > 0) await pumped();
    }
    await pumped();
    const fresh = new ViewBook(source);
    for (const { connection } of clients) {
      const { group, viewer, shown } = connection;
      const wanted = group && fresh.setFor(group, viewer, null);
      expect(shown.entries.map(({ key }) => key)).toEqual(wanted?.entries.map(({ key }) => key));
    }
  });

  test("encodes a difference once for all that share it", async () => {
    const writes: Buffer[] = [];
    for (let n = 0; n < 3; n += 1) {
      const { wire } = connect();
      wire.write = (chunk: Buffer) => writes.push(chunk) > 0;
    }
    source.set(broadcast());
    await pumped();
    expect(new Set(writes).size).toBe(1);
  });

  test("[BC6] takes the replaced one off before it shows the new one", async () => {
    const { wire } = connect();
    source.set(broadcast());
    await pumped();
    source.set(broadcast());
    await pumped();
    expect(wire.frames.map((frame) => frame.type)).toEqual([
      "new_broadcast",
      "broadcast_cleared",
      "new_broadcast",
    ]);
  });

  test("[PUB2] what was published and cleared before its turn is not shown", async () => {
    const { wire } = connect();
    source.set(broadcast());
    pump.wake();
    source.set();
    await pumped();
    expect(wire.frames).toEqual([]);
  });

  test("[BC8] a start that is written down is no news, whatever its message says", async () => {
    const { wire } = connect();
    const row = broadcast({ message: 'Not "seq":1 but', seq: 1 });
    source.set(row);
    await pumped();
    source.set({ ...row, changeId: randomUUID(), seq: 2, wentLiveAt: NOON });
    await pumped();
    expect(wire.frames.map((frame) => frame.type)).toEqual(["new_broadcast"]);
    expect(delivered).toBe(1);
    source.set({ ...row, changeId: randomUUID(), seq: 3, message: 'Not "seq":2 but' });
    await pumped();
    expect(wire.frames.map((frame) => frame.type)).toEqual(["new_broadcast", "broadcast_updated"]);
  });

  test("[AUD2] an edit that makes someone ineligible takes the banner off", async () => {
    const { wire } = connect({ roles: ["admin"] });
    const row = broadcast();
    source.set(row);
    await pumped();
    source.set({ ...row, changeId: randomUUID(), audience: { roles: ["member"] } });
    await pumped();
    expect(wire.frames.at(-1)?.type).toBe("broadcast_cleared");
  });

  test("[AUD1] asks for each recipient where the rule looks at it", async () => {
    const chosen = connect({ recipient: "user:a", subject: "a" });
    const other = connect({ recipient: "user:b", subject: "b" });
    source.set(broadcast({ audience: { include: ["a"] } }));
    await pumped();
    expect(chosen.wire.frames).toHaveLength(1);
    expect(other.wire.frames).toHaveLength(0);
  });

  test("[ACK2] a dismissed broadcast is not brought again by a silent fix", async () => {
    const { connection, wire } = connect();
    const row = broadcast();
    if (connection.recipient) {
      noteException(connection.recipient, {
        broadcastId: row.id,
        acknowledgedRevision: 1,
        snoozedUntil: null,
      });
    }
    source.set({ ...row, revision: 2, showFromRevision: 1 });
    await pumped();
    expect(wire.frames).toEqual([]);
    source.set({ ...row, changeId: randomUUID(), revision: 3, showFromRevision: 3 });
    await pumped();
    expect(wire.frames.map((frame) => frame.type)).toEqual(["new_broadcast"]);
  });

  test("[PUB7] drops a reader with more than 1 MiB unsent, and the others go on", async () => {
    const slow = connect();
    const fast = connect();
    Object.defineProperty(slow.wire, "writableLength", { value: 1024 * 1024 });
    source.set(broadcast());
    await pumped();
    expect(slow.connection.state).toBe("closed");
    expect(slow.wire.writes).toEqual([]);
    expect(fast.wire.frames).toHaveLength(1);
  });
});

describe("the registry", () => {
  test("holds nothing of connections that are gone", () => {
    const many = Array.from({ length: 100 }, () => connect());
    for (const { connection } of many) registry.remove(connection);
    expect(registry.connections.size).toBe(0);
    expect([...registry.workspaceIds()]).toEqual([]);
    expect(registry.isEmpty).toBe(true);
  });
});
