import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { statusOf } from "@/core/broadcast";
import { isAppError } from "@/core/errors";
import { LIMITS } from "@/core/limits";
import type { Role } from "@/core/roles";
import { listAudit } from "@/lib/audit/list-audit";
import { archive } from "@/lib/broadcasts/archive";
import { clear } from "@/lib/broadcasts/clear";
import { createDraft } from "@/lib/broadcasts/create-draft";
import { duplicate } from "@/lib/broadcasts/duplicate";
import { edit } from "@/lib/broadcasts/edit";
import { get } from "@/lib/broadcasts/get";
import { limits } from "@/lib/broadcasts/limits";
import { list } from "@/lib/broadcasts/list";
import { publish } from "@/lib/broadcasts/publish";
import { publishNew } from "@/lib/broadcasts/publish-new";
import { recordStarts } from "@/lib/broadcasts/record-starts";
import { reset } from "@/lib/broadcasts/reset";
import { revisions } from "@/lib/broadcasts/revisions";
import { creatorStats, liveIn } from "@/lib/broadcasts/stats";
import { TEST_LASTS_MS, testToSelf } from "@/lib/broadcasts/test-to-self";
import type { ServiceContext } from "@/lib/context";
import { changeSettings } from "@/lib/workspace/change-settings";
import { actingAs, COMPOSED, type Composed, once } from "@/tests/support/composed";
import { content } from "@/tests/support/content";

const engines = Object.keys(COMPOSED) as (keyof typeof COMPOSED)[];

describe.each(engines)("on %s", (engine) => {
  let composed: Composed;
  let owner: ServiceContext;

  beforeAll(async () => {
    composed = await COMPOSED[engine]();
    owner = as("owner");
  });
  afterEach(async () => {
    await clear(owner, { id: null });
    const page = await list(owner, { status: ["scheduled"], limit: 100, cursor: null });
    for (const { id } of page.broadcasts) await clear(owner, { id });
  });
  afterAll(() => composed?.stop());

  function as(role: Role, id?: string): ServiceContext {
    return actingAs(composed.workspace, role, id);
  }

  const now = () => Math.floor(composed.composition.feed.now());
  const inAnHour = () => now() + 3_600_000;

  async function codeOf(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => "done",
      (error) => (isAppError(error) ? error.code : String(error)),
    );
  }

  async function live(): Promise<string[]> {
    const page = await list(owner, { status: ["live"], limit: 100, cursor: null });
    return page.broadcasts.map(({ message }) => message);
  }

  describe("publishing", () => {
    test("[PUB1] is committed and in this worker's feed when it is answered", async () => {
      const { broadcast, report, storedForSessions } = await publishNew(owner, content());
      expect(broadcast).toMatchObject({ revision: 1, createdByName: "owner", clearedAt: null });
      expect(broadcast.wentLiveAt).toBe(broadcast.publishedAt);
      expect(report).toMatchObject({ mode: "live", workersAnswered: 1, workersExpected: 1 });
      expect(storedForSessions).toBe(0);
      expect(liveIn(composed.workspace).map(({ id }) => id)).toEqual([broadcast.id]);
      expect(await get(owner, { id: broadcast.id })).toEqual(broadcast);
    });

    test("[PUB1] a targeted broadcast says nothing of stored sessions", async () => {
      const targeted = content({ audience: { signedIn: "signed-in" } });
      expect((await publishNew(owner, targeted)).storedForSessions).toBeNull();
    });

    test("[BC6] replacing clears what is live in the same transaction", async () => {
      const first = await publishNew(owner, content({ message: "First" }));
      const later = await publishNew(owner, content({ message: "Later", startsAt: inAnHour() }));
      const second = await publishNew(owner, content({ message: "Second", replace: true }));
      expect(await live()).toEqual(["Second"]);
      expect(await get(owner, first.broadcast)).toMatchObject({
        clearedReason: "replaced",
        clearedAt: second.broadcast.publishedAt,
      });
      expect(statusOf(await get(owner, later.broadcast), now())).toBe("scheduled");
    });

    test("[BC6] twenty replaces at once end with exactly one live", async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          publishNew(owner, content({ message: `Replace ${index}`, replace: true })),
        ),
      );
      expect(await live()).toHaveLength(1);
      expect(liveIn(composed.workspace)).toHaveLength(1);
    });

    test("[BC6] a scheduled replace leaves the others until its start, cancelled: for good", async () => {
      const { broadcast: before } = await publishNew(owner, content({ message: "Before" }));
      const startsAt = now() + 400;
      const replacing = await publishNew(owner, content({ message: "R", replace: true, startsAt }));
      const cancelled = await publishNew(
        owner,
        content({ message: "C", replace: true, startsAt: startsAt + 1 }),
      );
      await clear(owner, cancelled.broadcast);
      expect(await live()).toEqual(["Before"]);
      await until(() => now() > startsAt + 10);
      expect(liveIn(composed.workspace).map(({ message }) => message)).toEqual(["R"]);
      await recordStarts(composed.workspace);
      expect((await get(owner, before)).clearedReason).toBe("replaced");
      expect((await get(owner, replacing.broadcast)).wentLiveAt).toBe(startsAt);
      const { from, to } = await recordStarts(composed.workspace);
      expect(to).toBe(from);
    });

    test("[BC6] a replace that began and ended while nobody could write has replaced all the same", async () => {
      const first = await publishNew(owner, content({ message: "Before" }));
      const { id } = await aReplaceAfter(first.broadcast, { lastsMs: 1 });
      await composed.composition.feed.reload("as a worker that starts");
      // Screens follow at once, the rows soon after.
      expect(liveIn(composed.workspace)).toEqual([]);
      await expect
        .poll(() => get(owner, first.broadcast), { timeout: 20_000 })
        .toMatchObject({ clearedReason: "replaced" });
      expect((await get(owner, { id })).wentLiveAt).not.toBeNull();
      // Written down, it is over: the next look finds one history.
      await composed.composition.feed.reload("as the next worker");
      expect(composed.composition.feed.broadcastsOf(composed.workspace.id)).toEqual([]);
    });

    test.each([
      ["cleared", (id: string) => clear(owner, { id })],
      ["archived", (id: string) => archive(owner, { id })],
      ["edited", (id: string) => edit(owner, { id, revision: 1, patch: { replace: false } })],
    ])(
      "[BC6] a replace that is %s right after its start has replaced all the same",
      async (_, change) => {
        const first = await publishNew(owner, content({ message: "Before" }));
        await change((await aReplaceAfter(first.broadcast, { lastsMs: null })).id);
        expect(await get(owner, first.broadcast)).toMatchObject({ clearedReason: "replaced" });
        const shown = liveIn(composed.workspace).map(({ message }) => message);
        expect(shown).not.toContain("Before");
      },
    );

    /** Scheduled in time, for right after another went live; nobody has noted that it began. */
    async function aReplaceAfter(
      { publishedAt }: { publishedAt: number | null },
      { lastsMs }: { lastsMs: number | null },
    ) {
      const { broadcasts } = composed.composition.runtime;
      const draft = await createDraft(owner, content({ message: "Instead", replace: true }));
      const startsAt = (publishedAt ?? 0) + 1;
      const endsAt = lastsMs === null ? null : startsAt + lastsMs;
      await expect.poll(now).toBeGreaterThan(startsAt + (lastsMs ?? 0) + 1);
      const written = await broadcasts.change((tx) =>
        tx.update({ ...draft, publishedAt, startsAt, endsAt }),
      );
      return written.result;
    }

    test("[BC11] the 51st live or scheduled broadcast is refused in words", async () => {
      for (let index = 0; index < LIMITS.liveBroadcasts; index += 1) {
        const startsAt = index % 2 === 0 ? null : inAnHour();
        await publishNew(owner, content({ message: `Number ${index}`, startsAt }));
      }
      await expect(publishNew(owner, content())).rejects.toMatchObject({
        code: "limit_reached",
        message: expect.stringContaining("at most 50 live or scheduled"),
      });
      expect(await codeOf(publishNew(owner, content({ replace: true })))).toBe("done");
      const draft = await createDraft(owner, content());
      expect(await codeOf(publish(owner, draft))).toBe("done");
      expect(await codeOf(testToSelf(owner, content()))).toBe("done");
    });

    test("[BC3] what ended before it is published is refused, naming the field", async () => {
      const ended = content({ endsAt: now() - 60_000 });
      await expect(publishNew(owner, ended)).rejects.toMatchObject({
        code: "invalid",
        field: "endsAt",
      });
      const draft = await createDraft(
        owner,
        content({ dismissible: true, endsAt: now() - 60_000 }),
      );
      expect(await codeOf(publish(owner, draft))).toBe("invalid");
    });

    test("a draft goes live, a scheduled one is brought forward, a live one stays", async () => {
      const draft = await createDraft(owner, content({ startsAt: inAnHour() }));
      expect(statusOf(draft, now())).toBe("draft");
      const scheduled = (await publish(owner, draft)).broadcast;
      expect(statusOf(scheduled, now())).toBe("scheduled");
      const brought = (await publish(owner, draft)).broadcast;
      expect(brought).toMatchObject({ startsAt: brought.publishedAt, revision: 1 });
      const again = (await publish(owner, draft)).broadcast;
      expect(again.seq).toBe(brought.seq);
      await clear(owner, draft);
      expect(await codeOf(publish(owner, draft))).toBe("conflict");
    });
  });

  describe("[PUB5] an idempotency key", () => {
    test("used a hundred times at once publishes one broadcast", async () => {
      const ctx = once(owner);
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => publishNew(ctx, content({ message: "Once" }))),
      );
      expect(new Set(answers.map(({ broadcast }) => broadcast.id)).size).toBe(1);
      expect(await live()).toEqual(["Once"]);
    });

    test("is each credential's own, and refused for another request", async () => {
      const ctx = once(owner, "k1");
      const first = await publishNew(ctx, content());
      const other = await publishNew(once(as("publisher"), "k1"), content());
      expect(other.broadcast.id).not.toBe(first.broadcast.id);
      const changed = { ...ctx, idempotency: { ...ctx.idempotency, requestHash: "cd".repeat(32) } };
      expect(await codeOf(publishNew(changed as ServiceContext, content()))).toBe(
        "idempotency_conflict",
      );
    });

    test("is not spent by a refusal", async () => {
      const ctx = once(owner);
      expect(await codeOf(publishNew(ctx, content({ endsAt: now() - 60_000 })))).toBe("invalid");
      expect(await codeOf(publishNew(ctx, content()))).toBe("done");
    });

    test("makes a draft, a copy and an edit one, too", async () => {
      const drafting = once(owner);
      const draft = await createDraft(drafting, content());
      expect((await createDraft(drafting, content())).id).toBe(draft.id);
      const copying = once(owner);
      const copy = await duplicate(copying, draft);
      expect((await duplicate(copying, draft)).id).toBe(copy.id);
      const editing = once(owner);
      const input = { id: draft.id, revision: 1, patch: { message: "Edited" } };
      expect((await edit(editing, input)).broadcast.revision).toBe(2);
      expect((await edit(editing, input)).broadcast.revision).toBe(2);
    });
  });

  describe("editing", () => {
    test("[BC5] shows again when the words change, not when they do not", async () => {
      const { id } = (await publishNew(owner, content())).broadcast;
      const silent = await edit(owner, { id, revision: 1, patch: { priority: "high" } });
      expect(silent.broadcast).toMatchObject({ revision: 2, showFromRevision: 1 });
      const again = await edit(owner, { id, revision: 2, patch: { message: "Six" } });
      expect(again.broadcast).toMatchObject({ revision: 3, showFromRevision: 3 });
      const fixed = await edit(owner, { id, revision: 3, patch: { message: "6", show: "silent" } });
      expect(fixed.broadcast).toMatchObject({ revision: 4, showFromRevision: 3 });
      const history = await revisions(owner, { id });
      expect(history.map(({ revision, showAgain }) => [revision, showAgain])).toEqual([
        [4, false],
        [3, true],
        [2, false],
        [1, true],
      ]);
      expect(history[2]?.content).toMatchObject({ priority: "high", startsAt: null });
    });

    test("of nothing changes nothing", async () => {
      const { id, seq } = (await publishNew(owner, content())).broadcast;
      const same = await edit(owner, { id, revision: 1, patch: { level: "info", title: null } });
      expect(same.broadcast).toMatchObject({ revision: 1, seq });
    });

    test("[BC5] of an outdated revision is refused with what changed, by whom", async () => {
      const { id } = (await publishNew(owner, content())).broadcast;
      await edit(as("publisher"), { id, revision: 1, patch: { message: "Six" } });
      await expect(
        edit(owner, { id, revision: 1, patch: { message: "Seven" } }),
      ).rejects.toMatchObject({
        code: "revision_conflict",
        details: {
          revision: 2,
          changedBy: "publisher",
          changes: [{ field: "message", before: "The kitchen closes at five", after: "Six" }],
        },
      });
    });

    test("[BC3] must leave it consistent, and a live one's start alone", async () => {
      const { id } = (await publishNew(owner, content())).broadcast;
      const one = (patch: object) => codeOf(edit(owner, { id, revision: 1, patch }));
      expect(await one({ dismissible: false })).toBe("invalid");
      expect(await one({ endsAt: now() - 60_000 })).toBe("invalid");
      expect(await one({ startsAt: inAnHour() })).toBe("invalid");
      await clear(owner, { id });
      expect(await one({ message: "Too late" })).toBe("conflict");
    });

    test("[BC6] that makes it replace clears what began before it", async () => {
      await publishNew(owner, content({ message: "Older" }));
      const { id } = (await publishNew(owner, content({ message: "Newer" }))).broadcast;
      await edit(owner, { id, revision: 1, patch: { replace: true } });
      expect(await live()).toEqual(["Newer"]);
    });

    test("[ACK5] a reset shows it again, whatever was dismissed", async () => {
      const { id } = (await publishNew(owner, content())).broadcast;
      const { broadcast } = await reset(owner, { id });
      expect(broadcast).toMatchObject({ revision: 2, showFromRevision: 2 });
      await clear(owner, { id });
      expect(await codeOf(reset(owner, { id }))).toBe("conflict");
    });
  });

  describe("[BC9] taking away and copying", () => {
    test("clearing twice, or what is over, changes nothing", async () => {
      const { broadcast } = await publishNew(owner, content());
      expect((await clear(owner, broadcast)).broadcasts).toHaveLength(1);
      expect((await clear(owner, broadcast)).broadcasts).toHaveLength(0);
      expect(liveIn(composed.workspace)).toEqual([]);
      const draft = await createDraft(owner, content());
      expect(await codeOf(clear(owner, draft))).toBe("conflict");
    });

    test("clearing everything leaves what is scheduled", async () => {
      await publishNew(owner, content({ message: "Now" }));
      await publishNew(owner, content({ message: "Then", startsAt: inAnHour() }));
      const { broadcasts } = await clear(owner, { id: null });
      expect(broadcasts.map(({ message }) => message)).toEqual(["Now"]);
    });

    test("archiving what is live takes it off the screens", async () => {
      const { broadcast } = await publishNew(owner, content());
      const archived = (await archive(owner, broadcast)).broadcast;
      expect(statusOf(archived, now())).toBe("archived");
      expect(liveIn(composed.workspace)).toEqual([]);
      expect((await archive(owner, broadcast)).broadcast.seq).toBe(archived.seq);
    });

    test("a copy is a draft without the times that have passed", async () => {
      const { broadcast } = await publishNew(owner, content({ endsAt: now() + 60_000 }));
      const copy = await duplicate(as("author"), broadcast);
      expect(copy).toMatchObject({
        message: broadcast.message,
        publishedAt: null,
        createdByName: "author",
        endsAt: broadcast.endsAt,
      });
      expect(copy.id).not.toBe(broadcast.id);
    });

    test("a test is seen by its author alone, replaces nothing and counts for nothing", async () => {
      await publishNew(owner, content({ message: "For all" }));
      const before = await creatorStats(owner);
      const { broadcast } = await testToSelf(as("author", "ada"), content({ replace: true }));
      const { feed } = composed.composition;
      const seenBy = (id: string) =>
        feed
          .visibleTo(composed.workspace.id, teamViewer(id), [])
          .map((row) => (row.id === broadcast.id ? "test" : row.message));
      expect(seenBy("ada").sort()).toEqual(["For all", "test"]);
      expect(seenBy("bob")).toEqual(["For all"]);
      expect(broadcast.endsAt).toBe((broadcast.publishedAt ?? 0) + TEST_LASTS_MS);
      expect(limits(owner).current_active_broadcasts).toBe(1);
      expect((await creatorStats(owner)).stats.workspace_broadcasts_today).toBe(
        before.stats.workspace_broadcasts_today,
      );
      const next = await testToSelf(as("author", "ada"), content({ message: "Better" }));
      expect(statusOf(await get(owner, broadcast), now())).toBe("archived");
      expect(await codeOf(publish(owner, next.broadcast))).toBe("conflict");
      expect(await codeOf(clear(as("author", "bob"), next.broadcast))).toBe("forbidden");
      expect(await codeOf(clear(as("author", "ada"), next.broadcast))).toBe("done");
    });
  });

  function teamViewer(id: string) {
    return {
      recipient: `team:${id}`,
      kind: "team",
      subject: id,
      name: id,
      roles: ["author"],
      traits: {},
      locale: null,
    } as const;
  }

  describe("[SEC4] rights", () => {
    test("every verb asks for the role of the table", async () => {
      const { broadcast } = await publishNew(owner, content());
      const { id } = broadcast;
      const draft = await createDraft(owner, content());
      const verbs: [Role, (ctx: ServiceContext) => Promise<unknown>][] = [
        ["viewer", (ctx) => get(ctx, { id })],
        ["viewer", (ctx) => list(ctx, { limit: 1, cursor: null })],
        ["viewer", (ctx) => creatorStats(ctx)],
        ["author", (ctx) => createDraft(ctx, content())],
        ["author", (ctx) => duplicate(ctx, { id })],
        ["author", (ctx) => testToSelf(ctx, content())],
        ["publisher", (ctx) => publishNew(ctx, content())],
        ["publisher", (ctx) => publish(ctx, { id: draft.id })],
        ["publisher", (ctx) => edit(ctx, { id, revision: 1, patch: { priority: "high" } })],
        ["publisher", (ctx) => reset(ctx, { id })],
        ["publisher", (ctx) => clear(ctx, { id })],
        ["publisher", (ctx) => archive(ctx, { id })],
        ["admin", (ctx) => listAudit(ctx, { limit: 1, cursor: null })],
        ["admin", (ctx) => changeSettings(ctx, { stackSize: 1 })],
      ];
      const roles: Role[] = ["viewer", "author", "publisher", "admin", "owner"];
      for (const [lowest, verb] of verbs) {
        const below = roles[roles.indexOf(lowest) - 1];
        if (below) expect(await codeOf(verb(as(below)))).toBe("forbidden");
        expect(await codeOf(verb(as(lowest)))).toBe("done");
      }
    });

    test("an author may edit and archive drafts, not what is published", async () => {
      const draft = await createDraft(as("author"), content());
      const patch = { message: "Better" };
      const edited = await edit(as("author"), { id: draft.id, revision: 1, patch });
      expect(edited.broadcast.revision).toBe(2);
      expect(await codeOf(archive(as("author"), draft))).toBe("done");
      const { id } = (await publishNew(owner, content())).broadcast;
      expect(await codeOf(edit(as("author"), { id, revision: 1, patch }))).toBe("forbidden");
      expect(await codeOf(archive(as("author"), { id }))).toBe("forbidden");
    });

    test("an id of another workspace is not found", async () => {
      const { broadcast } = await publishNew(owner, content());
      const elsewhere = { ...owner, workspace: { ...composed.workspace, id: randomUUID() } };
      expect(await codeOf(get(elsewhere, broadcast))).toBe("not_found");
      expect(await codeOf(clear(elsewhere, broadcast))).toBe("not_found");
      expect(await codeOf(publish(elsewhere, broadcast))).toBe("not_found");
      expect(await codeOf(revisions(elsewhere, broadcast))).toBe("not_found");
    });
  });

  describe("[SEC8] the audit log", () => {
    test("says who did what, before and after, when and from where", async () => {
      const { id } = (await publishNew(owner, content({ message: "A" }))).broadcast;
      await edit(owner, { id, revision: 1, patch: { message: "B" } });
      await clear(as("publisher"), { id });
      const { entries } = await listAudit(owner, { targetId: id, limit: 10, cursor: null });
      expect(entries.map(({ action, actorId }) => [action, actorId])).toEqual([
        ["broadcast.cleared", "publisher"],
        ["broadcast.edited", "owner"],
        ["broadcast.published", "owner"],
      ]);
      expect(entries[1]).toMatchObject({
        before: { message: "A", revision: 1 },
        after: { message: "B", revision: 2 },
        address: "10.0.0.1",
      });
    });

    test("is read page by page, by action and actor", async () => {
      for (let index = 0; index < 5; index += 1) await createDraft(as("author", "eve"), content());
      const filter = { actorId: "eve", action: "broadcast", limit: 2 };
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await listAudit(owner, { ...filter, cursor });
        seen.push(...page.entries.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== null);
      expect(seen).toHaveLength(5);
      expect(new Set(seen).size).toBe(5);
      expect(await codeOf(listAudit(owner, { limit: 2, cursor: "nonsense" }))).toBe("invalid");
    });
  });

  describe("settings", () => {
    test("an address of keys that this server may not ask is refused, in words", async () => {
      const jwksUrl = "https://ada:secret@idp.example.com/keys";
      await expect(changeSettings(owner, { jwksUrl })).rejects.toMatchObject({
        code: "invalid",
        field: "jwksUrl",
        message: expect.not.stringContaining("secret"),
      });
    });

    test("a change is in this worker's feed when it is answered, and audited", async () => {
      const settings = await changeSettings(owner, { timeZone: "Asia/Tokyo", stackSize: 3 });
      expect(settings).toMatchObject({ timeZone: "Asia/Tokyo", stackSize: 3, embedEnabled: true });
      const { feed } = composed.composition;
      expect(feed.workspaceById(composed.workspace.id)?.settings).toEqual(settings);
      const { entries } = await listAudit(owner, { action: "workspace", limit: 1, cursor: null });
      expect(entries[0]).toMatchObject({
        action: "workspace.settings_changed",
        before: { timeZone: "UTC", stackSize: 1 },
        after: { timeZone: "Asia/Tokyo", stackSize: 3 },
      });
      await changeSettings(owner, { timeZone: "UTC", stackSize: 1 });
    });
  });

  describe("figures", () => {
    test("today's broadcasts are counted for the caller and the workspace", async () => {
      const before = (await creatorStats(owner)).stats;
      await publishNew(owner, content());
      await publishNew(as("publisher"), content({ level: "alert" }));
      await createDraft(owner, content());
      const { stats, note } = await creatorStats(owner);
      expect(stats.broadcasts_today).toBe(before.broadcasts_today + 1);
      expect(stats.workspace_broadcasts_today).toBe(before.workspace_broadcasts_today + 2);
      expect(stats.active_broadcast).toMatchObject({ type: "alert" });
      expect(note).toBeUndefined();
    });
  });

  /** Waits for a moment of the database's clock. */
  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
