import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, test } from "vitest";
import { aBroadcast } from "./testing/a-broadcast";
import { aClient, aServer, aStorage, closeAll, messages, when } from "./testing/recipient";

afterEach(closeAll);

const UPDATES = 10_000;
const BROADCASTS = 10;
/** A leak of one broadcast an update would be ten times this. */
const MOST_GROWTH_BYTES = 1_000_000;
/** Ten broadcasts and what is known of them. */
const MOST_STORED_CHARS = 20_000;

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

function heapUsed(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test("does not grow over 10,000 updates, in memory or in the storage", async () => {
  const server = await aServer();
  const storage = aStorage();
  const client = aClient(server, { storage });
  await when(client, ({ connection }) => connection === "live");
  const ids = Array.from({ length: BROADCASTS }, () => aBroadcast().id);
  let seq = 1_000;

  async function update(times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      seq += 1;
      server.publish(
        aBroadcast({ id: ids[i % BROADCASTS], seq, revision: seq, message: `${seq}` }),
      );
    }
    await when(client, () => messages(client).includes(`${seq}`));
  }

  await update(UPDATES / 10);
  const heap = heapUsed();
  await update(UPDATES);
  expect(client.getSnapshot().banners).toHaveLength(BROADCASTS);
  expect(heapUsed() - heap).toBeLessThan(MOST_GROWTH_BYTES);
  expect(storage.text().length).toBeLessThan(MOST_STORED_CHARS);
}, 60_000);
