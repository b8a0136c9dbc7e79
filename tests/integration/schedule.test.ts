import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { auditPage } from "@/core/api/history-view";
import type { ServerFrame } from "@/core/protocol";
import { idOf, mustCall } from "@/tests/support/api";
import { type Cluster, startCluster } from "@/tests/support/cluster";
import { PATIENCE } from "@/tests/support/patience";
import type { Replica } from "@/tests/support/replica";
import { aboutBroadcast, SocketClient } from "@/tests/support/socket-client";
import { wrongClock } from "@/tests/support/wrong-clock";

const PUBLISH = "/api/creator/broadcast";
/** [BC8] */
const AT_ONCE_MS = 1_000 * PATIENCE;
/** How far a worker's measure of the database's clock may be off. */
const CLOCK_ERROR_MS = 100;
const FIVE_MINUTES_MS = 5 * 60_000;
/** Time to publish, on every replica, what is to start later. */
const LEAD_MS = 4_000;

let cluster: Cluster;
/** Two whose clocks are right, one that is fast and one that is slow. */
let replicas: Replica[];
let clients: SocketClient[] = [];

beforeAll(async () => {
  cluster = await startCluster(2);
  const others = [FIVE_MINUTES_MS, -FIVE_MINUTES_MS].map((ms) => cluster.add(wrongClock(ms)));
  replicas = [...cluster.replicas, ...(await Promise.all(others))];
  // The first call of a route loads it.
  await Promise.all(replicas.map((_, index) => publish(index, "First call")));
  await clearAll();
});
beforeEach(async () => {
  clients = await Promise.all(replicas.map(({ url }) => SocketClient.connect(url)));
});
afterEach(async () => {
  for (const client of clients) client.terminate();
  await clearAll();
});
afterAll(() => cluster?.stop());

function replica(index: number): Replica {
  const found = replicas[index];
  if (!found) throw new Error(`There is no replica ${index}.`);
  return found;
}

interface Scheduled {
  /** ms since 1970. */
  startsAt?: number;
  endsAt?: number;
  replace?: boolean;
}

async function publish(
  index: number,
  message: string,
  { startsAt, endsAt, replace = false }: Scheduled = {},
): Promise<string> {
  const answer = await mustCall(replica(index).url, "POST", PUBLISH, {
    cookie: cluster.cookie,
    body: {
      message,
      replace,
      ...(startsAt && { startsAt: new Date(startsAt).toISOString() }),
      ...(endsAt && { endsAt: new Date(endsAt).toISOString() }),
    },
  });
  return idOf(answer);
}

async function clear(index: number, id?: string): Promise<void> {
  await mustCall(replica(index).url, "POST", `${PUBLISH}/clear`, {
    cookie: cluster.cookie,
    body: id ? { broadcast_id: id } : {},
  });
}

const clearAll = () => clear(0);

/** What the audit log says was done to a broadcast, oldest first. */
async function history(id: string): Promise<string[]> {
  const { cookie } = cluster;
  const answer = await mustCall(replica(0).url, "GET", `/api/v1/audit?target=${id}`, { cookie });
  return auditPage
    .parse(answer.json)
    .entries.map(({ action }) => action)
    .reverse();
}

/** What was said about a broadcast, in the order of arrival. */
function told(client: SocketClient, id: string): string[] {
  return client.frames.flatMap((frame) => {
    if ("broadcast" in frame) return frame.broadcast.id === id ? [frame.type] : [];
    if (frame.type === "broadcast_cleared") return frame.broadcast_id === id ? [frame.reason] : [];
    return [];
  });
}

/** Each client gets the frame within a second of that time, and not before. */
async function expectAt(
  time: number,
  frame: (client: SocketClient) => Promise<unknown>,
): Promise<void> {
  const arrivals = await Promise.all(clients.map((one) => frame(one).then(() => Date.now())));
  for (const arrival of arrivals) {
    expect(arrival - time).toBeGreaterThan(-CLOCK_ERROR_MS);
    expect(arrival - time).toBeLessThan(AT_ONCE_MS);
  }
}

const started = (id: string) => (client: SocketClient) =>
  client.waitFor("new_broadcast", aboutBroadcast(id));
const left = (id: string) => (client: SocketClient) =>
  client.waitFor("broadcast_cleared", aboutBroadcast(id));

describe("[BC8] a schedule", () => {
  test("is tried on workers whose own clocks are wrong by five minutes", () => {
    for (const [index, shiftMs] of [0, 0, FIVE_MINUTES_MS, -FIVE_MINUTES_MS].entries()) {
      const [, time = ""] = /"time":"([^"]+)"/.exec(replica(index).logs()) ?? [];
      const wrongBy = Date.parse(time) - Date.now();
      expect(Math.abs(wrongBy - shiftMs)).toBeLessThan(FIVE_MINUTES_MS / 2);
    }
  });

  test.each([
    ["right", 0],
    ["fast", 2],
    ["slow", 3],
  ])(
    "made by a worker whose clock is %s takes effect at once everywhere, each once",
    async (_, by) => {
      const startsAt = Date.now() + LEAD_MS;
      const endsAt = startsAt + 1_500;
      const [id, last] = await Promise.all([
        publish(by, "From two till three", { startsAt, endsAt }),
        publish(by, "After that", { startsAt: endsAt + 500 }),
      ]);
      await expectAt(startsAt, started(id));
      for (const client of clients) expect(client.shown).toEqual([id]);
      await expectAt(endsAt, left(id));
      for (const client of clients) expect(client.shown).toEqual([]);
      await expectAt(endsAt + 500, started(last));

      // Whoever would do it twice has done so by the time that the later one is written down.
      await expect.poll(() => history(last)).toContain("broadcast.went_live");
      expect(await history(id)).toEqual(["broadcast.published", "broadcast.went_live"]);
      for (const client of clients) {
        await client.settled();
        expect(told(client, id)).toEqual(["new_broadcast", "ended"]);
        expect(told(client, last)).toEqual(["new_broadcast"]);
      }
    },
  );
});

describe("[BC6] a scheduled replace", () => {
  test("takes the place of what is live at its start: they leave before it comes", async () => {
    const before = [await publish(0, "One"), await publish(1, "Two")];
    const startsAt = Date.now() + LEAD_MS;
    const id = await publish(2, "Instead", { startsAt, replace: true });
    for (const old of before) for (const client of clients) await started(old)(client);
    await expectAt(startsAt, started(id));
    for (const client of clients) {
      expect(client.shown).toEqual([id]);
      const isNew = (frame: ServerFrame) => "broadcast" in frame && frame.broadcast.id === id;
      const at = client.frames.findIndex(isNew);
      const left = client.frames.slice(at - before.length, at);
      expect(left).toEqual(
        expect.arrayContaining(
          before.map((broadcast_id) =>
            expect.objectContaining({ broadcast_id, reason: "replaced" }),
          ),
        ),
      );
    }
    await expect.poll(() => history(before[0] ?? "")).toContain("broadcast.replaced");
    for (const old of before) {
      expect(await history(old)).toEqual(["broadcast.published", "broadcast.replaced"]);
    }
    for (const client of clients) {
      await client.settled();
      for (const old of before) expect(told(client, old)).toEqual(["new_broadcast", "replaced"]);
      expect(told(client, id)).toEqual(["new_broadcast"]);
    }
  });

  test("cancelled before its start leaves the others untouched", async () => {
    const stays = await publish(0, "Stays");
    const startsAt = Date.now() + LEAD_MS;
    const id = await publish(1, "Never", { startsAt, replace: true });
    const marker = await publish(2, "Beside", { startsAt: startsAt + 300 });
    await clear(3, id);
    await expectAt(startsAt + 300, started(marker));
    await expect.poll(() => history(marker)).toContain("broadcast.went_live");
    for (const client of clients) {
      await client.settled();
      expect(client.shown.sort()).toEqual([stays, marker].sort());
      expect(told(client, id)).toEqual([]);
    }
    expect(await history(stays)).toEqual(["broadcast.published"]);
    expect(await history(id)).toEqual(["broadcast.published", "broadcast.cleared"]);
  });

  test("and another for the same moment, by another replica, end with exactly one", async () => {
    const before = await publish(0, "Before");
    const startsAt = Date.now() + LEAD_MS;
    const ids = await Promise.all(
      replicas.map((_, index) => publish(index, `Number ${index}`, { startsAt, replace: true })),
    );
    for (const client of clients) await client.waitFor("broadcast_cleared", aboutBroadcast(before));
    await expect
      .poll(async () => (await Promise.all(ids.map(history))).flat().filter(isReplaced).length)
      .toBe(ids.length - 1);
    const active = await mustCall(replica(0).url, "GET", `${PUBLISH}/active`, {
      cookie: cluster.cookie,
    });
    const { broadcasts } = z
      .object({ broadcasts: z.array(z.object({ id: z.string() })) })
      .parse(active.json);
    expect(broadcasts).toHaveLength(1);
    expect(ids).toContain(broadcasts[0]?.id);
    for (const client of clients) {
      await client.settled();
      expect(client.shown).toEqual(broadcasts.map(({ id }) => id));
    }
  });

  const isReplaced = (action: string) => action === "broadcast.replaced";
});

test("[BC6] replaces at the same time, by two replicas, end with exactly one", async () => {
  const ids = await Promise.all([0, 3].map((index) => publish(index, "Now", { replace: true })));
  const histories = await Promise.all(ids.map(history));
  expect(histories.flat().sort()).toEqual([
    "broadcast.published",
    "broadcast.published",
    "broadcast.replaced",
  ]);
  const winner = ids.filter((_, index) => !histories[index]?.includes("broadcast.replaced"));
  for (const client of clients) {
    await client.until("the winner alone", () => client.shown.join() === winner.join());
  }
});
