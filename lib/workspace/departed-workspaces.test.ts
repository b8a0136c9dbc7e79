import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { FakeFeedSource } from "@/tests/support/fake-broadcast-store";
import { Feed } from "../feed";
import { createLogger } from "../logger";
import { DepartedWorkspaces } from "./departed-workspaces";

const logger = createLogger("silent", { worker: "test" });

let store: FakeFeedSource;
let feed: Feed;
let forgotten: string[];
let storeAway: boolean;
let looks: number;
let departed: DepartedWorkspaces;

beforeEach(async () => {
  vi.useFakeTimers();
  store = new FakeFeedSource();
  feed = new Feed({ store, logger, brokerHealthy: () => true });
  await feed.start();
  forgotten = [];
  storeAway = false;
  looks = 0;
  departed = new DepartedWorkspaces({
    feed,
    sessions: {
      forget: async (id) => {
        if (storeAway) throw new Error("away");
        forgotten.push(id);
      },
    },
    housekeeper: {
      look: () => {
        looks += 1;
      },
    },
    logger,
  });
});
afterEach(async () => {
  departed.close();
  await feed.close();
  vi.useRealTimers();
});

async function deleteIt(): Promise<void> {
  store.workspaceIsGone = true;
  await feed.reload("deleted");
}

describe("a workspace that the feed does not find any more", () => {
  test("leaves no sessions, once its sockets are closed, and its rows to the housekeeper", async () => {
    await deleteIt();
    expect(looks).toBe(1);
    expect(forgotten).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(forgotten).toEqual(["w1"]);
    await feed.reload("again");
    await vi.advanceTimersByTimeAsync(120_000);
    expect([forgotten, looks]).toEqual([["w1"], 1]);
  });

  test("is forgotten later where the store is away", async () => {
    storeAway = true;
    await deleteIt();
    await vi.advanceTimersByTimeAsync(10_000);
    storeAway = false;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(forgotten).toEqual(["w1"]);
  });

  test("keeps its sessions when a restored backup brings it back at once", async () => {
    await deleteIt();
    store.workspaceIsGone = false;
    await feed.reload("restored");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(forgotten).toEqual([]);
  });

  test("is nobody's business in a process that is closing", async () => {
    await deleteIt();
    departed.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(forgotten).toEqual([]);
  });
});
