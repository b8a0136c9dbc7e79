import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Broadcast, isLiveOrScheduled, STATUSES, statusOf } from "@/core/broadcast";
import { isAppError } from "@/core/errors";
import { PrismaBroadcastStore } from "@/lib/adapters/prisma/broadcast-store";
import type { Database } from "@/lib/adapters/prisma/database";
import type {
  BroadcastDraft,
  ChangePosition,
  ControlEntry,
  FeedChange,
} from "@/lib/ports/broadcast-store";
import { aDraft, aWorkspace, ENGINES, type TestDatabase } from "../support/databases";

const HOUR = 3_600_000;

/** What every record of broadcasts must hold to, whichever engine is under it. */
export function broadcastStoreContract(engine: keyof typeof ENGINES): void {
  describe(`broadcast store on ${engine}`, () => {
    let opened: TestDatabase;
    let database: Database;
    let store: PrismaBroadcastStore;
    const warnings: string[] = [];

    beforeAll(async () => {
      opened = await ENGINES[engine]();
      database = opened.database;
      store = new PrismaBroadcastStore(database, {
        unseal: (sealed) => (sealed.startsWith("sealed:") ? sealed.slice(7) : null),
        onWarning: (message) => warnings.push(message),
      });
    });
    afterAll(() => opened?.close());

    const insert = async (draft: (now: number) => BroadcastDraft): Promise<Broadcast> =>
      (await store.change((tx) => tx.insert(draft(tx.now)))).result;

    describe("changing", () => {
      test("[PUB6] positions follow commit order without gaps, past rolled-back changes", async () => {
        const workspaceId = await aWorkspace(database);
        const before = await store.position();
        const committed: FeedChange[] = [];
        await Promise.all(
          Array.from({ length: 200 }, async (_, i) => {
            const work = () =>
              store.change(async (tx) => {
                await tx.insert(aDraft(workspaceId, tx.now));
                if (i % 10 === 0) throw new Error("changed its mind");
              });
            const done = await untilAvailable(work).catch(() => null);
            if (done) committed.push(done.change);
          }),
        );
        const after = await store.position();
        expect(committed).toHaveLength(180);
        expect(after.seq).toBe(before.seq + 180);
        const ordered = committed.toSorted((a, b) => a.from - b.from);
        expect(ordered.map((change) => change.from)).toEqual(
          Array.from({ length: 180 }, (_, i) => before.seq + i),
        );
        expect(ordered.every((change) => change.to === change.from + 1)).toBe(true);
        const times = ordered.map((change) => change.broadcasts[0]?.publishedAt ?? 0);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
      });

      test("[PUB6] what was written is what is read, with its position and a new change id", async () => {
        const workspaceId = await aWorkspace(database);
        const written = await insert((now) =>
          aDraft(workspaceId, now, {
            level: "alert",
            title: "Störung — 'quoted' \\ \"double\"",
            message: "100 % of 𝒷anners 🎉\nsecond line",
            action: { label: "Read", url: "/status?a=1&b=2" },
            audience: { traits: [{ trait: "plan", op: "one_of", value: ["pro", 3, true] }] },
            paths: ["/app*", "!/app/settings"],
            translations: {
              fr: { title: null, message: "Panne" },
              "de-AT": { actionLabel: "Los" },
            },
            startsAt: now + 1,
            endsAt: now + HOUR,
            createdById: null,
          }),
        );
        expect(await store.find(workspaceId, written.id)).toEqual(written);
        const { result: updated, change } = await store.change((tx) =>
          tx.update({ ...written, revision: 2, message: "Fixed", action: null }),
        );
        expect(updated.seq).toBe(written.seq + 1);
        expect(updated.changeId).not.toBe(written.changeId);
        expect(change).toMatchObject({ from: written.seq, to: updated.seq, broadcasts: [updated] });
        expect(await store.find(workspaceId, written.id)).toEqual(updated);
      });

      test("reads inside a transaction see what it wrote, and are of one workspace", async () => {
        const workspaceId = await aWorkspace(database);
        const other = await aWorkspace(database);
        const elsewhere = await insert((now) => aDraft(other, now));
        const { change } = await store.change(async (tx) => {
          const first = await tx.insert(aDraft(workspaceId, tx.now));
          expect(await tx.find(workspaceId, first.id)).toEqual(first);
          expect(await tx.liveOrScheduled(workspaceId)).toEqual([first]);
          expect(await tx.find(workspaceId, elsewhere.id)).toBeNull();
          expect(await tx.find(workspaceId, "not-a-uuid")).toBeNull();
          const cleared = await tx.update({
            ...first,
            clearedAt: tx.now,
            clearedReason: "cleared",
          });
          expect(await tx.liveOrScheduled(workspaceId)).toEqual([]);
          expect(cleared.seq).toBe(first.seq + 1);
        });
        expect(change.to).toBe(change.from + 2);
        expect(change.broadcasts).toHaveLength(1);
      });

      test("[PUB6] what memory has of exactly this position is not read again", async () => {
        const workspaceId = await aWorkspace(database);
        const memory: { position: ChangePosition; rows: Broadcast[] } = {
          position: await store.position(),
          rows: [],
        };
        const asked: ChangePosition[] = [];
        const remembering = new PrismaBroadcastStore(database, {
          unseal: () => null,
          knownAt: (position) => {
            asked.push(position);
            const { epoch, seq, changeId } = memory.position;
            const isHere = position.seq === seq && position.changeId === changeId;
            return isHere && position.epoch === epoch ? memory.rows : null;
          },
        });
        const current = async () =>
          (await remembering.change((tx) => tx.liveOrScheduled(workspaceId))).result;
        const live = await insert((now) => aDraft(workspaceId, now));
        // Memory has not come as far.
        expect(await current()).toEqual([live]);
        const over = { startsAt: live.createdAt - 2, endsAt: live.createdAt - 1 };
        const later = { ...live, id: randomUUID(), createdAt: live.createdAt + 1 };
        memory.position = await store.position();
        memory.rows = [later, { ...live, ...over, id: randomUUID() }, live];
        expect(asked.at(-1)).toMatchObject({ seq: memory.position.seq });
        // In the order of rows, without what has ended: and the database has no such rows.
        expect(await current()).toEqual([live, later]);
        const seenAfterWriting = await remembering.change(async (tx) => {
          const added = await tx.insert(aDraft(workspaceId, tx.now));
          expect(await tx.liveOrScheduled(workspaceId)).toEqual([live, added]);
        });
        expect(seenAfterWriting.change.broadcasts).toHaveLength(1);
      });

      test("control entries take positions of the same counter", async () => {
        const workspaceId = await aWorkspace(database);
        const entry: Omit<ControlEntry, "seq"> = { workspaceId, kind: "member", subject: "u1" };
        const { change } = await store.change(async (tx) => {
          await tx.control(entry);
          await tx.insert(aDraft(workspaceId, tx.now));
          await tx.control({ ...entry, kind: "api_key", workspaceId: null });
        });
        expect(change.control.map(({ seq }) => seq - change.from)).toEqual([1, 3]);
        expect(change.broadcasts[0]?.seq).toBe(change.from + 2);
        const rows = await database.prisma.controlEntry.findMany({
          where: { seq: { in: change.control.map(({ seq }) => BigInt(seq)) } },
        });
        expect(rows).toHaveLength(2);
      });

      test("a change that writes no row moves no position", async () => {
        const workspaceId = await aWorkspace(database);
        const { change } = await store.change(async (tx) => {
          await tx.audit(anAudit(workspaceId, "settings.read"));
          return tx.liveOrScheduled(workspaceId);
        });
        expect(change.to).toBe(change.from);
        expect(change.broadcasts).toEqual([]);
      });

      test("[PUB6] a position tells which change it is of, for as long as it stays", async () => {
        const workspaceId = await aWorkspace(database);
        const insert = () =>
          store.change(async (tx) => {
            await tx.insert(aDraft(workspaceId, tx.now));
            // Reads write what was kept back: one change, in two statements.
            await tx.liveOrScheduled(workspaceId);
            await tx.insert(aDraft(workspaceId, tx.now));
          });
        const first = (await insert()).change;
        expect(await store.position()).toMatchObject({ changeId: first.changeId });
        await store.change((tx) => tx.audit(anAudit(workspaceId, "settings.read")));
        expect(await store.loadFeed()).toMatchObject({ seq: first.to, changeId: first.changeId });
        const second = (await insert()).change;
        expect(second.changeId).not.toBe(first.changeId);
        expect(second.fromChangeId).toBe(first.changeId);
        expect(await store.position()).toMatchObject({ changeId: second.changeId });
      });

      test("[SEC8] audit entries commit with the change, in order, and not without it", async () => {
        const workspaceId = await aWorkspace(database);
        await store.change(async (tx) => {
          for (const action of ["a.first", "a.second", "a.third"]) {
            await tx.audit({ ...anAudit(workspaceId, action), before: { at: action } });
          }
        });
        const failed = store.change(async (tx) => {
          await tx.audit(anAudit(workspaceId, "a.undone"));
          await tx.liveOrScheduled(workspaceId);
          throw new Error("no");
        });
        await expect(failed).rejects.toThrow("no");
        const entries = await database.prisma.auditEntry.findMany({
          where: { workspaceId },
          orderBy: { id: "asc" },
        });
        expect(entries.map(({ action }) => action)).toEqual(["a.first", "a.second", "a.third"]);
        expect(entries[0]).toMatchObject({ before: { at: "a.first" }, after: null });
      });

      test("[BC5] revisions keep what was said", async () => {
        const workspaceId = await aWorkspace(database);
        const { result } = await store.change(async (tx) => {
          const written = await tx.insert(aDraft(workspaceId, tx.now, { message: "First" }));
          await tx.addRevision(written, true, "Ada");
          const edited = await tx.update({ ...written, revision: 2, message: "Second" });
          await tx.addRevision(edited, false, "Bob");
          return edited;
        });
        const revisions = await database.prisma.broadcastRevision.findMany({
          where: { broadcastId: result.id },
          orderBy: { revision: "asc" },
        });
        expect(revisions).toMatchObject([
          { revision: 1, showAgain: true, byName: "Ada", content: { message: "First" } },
          { revision: 2, showAgain: false, byName: "Bob", content: { message: "Second" } },
        ]);
      });

      test("[PUB5] an answer is kept in the change's own transaction, for one credential", async () => {
        const workspaceId = await aWorkspace(database);
        const key = randomUUID();
        const answer = { requestHash: "ab".repeat(32), status: 201, response: { id: [1, null] } };
        const undone = store.change(async (tx) => {
          await tx.keepAnswer("user:1", key, answer);
          await tx.insert({ ...aDraft(workspaceId, tx.now), workspaceId: "there is none" });
        });
        await expect(undone).rejects.toMatchObject({ code: "not_found" });
        await store.change(async (tx) => {
          expect(await tx.findAnswer("user:1", key)).toBeNull();
          await tx.keepAnswer("user:1", key, answer);
          expect(await tx.findAnswer("user:1", key)).toEqual(answer);
        });
        await store.change(async (tx) => {
          expect(await tx.findAnswer("user:1", key)).toEqual(answer);
          expect(await tx.findAnswer("key:1", key)).toBeNull();
        });
        const again = store.change((tx) => tx.keepAnswer("user:1", key, answer));
        await expect(again).rejects.toMatchObject({ code: "idempotency_conflict" });
      });

      test("[PUB5] an answer older than 24 hours is forgotten", async () => {
        const key = randomUUID();
        const answer = { requestHash: "cd".repeat(32), status: 200, response: null };
        await store.change((tx) => tx.keepAnswer("user:1", key, { ...answer, status: 418 }));
        await database.pool.query(
          "UPDATE idempotency_key SET created_at = now() - interval '25 hours' WHERE key = $1",
          [key],
        );
        await store.change(async (tx) => {
          expect(await tx.findAnswer("user:1", key)).toBeNull();
          await tx.keepAnswer("user:1", key, answer);
          expect(await tx.findAnswer("user:1", key)).toEqual(answer);
        });
      });

      test("updating what is not there, or is elsewhere, is not found and undoes the rest", async () => {
        const workspaceId = await aWorkspace(database);
        const other = await aWorkspace(database);
        const written = await insert((now) => aDraft(other, now));
        const before = await store.position();
        for (const missing of [aDraft(workspaceId, before.now), { ...written, workspaceId }]) {
          const work = store.change(async (tx) => {
            await tx.insert(aDraft(workspaceId, tx.now));
            await tx.update(missing);
          });
          await expect(work).rejects.toMatchObject({ code: "not_found" });
        }
        expect(await store.position()).toMatchObject({ seq: before.seq });
        expect((await store.list({ workspaceId }, { limit: 5, cursor: null })).broadcasts).toEqual(
          [],
        );
      });

      test("what the database cannot hold is invalid, not a failure", async () => {
        const workspaceId = await aWorkspace(database);
        const nul = insert((now) => aDraft(workspaceId, now, { message: "a\u0000b" }));
        await expect(nul).rejects.toMatchObject({ code: "invalid" });
      });

      test("a failure that was swallowed does not look like a commit", async () => {
        const workspaceId = await aWorkspace(database);
        const work = store.change(async (tx) => {
          await tx.insert({ ...aDraft(workspaceId, tx.now), workspaceId: "there is none" });
          await tx.liveOrScheduled(workspaceId).catch(() => []);
        });
        await expect(work).rejects.toMatchObject({ code: "internal" });
      });

      test("[PUB1] a change that cannot have the counter in 2 s is unavailable, and nothing is done", async () => {
        const workspaceId = await aWorkspace(database);
        const before = await store.position();
        const blocker = new Client({ connectionString: opened.url });
        await blocker.connect();
        await blocker.query("BEGIN");
        await blocker.query("SELECT seq FROM position WHERE id = 1 FOR UPDATE");
        const startedAt = performance.now();
        const work = store.change((tx) => tx.insert(aDraft(workspaceId, tx.now)));
        await expect(work).rejects.toMatchObject({ code: "unavailable", retryAfterS: 2 });
        const took = performance.now() - startedAt;
        await blocker.query("ROLLBACK");
        await blocker.end();
        expect(took).toBeGreaterThan(1_900);
        expect(took).toBeLessThan(5_000);
        expect(await store.position()).toMatchObject({ seq: before.seq });
        await expect(insert((now) => aDraft(workspaceId, now))).resolves.toBeDefined();
      });

      test("a transaction left open without a word is ended by the database", async () => {
        const idle = new Client({
          connectionString: opened.url,
          idle_in_transaction_session_timeout: 300,
        });
        const gone = new Promise<void>((resolve) => idle.on("error", () => resolve()));
        await idle.connect();
        await idle.query("BEGIN");
        await idle.query("SELECT seq FROM position WHERE id = 1 FOR UPDATE");
        await gone;
        await expect(store.change((tx) => tx.find("w", randomUUID()))).resolves.toBeDefined();
      });
    });

    describe("the feed", () => {
      test("holds what is live or scheduled, settings and secrets, at one position", async () => {
        const workspaceId = await aWorkspace(database, { stackSize: 2 });
        for (const [i, sealed] of ["sealed:old", "sealed:new", "broken", "sealed:no"].entries()) {
          await database.prisma.tokenSecret.create({
            data: {
              workspaceId,
              sealed,
              createdAt: new Date(1_000 * i),
              revokedAt: sealed === "sealed:no" || sealed === "sealed:old" ? new Date() : null,
            },
          });
        }
        const kept: Broadcast[] = [];
        const { change } = await store.change(async (tx) => {
          const { now } = tx;
          kept.push(await tx.insert(aDraft(workspaceId, now)));
          kept.push(await tx.insert(aDraft(workspaceId, now, { startsAt: now + HOUR })));
          kept.push(await tx.insert(aDraft(workspaceId, now, { endsAt: now + HOUR })));
          await tx.insert(aDraft(workspaceId, now, { publishedAt: null }));
          await tx.insert(aDraft(workspaceId, now, { endsAt: now - 1 }));
          await tx.insert(aDraft(workspaceId, now, { archivedAt: now }));
          await tx.insert(aDraft(workspaceId, now, { clearedAt: now, clearedReason: "replaced" }));
        });
        const feed = await store.loadFeed();
        expect(feed).toMatchObject({ epoch: change.epoch, seq: change.to });
        const mine = feed.broadcasts.filter((broadcast) => broadcast.workspaceId === workspaceId);
        expect(mine.toSorted(bySeq)).toEqual(kept);
        const workspace = feed.workspaces.find(({ id }) => id === workspaceId);
        expect(workspace).toMatchObject({ slug: workspaceId, name: "Test" });
        expect(workspace?.settings).toMatchObject({ stackSize: 2, timeZone: "UTC" });
        expect(workspace?.tokenSecrets).toEqual(["new"]);
        expect(warnings).toContain("A token secret cannot be opened.");

        const fingerprint = await store.fingerprint();
        expect(fingerprint).toMatchObject({ epoch: feed.epoch, seq: feed.seq });
        expect(fingerprint.rows.length).toBe(feed.broadcasts.length);
        const [first] = kept;
        expect(fingerprint.rows).toContainEqual({
          id: first?.id,
          seq: first?.seq,
          changeId: first?.changeId,
        });
      });

      test("[BC6] holds what has ended while its start, that replaces others, is not written down", async () => {
        const workspaceId = await aWorkspace(database);
        const { result: owing } = await store.change(async (tx) => {
          const started = {
            replace: true,
            publishedAt: tx.now - 9 * HOUR,
            startsAt: tx.now - 2 * HOUR,
          };
          const over = { ...started, endsAt: tx.now - HOUR };
          const found = await tx.insert(aDraft(workspaceId, tx.now, over));
          expect(isLiveOrScheduled(found, tx.now)).toBe(true);
          for (const none of [
            { replace: false },
            { wentLiveAt: tx.now - 2 * HOUR },
            { endsAt: over.startsAt },
            { startsAt: null },
          ]) {
            const other = await tx.insert(aDraft(workspaceId, tx.now, { ...over, ...none }));
            expect(isLiveOrScheduled(other, tx.now)).toBe(false);
          }
          const longAgo = tx.now - 8 * 24 * HOUR;
          await tx.insert(
            aDraft(workspaceId, tx.now, { ...over, startsAt: longAgo - HOUR, endsAt: longAgo }),
          );
          expect(await tx.liveOrScheduled(workspaceId)).toEqual([found]);
          return found;
        });
        const held = async () => {
          const { broadcasts } = await store.loadFeed();
          return broadcasts.filter((row) => row.workspaceId === workspaceId);
        };
        expect(await held()).toEqual([owing]);
        expect((await store.fingerprint()).rows.map(({ id }) => id)).toContain(owing.id);
        await store.change((tx) => tx.update({ ...owing, wentLiveAt: tx.now }));
        expect(await held()).toEqual([]);
      });

      test("tells the database's clock", async () => {
        const { rows } = await database.pool.query<{ now: Date }>(
          "SELECT clock_timestamp() AS now",
        );
        const { now } = await store.position();
        expect(Math.abs(now - (rows[0]?.now.getTime() ?? 0))).toBeLessThan(1_000);
        expect(Number.isInteger(now)).toBe(true);
      });

      test("[DEG9] what this version does not know is shown to nobody, and said once", async () => {
        const workspaceId = await aWorkspace(database);
        const known = await insert((now) => aDraft(workspaceId, now));
        const strange = await insert((now) => aDraft(workspaceId, now));
        await database.pool.query("UPDATE broadcast SET level = 'whisper' WHERE id = $1", [
          strange.id,
        ]);
        const count = () => warnings.filter((text) => text.includes("newer version")).length;
        const before = count();
        for (let i = 0; i < 2; i++) {
          const feed = await store.loadFeed();
          const mine = feed.broadcasts.filter((row) => row.workspaceId === workspaceId);
          expect(mine).toEqual([known]);
          expect((await store.fingerprint()).rows.length).toBe(feed.broadcasts.length);
        }
        expect(await store.find(workspaceId, strange.id)).toBeNull();
        expect(count()).toBe(before + 1);
      });

      test("[DEG9] an audience of a newer version is handed on as it is, to match nobody", async () => {
        const workspaceId = await aWorkspace(database);
        const row = await insert((now) => aDraft(workspaceId, now));
        await database.pool.query(
          `UPDATE broadcast SET audience = '{"moonPhase":"full"}' WHERE id = $1`,
          [row.id],
        );
        const found = await store.find(workspaceId, row.id);
        expect(found?.audience).toEqual({ moonPhase: "full" });
      });

      test("[DEG9] a setting that is not understood takes its default, the others stand", async () => {
        const id = await aWorkspace(database, { stackSize: 99, timeZone: "Europe/Vienna" });
        const { workspaces } = await store.loadFeed();
        const settings = workspaces.find((workspace) => workspace.id === id)?.settings;
        expect(settings).toMatchObject({ stackSize: 1, timeZone: "Europe/Vienna" });
      });

      test("[PUB6] a new epoch is given once, whoever asks", async () => {
        const { epoch } = await store.position();
        await Promise.all([store.renewEpoch(epoch), store.renewEpoch(epoch)]);
        const renewed = (await store.position()).epoch;
        expect(renewed).not.toBe(epoch);
        await store.renewEpoch(epoch);
        expect((await store.position()).epoch).toBe(renewed);
      });

      test("[PUB6] the first change after a restored backup begins an epoch, the next does not", async () => {
        const workspaceId = await aWorkspace(database);
        const before = await store.position();
        const worker = new PrismaBroadcastStore(database, {
          unseal: () => null,
          reached: () => ({ epoch: before.epoch, seq: before.seq + 20 }),
        });
        const write = () => worker.change((tx) => tx.insert(aDraft(workspaceId, tx.now)));
        const first = (await write()).change;
        expect(first.epoch).not.toBe(before.epoch);
        expect(first.to).toBe(before.seq + 1);
        const second = (await write()).change;
        expect(second).toMatchObject({ epoch: first.epoch, from: first.to });
        expect(await store.position()).toMatchObject({ epoch: first.epoch, seq: second.to });
      });
    });

    describe("lists", () => {
      test("newest first, page by page, also where times are equal", async () => {
        const workspaceId = await aWorkspace(database);
        const { result: written } = await store.change(async (tx) => {
          const rows: Broadcast[] = [];
          for (let i = 0; i < 7; i++) {
            const createdAt = tx.now - Math.floor(i / 3) * 1_000;
            rows.push(await tx.insert(aDraft(workspaceId, tx.now, { createdAt })));
          }
          return rows;
        });
        const listed: Broadcast[] = [];
        let cursor: string | null = null;
        let pages = 0;
        do {
          const page = await store.list({ workspaceId }, { limit: 3, cursor });
          listed.push(...page.broadcasts);
          cursor = page.next;
          pages += 1;
          // Newer ones that come meanwhile do not shift the pages.
          await insert((now) => aDraft(workspaceId, now + HOUR, { createdAt: now + HOUR }));
        } while (cursor !== null);
        expect(pages).toBe(3);
        const expected = written.toSorted(
          (a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1),
        );
        expect(listed).toEqual(expected);
      });

      test("[BC2] by status, as the pure function says it", async () => {
        const workspaceId = await aWorkspace(database);
        await store.change(async (tx) => {
          const { now } = tx;
          for (const publishedAt of [null, now - HOUR, now + HOUR]) {
            for (const startsAt of [null, now - HOUR / 2, now + HOUR]) {
              for (const endsAt of [null, now - HOUR / 4, now + 2 * HOUR]) {
                for (const clearedAt of [null, now]) {
                  for (const archivedAt of [null, now]) {
                    const times = { publishedAt, startsAt, endsAt, clearedAt, archivedAt };
                    await tx.insert(aDraft(workspaceId, now, times));
                  }
                }
              }
            }
          }
        });
        const { now } = await store.position();
        const all = await store.list({ workspaceId }, { limit: 200, cursor: null });
        expect(all.broadcasts).toHaveLength(108);
        for (const status of STATUSES) {
          const page = { limit: 200, cursor: null };
          const found = await store.list({ workspaceId, status: [status] }, page);
          const expected = all.broadcasts.filter((row) => statusOf(row, now) === status);
          expect(found.broadcasts).toEqual(expected);
        }
        const none = { limit: 200, cursor: null };
        expect((await store.list({ workspaceId, status: ["bogus"] }, none)).broadcasts).toEqual([]);
      });

      test("by level, author and words, which are taken literally", async () => {
        const workspaceId = await aWorkspace(database);
        const { result: rows } = await store.change(async (tx) => [
          await tx.insert(aDraft(workspaceId, tx.now, { message: "100% done", level: "alert" })),
          await tx.insert(aDraft(workspaceId, tx.now, { message: "1000 done", title: "ÄRGER_x" })),
          await tx.insert(aDraft(workspaceId, tx.now, { message: "a\\b", createdById: "bob" })),
        ]);
        const ids = async (filter: object) => {
          const page = { limit: 10, cursor: null };
          const { broadcasts } = await store.list({ workspaceId, ...filter }, page);
          return broadcasts.map(({ id }) => rows.findIndex((row) => row.id === id)).toSorted();
        };
        expect(await ids({ search: "100%" })).toEqual([0]);
        expect(await ids({ search: "DONE 1000" })).toEqual([1]);
        expect(await ids({ search: "r_X" })).toEqual([1]);
        expect(await ids({ search: "\\" })).toEqual([2]);
        expect(await ids({ search: "  " })).toEqual([0, 1, 2]);
        expect(await ids({ level: ["alert"] })).toEqual([0]);
        expect(await ids({ createdById: "bob" })).toEqual([2]);
        expect(await ids({ level: ["info"], createdById: "author" })).toEqual([1]);
      });

      test("a cursor that is none of ours is invalid", async () => {
        const workspaceId = await aWorkspace(database);
        for (const cursor of ["", "x", Buffer.from('["a",1]').toString("base64url")]) {
          const listing = store.list({ workspaceId }, { limit: 1, cursor });
          await expect(listing).rejects.toMatchObject({ code: "invalid", field: "cursor" });
        }
      });

      test("[SEC4] of one workspace only", async () => {
        const workspaceId = await aWorkspace(database);
        const other = await aWorkspace(database);
        const row = await insert((now) => aDraft(other, now));
        expect(await store.find(workspaceId, row.id)).toBeNull();
        expect(await store.find(other, row.id)).toEqual(row);
        const page = { limit: 10, cursor: null };
        expect((await store.list({ workspaceId }, page)).broadcasts).toEqual([]);
      });

      test("counts what was published since a time, in all and by an author", async () => {
        const workspaceId = await aWorkspace(database);
        const now = (await store.position()).now;
        for (const [createdById, publishedAt] of [
          ["ada", now],
          ["ada", now - HOUR],
          ["bob", now],
          ["bob", null],
        ] as const) {
          await insert(() => aDraft(workspaceId, now, { createdById, publishedAt }));
        }
        const since = now - 1_000;
        const ada = await store.countPublished(workspaceId, "ada", since);
        expect(ada).toEqual({ workspace: 2, byAuthor: 1 });
        const nobody = await store.countPublished(workspaceId, null, since);
        expect(nobody).toEqual({ workspace: 2, byAuthor: 0 });
      });
    });
  });
}

/** On a busy machine some of many wait too long: that is no failure, as long as nothing is done. */
async function untilAvailable<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isAppError(error) || error.code !== "unavailable") throw error;
    }
  }
}

function bySeq(a: Broadcast, b: Broadcast): number {
  return a.seq - b.seq;
}

function anAudit(workspaceId: string, action: string) {
  return {
    workspaceId,
    actorKind: "user" as const,
    actorId: "u1",
    actorName: "Ada",
    action,
    targetKind: "broadcast",
    targetId: "b1",
    address: null,
  };
}
