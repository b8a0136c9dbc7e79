import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type WorkspaceSettings, workspaceSettings } from "@/core/api/settings";
import { AppError } from "@/core/errors";
import { isRole, type Role } from "@/core/roles";
import type {
  ApiKey,
  IdentityTransaction,
  Invitation,
  Member,
  NewApiKey,
  NewPerson,
  NewWorkspace,
  Person,
  SealedTokenSecret,
  WorkspaceContents,
} from "@/lib/ports/identity-store";
import { INVITATION_STATUSES } from "@/lib/ports/identity-store";
import { isUuid, only, type Sql } from "./sql";

/** better-auth's name for an account that signs in with a password. */
const PASSWORD_PROVIDER = "credential";

/** A role of a newer version may do what everybody may ([DEG9]). */
export const role = z.unknown().transform((value): Role => (isRole(value) ? value : "viewer"));

/** PostgreSQL's times, as milliseconds. */
export const ms = z.date().transform((date) => date.getTime());

export const memberRow = z.object({
  userId: z.string(),
  name: z.string(),
  email: z.string(),
  role,
  joinedAt: ms,
});

export const invitationRow = z.object({
  id: z.string(),
  workspaceId: z.string(),
  workspaceName: z.string(),
  email: z.string(),
  role,
  status: z.enum(INVITATION_STATUSES).catch("canceled"),
  inviterId: z.string(),
  inviterName: z.string(),
  createdAt: ms,
  expiresAt: ms,
});

export const apiKeyRow = z.object({
  id: z.string(),
  workspaceId: z.string(),
  name: z.string(),
  prefix: z.string(),
  role,
  createdById: z.string().nullable(),
  createdAt: ms,
  lastUsedAt: ms.nullable(),
  expiresAt: ms.nullable(),
  revokedAt: ms.nullable(),
});

export const tokenSecretRow = z.object({ id: z.string(), sealed: z.string(), createdAt: ms });

export const SELECT_MEMBER = `SELECT m.user_id AS "userId", u.name, u.email, m.role,
  m.created_at AS "joinedAt" FROM member m JOIN "user" u ON u.id = m.user_id`;

export const SELECT_INVITATION = `SELECT i.id, i.workspace_id AS "workspaceId",
  w.name AS "workspaceName", i.email, i.role, i.status, i.inviter_id AS "inviterId",
  u.name AS "inviterName", i.created_at AS "createdAt", i.expires_at AS "expiresAt"
  FROM invitation i JOIN workspace w ON w.id = i.workspace_id JOIN "user" u ON u.id = i.inviter_id`;

const API_KEY_COLUMNS = `id, workspace_id AS "workspaceId", name, prefix, role,
  created_by_id AS "createdById", created_at AS "createdAt", last_used_at AS "lastUsedAt",
  expires_at AS "expiresAt", revoked_at AS "revokedAt"`;

export const SELECT_API_KEY = `SELECT ${API_KEY_COLUMNS} FROM api_key`;

export const SELECT_TOKEN_SECRETS = `SELECT id, sealed, created_at AS "createdAt" FROM token_secret
  WHERE workspace_id = $1 AND revoked_at IS NULL ORDER BY created_at DESC, id`;

export const COUNT_CONTENTS = `SELECT
  (SELECT count(*)::int FROM broadcast WHERE workspace_id = $1) AS broadcasts,
  (SELECT count(*)::int FROM member WHERE workspace_id = $1) AS members,
  (SELECT count(*)::int FROM api_key WHERE workspace_id = $1) AS "apiKeys"`;

/** No slug that anybody may choose begins so. */
const DELETED_SLUG = "~";

const DELETE_WORKSPACE = `WITH gone AS (
  UPDATE workspace SET deleted_at = $2, slug = '${DELETED_SLUG}' || id
  WHERE id = $1 AND deleted_at IS NULL RETURNING id
), members AS (DELETE FROM member m USING gone WHERE m.workspace_id = gone.id
), invitations AS (DELETE FROM invitation i USING gone WHERE i.workspace_id = gone.id
), secrets AS (DELETE FROM token_secret t USING gone WHERE t.workspace_id = gone.id
), keys AS (DELETE FROM api_key k USING gone WHERE k.workspace_id = gone.id RETURNING k.id
), answers AS (
  DELETE FROM idempotency_key WHERE credential IN (SELECT 'key:' || id FROM keys)
) SELECT id FROM gone`;

/** People and credentials in a changing transaction, stamped with its clock. */
export class SqlIdentityTransaction implements IdentityTransaction {
  readonly #sql: Sql;
  readonly #now: Date;

  constructor(sql: Sql, now: number) {
    this.#sql = sql;
    this.#now = new Date(now);
  }

  async member(workspaceId: string, userId: string): Promise<Member | null> {
    const condition = "WHERE m.workspace_id = $1 AND m.user_id = $2";
    return this.#first(memberRow, `${SELECT_MEMBER} ${condition}`, [workspaceId, userId]);
  }

  async countOwners(workspaceId: string): Promise<number> {
    const rows = await this.#sql.query<{ owners: number }>(
      "SELECT count(*)::int AS owners FROM member WHERE workspace_id = $1 AND role = 'owner'",
      [workspaceId],
    );
    return only(rows).owners;
  }

  async addMember(workspaceId: string, userId: string, role: Role): Promise<void> {
    await this.#sql.query(
      `INSERT INTO member (id, workspace_id, user_id, role, created_at)
       VALUES ($1, $2, $3, $4, $5)`,
      [randomUUID(), workspaceId, userId, role, this.#now],
    );
  }

  async setRole(workspaceId: string, userId: string, role: Role): Promise<void> {
    await this.#sql.query("UPDATE member SET role = $3 WHERE workspace_id = $1 AND user_id = $2", [
      workspaceId,
      userId,
      role,
    ]);
  }

  async removeMember(workspaceId: string, userId: string): Promise<void> {
    await this.#sql.query("DELETE FROM member WHERE workspace_id = $1 AND user_id = $2", [
      workspaceId,
      userId,
    ]);
  }

  async personByEmail(email: string): Promise<Person | null> {
    const rows = await this.#sql.query<Person>(
      'SELECT id, email, name FROM "user" WHERE email = $1',
      [email],
    );
    return rows[0] ?? null;
  }

  async addPerson(person: NewPerson): Promise<void> {
    await this.#sql.query(
      `WITH person AS (
         INSERT INTO "user" (id, name, email, created_at, updated_at)
         VALUES ($1, $2, $3, $7, $7) RETURNING id
       )
       INSERT INTO account (id, account_id, provider_id, user_id, password, created_at, updated_at)
       SELECT $4, id, $5, id, $6, $7, $7 FROM person`,
      [
        person.id,
        person.name,
        person.email,
        randomUUID(),
        PASSWORD_PROVIDER,
        person.passwordHash,
        this.#now,
      ],
    );
  }

  async addInvitation(
    invitation: Parameters<IdentityTransaction["addInvitation"]>[0],
  ): Promise<void> {
    await this.#sql.query(
      `INSERT INTO invitation
         (id, workspace_id, email, role, status, inviter_id, expires_at, created_at)
       VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7)`,
      [
        invitation.id,
        invitation.workspaceId,
        invitation.email,
        invitation.role,
        invitation.inviterId,
        new Date(invitation.expiresAt),
        this.#now,
      ],
    );
  }

  async invitation(id: string): Promise<Invitation | null> {
    return this.#first(invitationRow, `${SELECT_INVITATION} WHERE i.id = $1`, [id]);
  }

  async pendingInvitation(workspaceId: string, email: string): Promise<Invitation | null> {
    return this.#first(
      invitationRow,
      `${SELECT_INVITATION} WHERE i.workspace_id = $1 AND i.email = $2 AND i.status = 'pending'
         AND i.expires_at > $3 ORDER BY i.created_at DESC LIMIT 1`,
      [workspaceId, email, this.#now],
    );
  }

  async settleInvitation(id: string, status: "accepted" | "canceled"): Promise<void> {
    await this.#sql.query("UPDATE invitation SET status = $2 WHERE id = $1", [id, status]);
  }

  async addApiKey(key: NewApiKey): Promise<ApiKey> {
    const rows = await this.#sql.query(
      `INSERT INTO api_key
         (id, workspace_id, name, prefix, hash, role, created_by_id, expires_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${API_KEY_COLUMNS}`,
      [
        key.id,
        key.workspaceId,
        key.name,
        key.prefix,
        Buffer.from(key.hash),
        key.role,
        key.createdById,
        key.expiresAt === null ? null : new Date(key.expiresAt),
        this.#now,
      ],
    );
    return apiKeyRow.parse(only(rows));
  }

  async apiKey(workspaceId: string, id: string): Promise<ApiKey | null> {
    if (!isUuid(id)) return null;
    const condition = "WHERE workspace_id = $1 AND id = $2";
    return this.#first(apiKeyRow, `${SELECT_API_KEY} ${condition}`, [workspaceId, id]);
  }

  async revokeApiKey(id: string): Promise<void> {
    await this.#revoke("api_key", id);
  }

  async tokenSecrets(workspaceId: string): Promise<SealedTokenSecret[]> {
    const rows = await this.#sql.query(SELECT_TOKEN_SECRETS, [workspaceId]);
    return rows.map((row) => tokenSecretRow.parse(row));
  }

  async addTokenSecret(secret: { id: string; workspaceId: string; sealed: string }): Promise<void> {
    await this.#sql.query(
      "INSERT INTO token_secret (id, workspace_id, sealed, created_at) VALUES ($1, $2, $3, $4)",
      [secret.id, secret.workspaceId, secret.sealed, this.#now],
    );
  }

  async revokeTokenSecret(id: string): Promise<void> {
    await this.#revoke("token_secret", id);
  }

  async addWorkspace({ id, slug, name, tokenSecret }: NewWorkspace): Promise<void> {
    await this.#sql.query(
      "INSERT INTO workspace (id, slug, name, created_at) VALUES ($1, $2, $3, $4)",
      [id, slug, name, this.#now],
    );
    await this.addTokenSecret({ ...tokenSecret, workspaceId: id });
  }

  async renameWorkspace(workspaceId: string, name: string): Promise<void> {
    await this.#sql.query("UPDATE workspace SET name = $2 WHERE id = $1", [workspaceId, name]);
  }

  async deleteWorkspace(workspaceId: string): Promise<void> {
    const gone = await this.#sql.query(DELETE_WORKSPACE, [workspaceId, this.#now]);
    if (gone.length === 0) throw new AppError("not_found", "There is no such workspace.");
  }

  async contents(workspaceId: string): Promise<WorkspaceContents> {
    return only(await this.#sql.query<WorkspaceContents>(COUNT_CONTENTS, [workspaceId]));
  }

  async settings(workspaceId: string): Promise<WorkspaceSettings> {
    const rows = await this.#sql.query<{ settings: unknown }>(
      "SELECT settings FROM workspace WHERE id = $1",
      [workspaceId],
    );
    const parsed = workspaceSettings.safeParse(only(rows).settings);
    return parsed.success ? parsed.data : workspaceSettings.parse({});
  }

  async changeSettings(workspaceId: string, changes: Partial<WorkspaceSettings>): Promise<void> {
    await this.#sql.query("UPDATE workspace SET settings = settings || $2::jsonb WHERE id = $1", [
      workspaceId,
      JSON.stringify(changes),
    ]);
  }

  async claimSetUp(): Promise<boolean> {
    const claimed = await this.#sql.query(
      "UPDATE installation SET set_up_at = $1 WHERE id = 1 AND set_up_at IS NULL RETURNING id",
      [this.#now],
    );
    return claimed.length > 0;
  }

  /** The first revocation stands. */
  async #revoke(table: "api_key" | "token_secret", id: string): Promise<void> {
    if (!isUuid(id)) return;
    await this.#sql.query(
      `UPDATE ${table} SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL`,
      [id, this.#now],
    );
  }

  async #first<T>(schema: z.ZodType<T>, text: string, values: unknown[]): Promise<T | null> {
    const [row] = await this.#sql.query(text, values);
    return row === undefined ? null : schema.parse(row);
  }
}
