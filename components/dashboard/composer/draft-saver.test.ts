import { describe, expect, test } from "vitest";
import type { BroadcastView } from "@/core/api/broadcasts";
import { DraftSaver } from "./draft-saver";
import { type BroadcastInput, emptyValues, inputOf } from "./values";

const says = (message: string): BroadcastInput => inputOf({ ...emptyValues("UTC"), message });

/** A server that keeps one row and refuses an edit of another revision. */
function fakeServer() {
  const calls: string[] = [];
  let row: BroadcastView | null = null;
  const keys = new Set<string>();
  const write = (input: BroadcastInput, revision: number) => {
    row = { id: "b1", revision, message: input.message } as BroadcastView;
    return row;
  };
  return {
    calls,
    keys,
    create: async (input: BroadcastInput, key: string) => {
      calls.push(`create ${input.message}`);
      keys.add(key);
      return write(input, 1);
    },
    edit: async (_id: string, revision: number, input: BroadcastInput) => {
      calls.push(`edit ${revision} ${input.message}`);
      if (row?.revision !== revision) throw new Error("conflict");
      return write(input, revision + 1);
    },
  };
}

describe("keeping a draft saved", () => {
  test("the first save creates, later ones edit the revision that is there", async () => {
    const server = fakeServer();
    const saver = new DraftSaver(server, null);
    await saver.save(says("a"));
    await saver.save(says("b"));
    await saver.save(says("c"));
    expect(server.calls).toEqual(["create a", "edit 1 b", "edit 2 c"]);
    expect(saver.saved?.revision).toBe(3);
  });

  test("saves asked for at once happen one after the other", async () => {
    const server = fakeServer();
    const saver = new DraftSaver(server, null);
    await Promise.all([saver.save(says("a")), saver.save(says("b"))]);
    expect(server.calls).toEqual(["create a", "edit 1 b"]);
  });

  test("what is saved already is not sent again", async () => {
    const server = fakeServer();
    const saver = new DraftSaver(server, null);
    await saver.save(says("a"));
    await saver.save(says("a"));
    expect(server.calls).toEqual(["create a"]);
  });

  test("[PUB5] a create that failed is repeated under the same key", async () => {
    const server = fakeServer();
    const failing = {
      ...server,
      create: async (_input: BroadcastInput, key: string): Promise<BroadcastView> => {
        server.keys.add(key);
        throw new Error("the answer was lost");
      },
    };
    const api = { ...failing };
    const saver = new DraftSaver(api, null);
    await expect(saver.save(says("a"))).rejects.toThrow("lost");
    api.create = server.create;
    await saver.save(says("a"));
    expect(server.keys.size).toBe(1);
  });
});
