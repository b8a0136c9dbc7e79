import { z } from "zod";
import type { Role } from "@/core/roles";
import type {
  ApiKey,
  IdentityStore,
  InstallationFacts,
  Invitation,
  Member,
  NewWorkspace,
  Person,
  SealedTokenSecret,
  WorkspaceContents,
} from "@/lib/ports/identity-store";
import type { Database } from "./database";
import {
  apiKeyRow,
  COUNT_CONTENTS,
  invitationRow,
  memberRow,
  ms,
  role,
  SELECT_API_KEY,
  SELECT_INVITATION,
  SELECT_MEMBER,
  SELECT_TOKEN_SECRETS,
  tokenSecretRow,
} from "./identity-transaction";
import { only, query } from "./sql";

const personRow = z.object({ id: z.string(), email: z.string(), name: z.string() });
const roleRow = z.object({ role });
const fingerprintRow = z.object({ fingerprint: z.string() });
const existsRow = z.object({ exists: z.boolean() });
const installationRow = z.object({
  secretFingerprint: z.string().nullable(),
  setUpAt: ms.nullable(),
});
const workspaceRow = z.object({ id: z.string(), slug: z.string(), name: z.string(), role });

/** Reads of people and credentials: one statement each, no transaction. */
export class PrismaIdentityStore implements IdentityStore {
  readonly #database: Pick<Database, "pool">;

  constructor(database: Pick<Database, "pool">) {
    this.#database = database;
  }

  async claimSecretFingerprint(fingerprint: string): Promise<string> {
    const rows = await this.#all(
      fingerprintRow,
      `INSERT INTO installation AS i (id, secret_fingerprint) VALUES (1, $1)
       ON CONFLICT (id) DO UPDATE
         SET secret_fingerprint = COALESCE(i.secret_fingerprint, excluded.secret_fingerprint)
       RETURNING secret_fingerprint AS fingerprint`,
      [fingerprint],
    );
    return only(rows).fingerprint;
  }

  async ensureWorkspace(workspace: NewWorkspace): Promise<void> {
    const { id, slug, name, tokenSecret } = workspace;
    await query(
      this.#database.pool,
      `WITH made AS (
         INSERT INTO workspace (id, slug, name) VALUES ($1, $2, $3)
         ON CONFLICT (slug) DO NOTHING RETURNING id
       )
       INSERT INTO token_secret (id, workspace_id, sealed) SELECT $4, id, $5 FROM made`,
      [id, slug, name, tokenSecret.id, tokenSecret.sealed],
    );
  }

  async installation(): Promise<InstallationFacts> {
    const facts = await this.#first(
      installationRow,
      `SELECT secret_fingerprint AS "secretFingerprint", set_up_at AS "setUpAt"
       FROM installation WHERE id = 1`,
    );
    return facts ?? { secretFingerprint: null, setUpAt: null };
  }

  async personByEmail(email: string): Promise<Person | null> {
    const sql = 'SELECT id, email, name FROM "user" WHERE email = $1';
    return this.#first(personRow, sql, [email]);
  }

  async roleOf(workspaceId: string, userId: string): Promise<Role | null> {
    const member = await this.#first(
      roleRow,
      "SELECT role FROM member WHERE workspace_id = $1 AND user_id = $2",
      [workspaceId, userId],
    );
    return member?.role ?? null;
  }

  async hasLogin(loginId: string): Promise<boolean> {
    const rows = await this.#all(
      existsRow,
      `SELECT EXISTS (SELECT FROM login WHERE id = $1 AND expires_at > now()) AS "exists"`,
      [loginId],
    );
    return only(rows).exists;
  }

  members(workspaceId: string): Promise<Member[]> {
    const rest = "WHERE m.workspace_id = $1 ORDER BY lower(u.name), u.id";
    return this.#all(memberRow, `${SELECT_MEMBER} ${rest}`, [workspaceId]);
  }

  workspacesOf(userId: string): Promise<{ id: string; slug: string; name: string; role: Role }[]> {
    return this.#all(
      workspaceRow,
      `SELECT w.id, w.slug, w.name, m.role FROM member m JOIN workspace w ON w.id = m.workspace_id
       WHERE m.user_id = $1 ORDER BY lower(w.name), w.id`,
      [userId],
    );
  }

  async contents(workspaceId: string): Promise<WorkspaceContents> {
    return only(await query<WorkspaceContents>(this.#database.pool, COUNT_CONTENTS, [workspaceId]));
  }

  invitations(workspaceId: string): Promise<Invitation[]> {
    const rest = "WHERE i.workspace_id = $1 ORDER BY i.created_at DESC, i.id";
    return this.#all(invitationRow, `${SELECT_INVITATION} ${rest}`, [workspaceId]);
  }

  invitation(id: string): Promise<Invitation | null> {
    return this.#first(invitationRow, `${SELECT_INVITATION} WHERE i.id = $1`, [id]);
  }

  apiKeyByHash(hash: Uint8Array): Promise<ApiKey | null> {
    return this.#first(apiKeyRow, `${SELECT_API_KEY} WHERE hash = $1`, [Buffer.from(hash)]);
  }

  apiKeys(workspaceId: string): Promise<ApiKey[]> {
    const rest = "WHERE workspace_id = $1 ORDER BY created_at DESC, id";
    return this.#all(apiKeyRow, `${SELECT_API_KEY} ${rest}`, [workspaceId]);
  }

  async touchApiKey(id: string): Promise<void> {
    await query(
      this.#database.pool,
      `UPDATE api_key SET last_used_at = now()
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
      [id],
    );
  }

  tokenSecrets(workspaceId: string): Promise<SealedTokenSecret[]> {
    return this.#all(tokenSecretRow, SELECT_TOKEN_SECRETS, [workspaceId]);
  }

  async #all<T>(schema: z.ZodType<T>, text: string, values: unknown[] = []): Promise<T[]> {
    const rows = await query(this.#database.pool, text, values);
    return rows.map((row) => schema.parse(row));
  }

  async #first<T>(schema: z.ZodType<T>, text: string, values: unknown[] = []): Promise<T | null> {
    return (await this.#all(schema, text, values))[0] ?? null;
  }
}
