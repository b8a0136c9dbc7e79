import { describe, expect, test } from "vitest";
import type { SessionOpening } from "@/lib/ports/session-store";
import { RecentlySeen, SEEN_FOR_MS } from "./recently-seen";
import { SessionTable } from "./session-table";

function opening(id: string, recipient = "user:u"): SessionOpening {
  const about = { label: null, traits: {}, roles: [], locale: null, client: null };
  return { connectionId: `of-${id}`, session: { id, workspaceId: "ws", recipient, ...about } };
}

function tableOf(options: { ttlMs?: number; maxInactive?: number } = {}): SessionTable {
  return new SessionTable({ ttlMs: 1_000, workerId: "w", nodeId: "n", ...options });
}

describe("session table", () => {
  test("an inactive session ends with its time to live, to the millisecond", () => {
    const table = tableOf();
    table.open(opening("a"), 0);
    table.close("a", "of-a", 500);
    expect(table.find("ws", "a", 1_499)).toMatchObject({ lastSeenAt: 500, connections: 0 });
    expect(table.find("ws", "a", 1_500)).toBeNull();
    expect(table.counts("ws", 1_500)).toMatchObject({ allSessions: 0 });
  });

  test("returning in time ends the countdown", () => {
    const table = tableOf();
    table.open(opening("a"), 0);
    table.close("a", "of-a", 500);
    table.open({ ...opening("a"), connectionId: "again" }, 1_000);
    expect(table.find("ws", "a", 9_000)).toMatchObject({ firstSeenAt: 0, lastSeenAt: 9_000 });
  });

  test("of too many inactive sessions the longest gone are forgotten", () => {
    const table = tableOf({ maxInactive: 3 });
    for (const [at, id] of ["a", "b", "c", "d", "e"].entries()) {
      table.open(opening(id), at);
      table.close(id, `of-${id}`, at);
    }
    const { sessions } = table.list("ws", "all", { limit: 10, cursor: null }, 5);
    expect(sessions.map(({ id }) => id)).toEqual(["e", "d", "c"]);
    expect(table.counts(null, 5)).toMatchObject({ allSessions: 3 });
  });

  test("a connection that turns up under another session has left the first", () => {
    const table = tableOf();
    table.open({ ...opening("a"), connectionId: "c" }, 0);
    table.open({ ...opening("b"), connectionId: "c" }, 0);
    expect(table.counts("ws", 0)).toMatchObject({ activeSessions: 1, connections: 1 });
    expect(table.isActive("ws/a")).toBe(false);
  });
});

describe("recently seen", () => {
  test("forgets who was not seen for the longest, one for each that is new", () => {
    const seen = new RecentlySeen(2);
    seen.note("a", 1);
    seen.note("b", 2);
    seen.note("a", 3);
    seen.note("c", 4);
    expect(["a", "b", "c"].map((recipient) => seen.of(recipient, 5))).toEqual([3, null, 4]);
  });

  test("forgets after the longest time that an inbox looks back", () => {
    const seen = new RecentlySeen();
    seen.note("a", 0);
    expect(seen.of("a", SEEN_FOR_MS)).toBe(0);
    expect(seen.of("a", SEEN_FOR_MS + 1)).toBeNull();
  });
});
