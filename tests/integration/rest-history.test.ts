import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Audience } from "@/core/audience";
import { acknowledge } from "@/lib/broadcasts/acknowledge";
import { clear } from "@/lib/broadcasts/clear";
import { publishNew } from "@/lib/broadcasts/publish-new";
import { receiptStats, recipients } from "@/lib/broadcasts/receipts";
import { reset } from "@/lib/broadcasts/reset";
import { testToSelf } from "@/lib/broadcasts/test-to-self";
import type { Caller, RecipientCaller, ServiceContext } from "@/lib/context";
import { exportRecipients } from "@/lib/http/routes/broadcast-figures";
import { serve } from "@/lib/http/serve";
import type { SessionOpening } from "@/lib/ports/session-store";
import { type Runtime, runtime } from "@/lib/runtime-context";
import { dryRun } from "@/lib/sessions/dry-run";
import { inbox } from "@/lib/sessions/inbox";
import { reach } from "@/lib/sessions/reach";
import { socketStats } from "@/lib/sessions/socket-stats";
import { aViewer } from "@/tests/support/broadcasts";
import { actingAs, COMPOSED, type Composed, callRoute, ORIGIN } from "@/tests/support/composed";
import { content } from "@/tests/support/content";

const engines = Object.keys(COMPOSED) as (keyof typeof COMPOSED)[];

describe.each(engines)("on %s", (engine) => {
  let composed: Composed;
  let owner: ServiceContext;
  let people: Caller;

  beforeAll(async () => {
    composed = await COMPOSED[engine]();
    owner = actingAs(composed.workspace, "owner");
    people = { kind: "key", ...owner };
  });
  afterEach(async () => {
    await clear(owner, { id: null });
  });
  afterAll(() => composed?.stop());

  const now = () => Math.floor(runtime().feed.now());

  async function publish(changes: Parameters<typeof content>[0]): Promise<string> {
    return (await publishNew(owner, content(changes))).broadcast.id;
  }

  /** A recipient connects; returns the session and how to disconnect. */
  async function connect(
    recipient: string,
    changes: Partial<SessionOpening["session"]> = {},
  ): Promise<{ sessionId: string; disconnect(): Promise<void> }> {
    const sessionId = randomUUID();
    const connectionId = randomUUID();
    await runtime().sessions.opened({
      connectionId,
      session: {
        id: sessionId,
        workspaceId: composed.workspace.id,
        recipient,
        label: recipient,
        traits: {},
        roles: [],
        locale: null,
        client: null,
        ...changes,
      },
    });
    return { sessionId, disconnect: () => runtime().sessions.closed(sessionId, connectionId) };
  }

  function user(sub: string): RecipientCaller {
    return {
      kind: "recipient",
      workspace: composed.workspace,
      viewer: aViewer({ kind: "user", recipient: `user:${sub}`, subject: sub }),
      sessionId: null,
      expiresAt: null,
      mergeFrom: null,
    };
  }

  async function dismissed(id: string): Promise<number> {
    await runtime().receiptQueue.flush();
    return (await receiptStats(owner, { id, stepS: 60 })).counts.dismissed;
  }

  describe("[ACK4] receipts", () => {
    test("make a funnel, a time line and a list of the present shown revision", async () => {
      const id = await publish({ message: "Read me" });
      const { receipts } = runtime();
      const at = Math.floor(now() / 3_600_000) * 3_600_000;
      await receipts.record(
        [
          { broadcastId: id, revision: 1, recipient: "user:ada", kind: "seen", at },
          { broadcastId: id, revision: 1, recipient: "user:bob", kind: "seen", at: at + 60_000 },
          { broadcastId: id, revision: 1, recipient: "user:ada", kind: "clicked", at: at + 60_000 },
        ],
        [{ broadcastId: id, revision: 1, count: 7 }],
      );
      const { counts, timeline } = await receiptStats(owner, { id, stepS: 60 });
      expect(counts).toEqual({ delivered: 7, seen: 2, clicked: 1, dismissed: 0, snoozed: 0 });
      const total = timeline.reduce((sum, step) => sum + step.counts.seen, 0);
      expect(total).toBe(2);
      expect(timeline.every((step) => step.at % 60_000 === 0)).toBe(true);
      const first = await recipients(owner, { id, limit: 1, cursor: null });
      expect(first.recipients).toMatchObject([{ recipient: "user:ada", seenAt: at }]);
      const second = await recipients(owner, { id, limit: 1, cursor: first.next });
      expect(second).toMatchObject({ recipients: [{ recipient: "user:bob" }], next: null });
      await reset(owner, { id });
      expect((await receiptStats(owner, { id, stepS: 60 })).counts.seen).toBe(0);
      expect(await recipients(owner, { id, limit: 1, cursor: first.next })).toEqual(second);
      await expect(recipients(owner, { id, limit: 1, cursor: "AAAA" })).rejects.toMatchObject({
        code: "invalid",
        field: "cursor",
      });
    });

    test("of a dismissal are made with it: once for each shown revision, of those it was for", async () => {
      const id = await publish({ message: "Dismiss me", audience: { exclude: ["eve"] } });
      const dismiss = (sub: string) => acknowledge(user(sub), { id: id.toUpperCase() });
      await Promise.all(["kim", "kim", "lee", "eve"].map(dismiss));
      expect(await dismissed(id)).toBe(2);
      const { recipients: rows } = await recipients(owner, { id, limit: 9, cursor: null });
      expect(rows).toMatchObject([
        { recipient: "user:kim", seenAt: null, dismissedAt: expect.any(Number) },
        { recipient: "user:lee" },
      ]);
      await reset(owner, { id });
      await acknowledge(user("kim"), { id, revision: 1 });
      expect(await dismissed(id)).toBe(0);
      await acknowledge(user("kim"), { id });
      expect(await dismissed(id)).toBe(1);
    });

    test("are a table for those who may see recipients", async () => {
      const id = await publish({ message: "Read me" });
      await runtime().receipts.record(
        [{ broadcastId: id, revision: 1, recipient: "user:=ada", kind: "seen", at: now() }],
        [],
      );
      const answer = await callRoute(
        serve(exportRecipients),
        `/api/v1/broadcasts/${id}/receipts.csv`,
        { params: { id }, headers: { cookie: composed.cookie, origin: ORIGIN } },
      );
      expect(answer.headers.get("content-type")).toBe("text/csv; charset=utf-8");
      expect(await answer.text()).toMatch(/^recipient,seenAt,.*\r\nuser:=ada,20\d\d-.*Z,,,,\r\n$/);
      await expect(
        recipients(actingAs(composed.workspace, "author"), { id, limit: 1, cursor: null }),
      ).rejects.toMatchObject({ code: "forbidden" });
    });
  });

  describe("[PUB8] an inbox", () => {
    test("[PUB3] of a session that never received anything holds 1, then 2", async () => {
      const { sessionId, disconnect } = await connect("user:away");
      await disconnect();
      const messages = async () =>
        (await inbox(people, { id: sessionId })).map(({ message }) => message);
      expect(await messages()).toEqual([]);
      await publish({ message: "One" });
      expect(await messages()).toEqual(["One"]);
      await publish({ message: "Two" });
      expect(await messages()).toEqual(["Two", "One"]);
    });

    test("holds what ended, not what was over before or cancelled or is another's", async () => {
      const over = await publish({ message: "Over before" });
      await clear(owner, { id: over });
      const { sessionId } = await connect("user:ada", { traits: { plan: "pro" } });
      const ended = await publish({ message: "Ended since" });
      await clear(owner, { id: ended });
      const cancelled = await publish({ message: "Cancelled", startsAt: now() + 60_000 });
      await clear(owner, { id: cancelled });
      await testToSelf(actingAs(composed.workspace, "author", "ada"), content({ message: "Test" }));
      const traits = (value: string): Audience => ({
        traits: [{ trait: "plan", op: "is", value }],
      });
      await publish({ message: "For pro", audience: traits("pro") });
      await publish({ message: "For free", audience: traits("free") });
      const mine = await inbox(people, { id: sessionId });
      expect(mine.map(({ message, status }) => [message, status])).toEqual([
        ["For pro", "live"],
        ["Ended since", "cleared"],
      ]);
    });

    test("holds what has a receipt, and says what was dismissed", async () => {
      const id = await publish({ message: "Dismissed", audience: { include: ["u"] } });
      await runtime().receipts.acknowledge([{ broadcastId: id, recipient: "user:v", revision: 1 }]);
      const { sessionId } = await connect("user:v");
      expect(await inbox(people, { id: sessionId })).toMatchObject([{ id, dismissed: true }]);
    });

    test("[SEC4] is for the session's workspace and recipient only", async () => {
      const { sessionId } = await connect("user:ada");
      const elsewhere = { ...composed.workspace, id: randomUUID() };
      const foreign = { ...people, workspace: elsewhere };
      await expect(inbox(foreign, { id: sessionId })).rejects.toMatchObject({ code: "not_found" });
      const nobody: Caller = { kind: "nobody", workspace: composed.workspace };
      await expect(inbox(nobody, { id: sessionId })).rejects.toMatchObject({
        code: "unauthenticated",
      });
    });
  });

  describe("[AUD4] a dry run", () => {
    test("says why, for any user, and how many are reached", async () => {
      const before = (await reach(owner, { audience: null })).connected;
      const one = await connect("user:pro", { traits: { plan: "gold" }, roles: ["admin"] });
      const two = await connect("user:free", { traits: { plan: "free" } });
      const audience: Audience = { traits: [{ trait: "plan", op: "is", value: "gold" }] };
      const result = await dryRun(owner, {
        audience,
        viewers: [
          { sessionId: one.sessionId },
          { kind: "user", subject: "x", roles: [], traits: { plan: "free" }, locale: null },
        ],
      });
      expect(result.reach).toEqual({ matching: 1, connected: before + 2, examined: before + 2 });
      expect(result.viewers).toMatchObject([
        { recipient: "user:pro", sees: true, reasons: [expect.stringContaining("plan is gold")] },
        { recipient: "user:x", sees: false, reasons: [expect.stringContaining("free")] },
      ]);
      await one.disconnect();
      await two.disconnect();
      await expect(dryRun(owner, { viewers: [{ sessionId: randomUUID() }] })).rejects.toMatchObject(
        {
          code: "not_found",
        },
      );
    });

    test("of a broadcast that is there also knows of dismissals and status", async () => {
      const id = await publish({ message: "Why?" });
      await runtime().receipts.acknowledge([{ broadcastId: id, recipient: "user:d", revision: 1 }]);
      const viewer = (subject: string) => ({
        kind: "user" as const,
        subject,
        roles: [],
        traits: {},
        locale: null,
      });
      const ask = async () =>
        (await dryRun(owner, { broadcastId: id, viewers: [viewer("d"), viewer("e")] })).viewers;
      expect(await ask()).toMatchObject([
        { sees: false, reasons: expect.arrayContaining(["This viewer dismissed it."]) },
        { sees: true },
      ]);
      await clear(owner, { id });
      expect((await ask())[1]).toMatchObject({
        sees: false,
        reasons: expect.arrayContaining(["Nobody sees it: it is cleared."]),
      });
    });
  });

  test("socket stats are by worker and by user", async () => {
    const { disconnect } = await connect("user:many");
    const { workers, users } = await socketStats(owner);
    const { workerId }: Runtime = runtime();
    expect(workers).toMatchObject([{ workerId, sessions: expect.any(Number) }]);
    expect(users).toContainEqual({
      recipient: "user:many",
      name: "user:many",
      connections: 1,
      sessions: 1,
      since: expect.any(Number),
    });
    await disconnect();
  });
});
