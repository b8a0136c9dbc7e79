import { randomUUID } from "node:crypto";
import { type Broadcast, isLiveOrScheduled } from "@/core/broadcast";
import { AppError } from "@/core/errors";
import type {
  AuditInput,
  BroadcastDraft,
  ChangePosition,
  ChangeTransaction,
  ControlEntry,
  FeedChange,
  IdempotentAnswer,
} from "@/lib/ports/broadcast-store";
import type { IdentityTransaction } from "@/lib/ports/identity-store";
import { COLUMNS, toRow } from "./broadcast-row";
import { SqlIdentityTransaction } from "./identity-transaction";
import { isUuid, only, type Sql } from "./sql";

/** For how long an answer is given again ([PUB5]). */
const ANSWER_TTL = "24 hours";

/**
 * Takes the counter row, and only then looks at the clock: `now` grows with the position.
 * Two statements in one message, so BEGIN costs no round trip of its own.
 */
export const BEGIN_CHANGE = `BEGIN;
WITH counter AS (SELECT epoch, seq, change_id FROM position WHERE id = 1 FOR UPDATE)
SELECT epoch, seq::float8 AS seq, change_id AS "changeId",
  floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now
FROM counter`;

export interface Counter extends ChangePosition {
  now: number;
}

/** What memory has of a workspace at exactly this position; null where it is elsewhere. */
export type KnownAt = (
  position: ChangePosition,
  workspaceId: string,
) => readonly Broadcast[] | null;

/** An end is looked back at so far: longer than no worker, or no database, is there. */
const LOOK_BACK = "7 days";

/** `isLiveOrScheduled`, by the database's clock. The two bounds of the end are for the index. */
export const LIVE_OR_SCHEDULED = `b.published_at IS NOT NULL AND b.cleared_at IS NULL
  AND b.archived_at IS NULL
  AND (b.ends_at IS NULL OR b.ends_at > statement_timestamp() - interval '${LOOK_BACK}')
  AND (b.ends_at IS NULL OR b.ends_at > statement_timestamp()
    OR (b.replace AND b.went_live_at IS NULL AND b.ends_at > b.starts_at))`;

const columns = COLUMNS.join(", ");
const assignments = COLUMNS.filter((column) => column !== "id" && column !== "workspace_id")
  .map((column) => `${column} = r.${column}`)
  .join(", ");

/**
 * Everything a transaction writes, in one statement. Parts that have nothing to write get an
 * empty array. Reports how many rows were found, because an UPDATE that misses is no error.
 */
const WRITE = `
WITH inserted AS (
  INSERT INTO broadcast (${columns})
  SELECT ${columns} FROM jsonb_populate_recordset(NULL::broadcast, $1)
), updated AS (
  UPDATE broadcast b SET ${assignments}
  FROM jsonb_populate_recordset(NULL::broadcast, $2) r
  WHERE b.id = r.id AND b.workspace_id = r.workspace_id
  RETURNING b.id
), revisions AS (
  INSERT INTO broadcast_revision (broadcast_id, revision, content, show_again, by_name, at)
  SELECT broadcast_id, revision, content, show_again, by_name, at
  FROM jsonb_populate_recordset(NULL::broadcast_revision, $3)
  ON CONFLICT (broadcast_id, revision) DO UPDATE SET content = EXCLUDED.content,
    show_again = EXCLUDED.show_again, by_name = EXCLUDED.by_name, at = EXCLUDED.at
), control AS (
  INSERT INTO control_entry (seq, workspace_id, kind, subject, at)
  SELECT seq, workspace_id, kind, subject, at
  FROM jsonb_populate_recordset(NULL::control_entry, $4)
), audit AS (
  INSERT INTO audit_entry (workspace_id, at, actor_kind, actor_id, actor_name, action,
    target_kind, target_id, "before", "after", address)
  SELECT workspace_id, at, actor_kind, actor_id, actor_name, action,
    target_kind, target_id, "before", "after", address
  FROM ROWS FROM (jsonb_populate_recordset(NULL::audit_entry, $5)) WITH ORDINALITY
  ORDER BY ordinality
), answers AS (
  INSERT INTO idempotency_key (credential, key, request_hash, status, response, created_at)
  SELECT credential, key, decode(request_hash, 'hex'), status, coalesce(response, 'null'), at
  FROM jsonb_to_recordset($6) AS a(credential text, key text, request_hash text, status int,
    response jsonb, at timestamptz)
  ON CONFLICT (credential, key) DO UPDATE SET request_hash = EXCLUDED.request_hash,
    status = EXCLUDED.status, response = EXCLUDED.response, created_at = EXCLUDED.created_at
    WHERE idempotency_key.created_at <= EXCLUDED.created_at - interval '${ANSWER_TTL}'
  RETURNING key
), counter AS (
  UPDATE position SET seq = $7, change_id = CASE WHEN seq = $7 THEN change_id ELSE $8 END
  WHERE id = 1
)
SELECT (SELECT count(*) FROM updated)::int AS updated,
  (SELECT count(*) FROM answers)::int AS answers`;

/**
 * Writes are kept back and go out in one statement, before the next read or the COMMIT: their
 * rows, positions included, are known here, so nothing has to come back.
 */
export class SqlChangeTransaction implements ChangeTransaction {
  readonly now: number;
  readonly identity: IdentityTransaction;
  readonly #sql: Sql;
  readonly #parse: (rows: readonly { row: unknown }[]) => Broadcast[];
  readonly #knownAt: KnownAt;
  readonly #from: Counter;
  readonly #changed = new Map<string, Broadcast>();
  readonly #control: ControlEntry[] = [];
  readonly #changeId = randomUUID();
  #seq: number;
  #pending = emptyWrites();

  constructor(
    sql: Sql,
    counter: Counter,
    parse: (rows: readonly { row: unknown }[]) => Broadcast[],
    knownAt: KnownAt,
  ) {
    this.#sql = sql;
    this.#parse = parse;
    this.#knownAt = knownAt;
    this.#from = counter;
    this.#seq = counter.seq;
    this.now = counter.now;
    this.identity = new SqlIdentityTransaction(sql, counter.now);
  }

  async find(workspaceId: string, id: string): Promise<Broadcast | null> {
    if (!isUuid(id)) return null;
    return (await this.#read("b.workspace_id = $1 AND b.id = $2", [workspaceId, id]))[0] ?? null;
  }

  /** Nobody else can write while this has the counter: what is known at its position is so. */
  async liveOrScheduled(workspaceId: string): Promise<Broadcast[]> {
    const known = this.#changed.size === 0 ? this.#knownAt(this.#from, workspaceId) : null;
    if (known) return known.filter((row) => isLiveOrScheduled(row, this.now)).sort(compareCreation);
    return this.#read(`b.workspace_id = $1 AND ${LIVE_OR_SCHEDULED}`, [workspaceId]);
  }

  async insert(draft: BroadcastDraft): Promise<Broadcast> {
    const row = this.#position(draft);
    this.#pending.inserted.set(row.id, row);
    return row;
  }

  async update(draft: BroadcastDraft): Promise<Broadcast> {
    const row = this.#position(draft);
    const { inserted, updated } = this.#pending;
    (inserted.has(row.id) ? inserted : updated).set(row.id, row);
    return row;
  }

  async addRevision(broadcast: Broadcast, showAgain: boolean, byName: string): Promise<void> {
    this.#pending.revisions.set(`${broadcast.id} ${broadcast.revision}`, {
      broadcast_id: broadcast.id,
      revision: broadcast.revision,
      content: contentOf(broadcast),
      show_again: showAgain,
      by_name: byName,
      at: this.#at(),
    });
  }

  async control(entry: Omit<ControlEntry, "seq">): Promise<void> {
    this.#seq += 1;
    const positioned = { ...entry, seq: this.#seq };
    this.#control.push(positioned);
    this.#pending.control.push({
      seq: positioned.seq,
      workspace_id: entry.workspaceId,
      kind: entry.kind,
      subject: entry.subject,
      at: this.#at(),
    });
  }

  async audit(entry: AuditInput): Promise<void> {
    this.#pending.audit.push({
      workspace_id: entry.workspaceId,
      at: this.#at(),
      actor_kind: entry.actorKind,
      actor_id: entry.actorId,
      actor_name: entry.actorName,
      action: entry.action,
      target_kind: entry.targetKind,
      target_id: entry.targetId,
      before: entry.before ?? null,
      after: entry.after ?? null,
      address: entry.address,
    });
  }

  async findAnswer(credential: string, key: string): Promise<IdempotentAnswer | null> {
    await this.flush();
    const [found] = await this.#sql.query<IdempotentAnswer>(
      `SELECT encode(request_hash, 'hex') AS "requestHash", status, response
       FROM idempotency_key WHERE credential = $1 AND key = $2
         AND created_at > statement_timestamp() - interval '${ANSWER_TTL}'`,
      [credential, key],
    );
    return found ?? null;
  }

  async keepAnswer(credential: string, key: string, answer: IdempotentAnswer): Promise<void> {
    this.#pending.answers.set(JSON.stringify([credential, key]), {
      credential,
      key,
      request_hash: answer.requestHash,
      status: answer.status,
      response: answer.response ?? null,
      at: this.#at(),
    });
  }

  /** What the transaction changed, for the feed and the broker. */
  change(): FeedChange {
    return {
      epoch: this.#from.epoch,
      from: this.#from.seq,
      to: this.#seq,
      fromChangeId: this.#from.changeId,
      changeId: this.#changeId,
      broadcasts: [...this.#changed.values()],
      control: this.#control,
    };
  }

  /** Writes what was kept back. */
  async flush(): Promise<void> {
    const pending = this.#pending;
    if (isEmpty(pending)) return;
    this.#pending = emptyWrites();
    const written = only(
      await this.#sql.query<{ updated: number; answers: number }>(WRITE, [
        json([...pending.inserted.values()].map(toRow)),
        json([...pending.updated.values()].map(toRow)),
        json([...pending.revisions.values()]),
        json(pending.control),
        json(pending.audit),
        json([...pending.answers.values()]),
        this.#seq,
        this.#changeId,
      ]),
    );
    if (written.updated !== pending.updated.size) {
      throw new AppError("not_found", "The broadcast does not exist.");
    }
    if (written.answers !== pending.answers.size) {
      throw new AppError("idempotency_conflict", "This idempotency key was used already.");
    }
  }

  async #read(condition: string, values: unknown[]): Promise<Broadcast[]> {
    await this.flush();
    return this.#parse(
      await this.#sql.query<{ row: unknown }>(
        `SELECT to_jsonb(b) AS row FROM broadcast b WHERE ${condition} ORDER BY b.created_at, b.id`,
        values,
      ),
    );
  }

  #position(draft: BroadcastDraft): Broadcast {
    this.#seq += 1;
    const row = { ...draft, seq: this.#seq, changeId: randomUUID() };
    this.#changed.set(row.id, row);
    return row;
  }

  #at(): string {
    return new Date(this.now).toISOString();
  }
}

/** As rows are read. */
function compareCreation(a: Broadcast, b: Broadcast): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

type JsonRow = Record<string, unknown>;

interface Writes {
  inserted: Map<string, Broadcast>;
  updated: Map<string, Broadcast>;
  revisions: Map<string, JsonRow>;
  control: JsonRow[];
  audit: JsonRow[];
  answers: Map<string, JsonRow>;
}

function emptyWrites(): Writes {
  return {
    inserted: new Map(),
    updated: new Map(),
    revisions: new Map(),
    control: [],
    audit: [],
    answers: new Map(),
  };
}

function isEmpty(writes: Writes): boolean {
  return Object.values(writes).every((part: JsonRow[] | Map<string, unknown>) =>
    Array.isArray(part) ? part.length === 0 : part.size === 0,
  );
}

/** What a revision said: everything an author writes, nothing of its life. */
function contentOf(broadcast: Broadcast): JsonRow {
  const { level, title, message, action, dismissible, priority, placement } = broadcast;
  const { audience, paths, translations, replace, startsAt, endsAt } = broadcast;
  return {
    ...{ level, title, message, action, dismissible, priority, placement },
    ...{ audience, paths, translations, replace, startsAt, endsAt },
  };
}

function json(rows: readonly unknown[]): string {
  return JSON.stringify(rows);
}
