import { z } from "zod";
import { type WorkspaceSettings, workspaceSettings } from "@/core/api/settings";
import type { Broadcast } from "@/core/broadcast";
import type {
  BroadcastFilter,
  BroadcastStore,
  ChangePosition,
  ChangeTransaction,
  FeedChange,
  FeedSnapshot,
  Position,
  WorkspaceInfo,
} from "@/lib/ports/broadcast-store";
import { encodeCursor, listQuery } from "./broadcast-list";
import { parseRow, type UnknownRow } from "./broadcast-row";
import {
  BEGIN_CHANGE,
  type Counter,
  type KnownAt,
  LIVE_OR_SCHEDULED,
  SqlChangeTransaction,
} from "./change-transaction";
import type { Database } from "./database";
import { isUuid, only, query, type Sql, transaction } from "./sql";

const NOW_MS = "floor(extract(epoch FROM clock_timestamp()) * 1000)::float8";

/** One statement, so one snapshot: rows, settings and secrets as of exactly this position. */
const LOAD_FEED = `
SELECT p.epoch, p.seq::float8 AS seq, p.change_id AS "changeId", ${NOW_MS} AS now,
  (SELECT coalesce(jsonb_agg(to_jsonb(b)), '[]') FROM broadcast b
    WHERE ${LIVE_OR_SCHEDULED}) AS broadcasts,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', w.id, 'slug', w.slug, 'name', w.name,
      'settings', w.settings, 'secrets', (
        SELECT coalesce(jsonb_agg(s.sealed ORDER BY s.created_at DESC, s.id), '[]') FROM (
          SELECT id, sealed, created_at FROM token_secret
          WHERE workspace_id = w.id AND revoked_at IS NULL
          ORDER BY created_at DESC, id LIMIT 2
        ) s)) ORDER BY w.created_at, w.id), '[]')
    FROM workspace w WHERE w.deleted_at IS NULL) AS workspaces
FROM position p WHERE p.id = 1`;

const FINGERPRINT = `
SELECT p.epoch, p.seq::float8 AS seq,
  (SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'seq', b.seq,
    'changeId', b.change_id)), '[]') FROM broadcast b WHERE ${LIVE_OR_SCHEDULED}) AS rows
FROM position p WHERE p.id = 1`;

const workspaceRow = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  settings: z.unknown(),
  secrets: z.array(z.string()),
});

const fingerprintRow = z.object({ id: z.string(), seq: z.number(), changeId: z.string() });

export interface BroadcastStoreOptions {
  /** Opens a sealed token secret; null when it was sealed under another AUTH_SECRET. */
  unseal: (sealed: string) => string | null;
  /** Something stored was not understood and left out; said once for each. */
  onWarning?: (message: string, fields: Record<string, unknown>) => void;
  /** A position that was committed for certain: what lies before it is another history. */
  reached?: () => Position | null;
  /** Spares reading what memory has. Default: it has nothing. */
  knownAt?: KnownAt;
}

/** [DEG9], [PUB1], [PUB6]: the record of broadcasts in PostgreSQL. */
export class PrismaBroadcastStore implements BroadcastStore {
  readonly #database: Database;
  readonly #options: BroadcastStoreOptions;
  /** Change ids of live rows that were not understood: no part of any fingerprint. */
  #unknown = new Set<string>();
  readonly #warned = new Set<string>();
  #underWay = 0;

  constructor(database: Database, options: BroadcastStoreOptions) {
    this.#database = database;
    this.#options = options;
  }

  /** Transactions of `change` that have begun, or wait to, and have not ended. */
  get changesUnderWay(): number {
    return this.#underWay;
  }

  async loadFeed(): Promise<FeedSnapshot> {
    const loaded = only(
      await this.#query<
        ChangePosition & { now: number; broadcasts: unknown[]; workspaces: unknown[] }
      >(LOAD_FEED),
    );
    const { known, unknown } = sortOut(loaded.broadcasts);
    this.#unknown = new Set(unknown.map((row) => row.changeId));
    this.#warnOf(unknown);
    return {
      epoch: loaded.epoch,
      seq: loaded.seq,
      changeId: loaded.changeId,
      now: loaded.now,
      broadcasts: known,
      workspaces: loaded.workspaces.map((row) => this.#workspace(row)),
    };
  }

  async position(): Promise<ChangePosition & { now: number }> {
    return only(
      await this.#query<ChangePosition & { now: number }>(
        `SELECT epoch, seq::float8 AS seq, change_id AS "changeId", ${NOW_MS} AS now
         FROM position WHERE id = 1`,
      ),
    );
  }

  async fingerprint(): ReturnType<BroadcastStore["fingerprint"]> {
    const found = only(await this.#query<Position & { rows: unknown[] }>(FINGERPRINT));
    const rows = found.rows.map((row) => fingerprintRow.parse(row));
    return {
      epoch: found.epoch,
      seq: found.seq,
      rows: rows.filter((row) => !this.#unknown.has(row.changeId)),
    };
  }

  async renewEpoch(from: string): Promise<void> {
    await this.#query(
      "UPDATE position SET epoch = gen_random_uuid() WHERE id = 1 AND epoch::text = $1",
      [from],
    );
  }

  async change<T>(
    work: (tx: ChangeTransaction) => Promise<T>,
  ): Promise<{ result: T; change: FeedChange }> {
    this.#underWay += 1;
    try {
      return await this.#changeWith(work);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #changeWith<T>(
    work: (tx: ChangeTransaction) => Promise<T>,
  ): Promise<{ result: T; change: FeedChange }> {
    return transaction(
      this.#database.pool,
      async (sql, begun) => {
        const counter = await this.#inOneHistory(sql, only(begun as Counter[]));
        const tx = this.#transaction(sql, counter);
        const result = await work(tx);
        await tx.flush();
        return { result, change: tx.change() };
      },
      BEGIN_CHANGE,
    );
  }

  async find(workspaceId: string, id: string): Promise<Broadcast | null> {
    if (!isUuid(id)) return null;
    const rows = await this.#query<{ row: unknown }>(
      "SELECT to_jsonb(b) AS row FROM broadcast b WHERE b.workspace_id = $1 AND b.id = $2",
      [workspaceId, id],
    );
    return this.#parse(rows)[0] ?? null;
  }

  async list(
    filter: BroadcastFilter,
    page: { limit: number; cursor: string | null },
  ): Promise<{ broadcasts: Broadcast[]; next: string | null }> {
    const { text, values } = listQuery(filter, page);
    const rows = await this.#query<{ row: unknown; created_at: Date; id: string }>(text, values);
    const last = rows.length > page.limit ? rows[page.limit - 1] : undefined;
    return {
      broadcasts: this.#parse(rows.slice(0, page.limit)),
      next: last ? encodeCursor({ createdAt: last.created_at.getTime(), id: last.id }) : null,
    };
  }

  async countPublished(
    workspaceId: string,
    authorId: string | null,
    since: number,
  ): Promise<{ workspace: number; byAuthor: number }> {
    return only(
      await this.#query<{ workspace: number; byAuthor: number }>(
        `SELECT count(*)::int AS workspace,
           (count(*) FILTER (WHERE created_by_id = $2))::int AS "byAuthor"
         FROM broadcast WHERE workspace_id = $1 AND published_at >= $3
           AND NOT coalesce(jsonb_exists(audience, 'only'), false)`,
        [workspaceId, authorId, new Date(since)],
      ),
    );
  }

  /**
   * Nobody else can commit while this transaction has the counter, so a counter below a position
   * that was seen committed is of a restored backup. Left alone it would grow past that position,
   * and the lost changes pass for known ones.
   */
  async #inOneHistory(sql: Sql, counter: Counter): Promise<Counter> {
    const reached = this.#options.reached?.() ?? null;
    if (reached?.epoch !== counter.epoch || reached.seq <= counter.seq) return counter;
    const { epoch } = only(
      await sql.query<{ epoch: string }>(
        "UPDATE position SET epoch = gen_random_uuid() WHERE id = 1 RETURNING epoch",
      ),
    );
    return { ...counter, epoch };
  }

  #transaction(sql: Sql, counter: Counter): SqlChangeTransaction {
    const { knownAt = () => null } = this.#options;
    return new SqlChangeTransaction(sql, counter, (rows) => this.#parse(rows), knownAt);
  }

  #query<Row extends object>(text: string, values?: unknown[]): Promise<Row[]> {
    return query<Row>(this.#database.pool, text, values);
  }

  #parse(rows: readonly { row: unknown }[]): Broadcast[] {
    const { known, unknown } = sortOut(rows.map(({ row }) => row));
    this.#warnOf(unknown);
    return known;
  }

  #workspace(row: unknown): WorkspaceInfo {
    const { id, slug, name, settings, secrets } = workspaceRow.parse(row);
    return {
      ...{ id, slug, name },
      settings: this.#settings(id, settings),
      tokenSecrets: secrets.flatMap((sealed) => {
        const secret = this.#options.unseal(sealed);
        if (secret === null) this.#warn(`secret ${id}`, "A token secret cannot be opened.", { id });
        return secret ?? [];
      }),
    };
  }

  /** What is not understood takes its default, setting by setting: the others still count. */
  #settings(workspaceId: string, stored: unknown): WorkspaceSettings {
    const parsed = workspaceSettings.safeParse(stored);
    if (parsed.success) return parsed.data;
    const broken = new Set(parsed.error.issues.map((issue) => String(issue.path[0])));
    this.#warn(`settings ${workspaceId} ${[...broken]}`, "Settings were not understood.", {
      workspaceId,
      settings: [...broken],
    });
    const kept = Object.entries(stored ?? {}).filter(([key]) => !broken.has(key));
    return workspaceSettings.catch(workspaceSettings.parse({})).parse(Object.fromEntries(kept));
  }

  #warnOf(unknown: readonly UnknownRow[]): void {
    for (const row of unknown) {
      this.#warn(row.changeId, "A broadcast of a newer version is shown to nobody.", { ...row });
    }
  }

  #warn(key: string, message: string, fields: Record<string, unknown>): void {
    if (this.#warned.has(key)) return;
    if (this.#warned.size >= MAX_WARNED) this.#warned.clear();
    this.#warned.add(key);
    this.#options.onWarning?.(message, fields);
  }
}

/** Warnings remembered as given. */
const MAX_WARNED = 1_000;

function sortOut(rows: readonly unknown[]): { known: Broadcast[]; unknown: UnknownRow[] } {
  const parsed = rows.map(parseRow);
  return {
    known: parsed.flatMap((row) => ("broadcast" in row ? row.broadcast : [])),
    unknown: parsed.flatMap((row) => ("unknown" in row ? row.unknown : [])),
  };
}
