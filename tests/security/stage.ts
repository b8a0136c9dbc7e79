import { fileURLToPath } from "node:url";
import { Client } from "pg";
import type { Role } from "@/core/roles";
import { createApiKey, revokeApiKey } from "@/lib/auth/api-key";
import { signUserToken } from "@/lib/auth/user-token";
import type { ServiceContext } from "@/lib/context";
import { parseEnv } from "@/lib/env";
import { createLogger } from "@/lib/logger";
import type { WorkspaceInfo } from "@/lib/ports/broadcast-store";
import { compose } from "@/lib/runtime";
import type { Runtime } from "@/lib/runtime-context";
import { acceptInvitation } from "@/lib/team/accept-invitation";
import { createWorkspace } from "@/lib/team/create-workspace";
import { inviteMember } from "@/lib/team/invitations";
import { removeMember } from "@/lib/team/members";
import type { CallOptions } from "@/tests/support/api";
import { OWNER, OWNER_ENV, signIn } from "@/tests/support/owner";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { AUTH_SECRET, type Replica, startReplica } from "@/tests/support/replica";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const HOST = { host: "localhost:3000" };
/** Of everybody but the owner. */
export const PASSWORD = "a password nobody guesses";
/** What the attacks are not about here: those that count have tests of their own. */
const UNLIMITED = {
  LIMIT_SIGN_INS_PER_10_MINUTES: "0",
  LIMIT_API_CALLS_PER_MINUTE: "0",
  LIMIT_PUBLISHES_PER_MINUTE: "0",
};

export const HIRED_ROLES = ["viewer", "author", "publisher", "admin"] as const;
type Hired = (typeof HIRED_ROLES)[number];
type PerRole = Record<Hired, string>;

/** An installation with two workspaces, and somebody with every kind of credential. */
export interface Stage {
  readonly replica: Replica;
  readonly url: string;
  readonly postgres: PostgresServer;
  /** Dashboard people of the first workspace: what goes into a `Cookie` header. */
  readonly cookies: Record<Role, string>;
  /** API keys of the first workspace. */
  readonly keys: PerRole;
  /** Credentials that once opened something, or open something else. */
  readonly bad: BadCredentials;
  /** The first workspace's token secret, which signs its users' tokens. */
  readonly tokenSecret: string;
  readonly other: { slug: string; tokenSecret: string; cookie: string; key: string };
  /** Ids of the people by role, and of the person who was removed. */
  readonly people: Record<Role | "removed", string>;
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

interface BadCredentials {
  signedOut: string;
  expiredLogin: string;
  removedMember: string;
  revokedKey: string;
  expiredKey: string;
}

type Variables = Record<string, string>;

/** @param env further variables of the replica, or what makes them of its database */
export async function startStage(
  env: Variables | ((postgres: PostgresServer) => Variables) = {},
): Promise<Stage> {
  const postgres = await startPostgres();
  try {
    const seeded = await seed(postgres.url);
    const more = typeof env === "function" ? env(postgres) : env;
    const replica = await startReplica({
      databaseUrl: postgres.url,
      env: { ...OWNER_ENV, ...UNLIMITED, ...more },
    });
    return await withLogins(postgres, replica, seeded);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

type Seeded = Awaited<ReturnType<typeof seed>>;

/** People and keys, by the product's own verbs, before the server under attack starts. */
async function seed(databaseUrl: string) {
  const composition = await compose({
    env: parseEnv({
      LOUDHAILER_MODE: "local",
      DATABASE_URL: databaseUrl,
      AUTH_SECRET,
      ...OWNER_ENV,
      ...UNLIMITED,
    }),
    logger: createLogger("silent", { worker: "seed" }),
    root: ROOT,
    version: "0.0.0",
    workerId: "seed",
  });
  try {
    const { runtime } = composition;
    const workspace = workspaceOf(runtime, "default");
    const owner = await ownerOf(runtime, workspace);
    const people: Partial<Record<Role | "removed", string>> = { owner: owner.actor.id };
    for (const role of HIRED_ROLES) people[role] = await hire(runtime, owner, role, role);
    people.removed = await hire(runtime, owner, "publisher", "removed");
    await removeMember(owner, { userId: people.removed });
    const keys = await keysOf(owner);
    const revoked = await createApiKey(owner, newKey("publisher"));
    await revokeApiKey(owner, { id: revoked.apiKey.id });
    const expired = await createApiKey(owner, newKey("publisher"));
    const made = await createWorkspace(owner, { name: "Other", slug: "other" });
    const other = workspaceOf(runtime, made.slug);
    const otherOwner = { ...owner, workspace: other };
    await hire(runtime, otherOwner, "admin", "stranger");
    const otherKey = await createApiKey(otherOwner, newKey("admin"));
    return {
      people: people as Record<Role | "removed", string>,
      keys,
      revokedKey: revoked.key,
      expired: { key: expired.key, id: expired.apiKey.id },
      tokenSecret: workspace.tokenSecrets[0] ?? "",
      otherKey: otherKey.key,
      otherSecret: other.tokenSecrets[0] ?? "",
    };
  } finally {
    await composition.close();
  }
}

function workspaceOf(runtime: Runtime, slug: string): WorkspaceInfo {
  const found = runtime.feed.workspaceBySlug(slug);
  if (!found) throw new Error(`There is no workspace ${slug}.`);
  return found;
}

async function ownerOf({ identity }: Runtime, workspace: WorkspaceInfo): Promise<ServiceContext> {
  const person = await identity.personByEmail(OWNER.email);
  if (!person) throw new Error("The installation has no owner.");
  const { id, name } = person;
  return { workspace, actor: { kind: "user", id, name, role: "owner", address: "127.0.0.1" } };
}

async function hire(
  { identity }: Runtime,
  owner: ServiceContext,
  role: Hired,
  name: string,
): Promise<string> {
  const email = `${name}@example.com`;
  const { id } = await inviteMember(owner, { email, role });
  const request = { headers: HOST, address: "127.0.0.1" };
  await acceptInvitation({ id, name, password: PASSWORD }, request);
  const person = await identity.personByEmail(email);
  if (!person) throw new Error(`${name} did not arrive.`);
  return person.id;
}

async function keysOf(owner: ServiceContext): Promise<PerRole> {
  const keys: Partial<PerRole> = {};
  for (const role of HIRED_ROLES) keys[role] = (await createApiKey(owner, newKey(role))).key;
  return keys as PerRole;
}

function newKey(role: Hired) {
  return { name: `A ${role}'s key`, role, expiresAt: null };
}

async function withLogins(
  postgres: PostgresServer,
  replica: Replica,
  seeded: Seeded,
): Promise<Stage> {
  const { url } = replica;
  const client = new Client({ connectionString: postgres.url });
  client.on("error", () => undefined);
  await client.connect();
  const sql = async (text: string, values: unknown[] = []) =>
    (await client.query(text, values)).rows;
  const as = (name: string) => signIn(url, { email: `${name}@example.com`, password: PASSWORD });
  const [
    owner,
    viewer,
    author,
    publisher,
    admin,
    removedMember,
    stranger,
    signedOut,
    expiredLogin,
  ] = await Promise.all([
    signIn(url),
    ...HIRED_ROLES.map(as),
    as("removed"),
    as("stranger"),
    as("publisher"),
    as("publisher"),
  ]);
  await fetch(`${url}/api/auth/sign-out`, {
    method: "POST",
    headers: { cookie: signedOut ?? "", origin: url, "content-type": "application/json" },
    body: "{}",
  });
  const token = decodeURIComponent(expiredLogin ?? "")
    .split("=")[1]
    ?.split(".")[0];
  await sql("UPDATE login SET expires_at = now() - interval '1 minute' WHERE token = $1", [token]);
  await sql("UPDATE api_key SET expires_at = now() - interval '1 minute' WHERE id = $1", [
    seeded.expired.id,
  ]);
  const present = (cookie: string | undefined) => cookie ?? "";
  return {
    replica,
    url,
    postgres,
    sql,
    people: seeded.people,
    keys: seeded.keys,
    tokenSecret: seeded.tokenSecret,
    cookies: {
      owner: present(owner),
      viewer: present(viewer),
      author: present(author),
      publisher: present(publisher),
      admin: present(admin),
    },
    bad: {
      signedOut: present(signedOut),
      expiredLogin: present(expiredLogin),
      removedMember: present(removedMember),
      revokedKey: seeded.revokedKey,
      expiredKey: seeded.expired.key,
    },
    other: {
      slug: "other",
      tokenSecret: seeded.otherSecret,
      cookie: present(stranger),
      key: seeded.otherKey,
    },
    async stop() {
      await replica.kill();
      await client.end();
      await postgres.stop();
    },
  };
}

/** Somebody who tries, by what they hold. */
export interface Attacker {
  name: string;
  /** As the server should see it. `refused`: nobody at all, with this status. */
  is:
    | { kind: "member" | "key"; role: Role }
    | { kind: "recipient" | "visitor" }
    | { kind: "refused"; status: 401 | 403 };
  /** `workspace` where it is asked for by name. */
  credentials: CallOptions & { workspace?: string };
}

const DAY_S = 86_400;

/** Everyone: each role by cookie and by key, recipients, and what is no credential any more. */
export async function attackersOf(stage: Stage): Promise<Attacker[]> {
  const { url, cookies, keys, bad, other, tokenSecret } = stage;
  const user = await signUserToken(tokenSecret, { sub: "u1", roles: ["owner", "admin"] });
  const expired = await signUserToken(tokenSecret, { sub: "u1", expiresInS: -DAY_S });
  const foreign = await signUserToken(other.tokenSecret, { sub: "u1" });
  const visitor = await sessionOf(url, {});
  const userSession = await sessionOf(url, { bearer: user });
  const teamSession = await sessionOf(url, { cookie: cookies.owner });
  const refused = (status: 401 | 403) => ({ kind: "refused", status }) as const;
  const people = [...HIRED_ROLES, "owner"] as const;
  return [
    ...people.map(
      (role): Attacker => ({
        name: `the ${role}`,
        is: { kind: "member", role },
        credentials: { cookie: cookies[role] },
      }),
    ),
    ...HIRED_ROLES.map(
      (role): Attacker => ({
        name: `a key of a ${role}`,
        is: { kind: "key", role },
        credentials: { bearer: keys[role] },
      }),
    ),
    { name: "a user", is: { kind: "recipient" }, credentials: { bearer: user } },
    { name: "a visitor", is: { kind: "recipient" }, credentials: { session: visitor } },
    { name: "a user's session", is: { kind: "recipient" }, credentials: { session: userSession } },
    { name: "nobody", is: { kind: "visitor" }, credentials: {} },
    {
      name: "the owner's session token alone",
      is: { kind: "visitor" },
      credentials: { session: teamSession },
    },
    { name: "a signed-out login", is: { kind: "visitor" }, credentials: { cookie: bad.signedOut } },
    {
      name: "an expired login",
      is: { kind: "visitor" },
      credentials: { cookie: bad.expiredLogin },
    },
    {
      name: "a removed member",
      is: { kind: "visitor" },
      credentials: { cookie: bad.removedMember },
    },
    {
      name: "a forged login",
      is: { kind: "visitor" },
      credentials: { cookie: forgedFrom(cookies.owner) },
    },
    {
      name: "an admin of another workspace",
      is: { kind: "visitor" },
      credentials: { cookie: other.cookie },
    },
    {
      name: "the owner's cookie from another site",
      is: refused(403),
      credentials: { cookie: cookies.owner, headers: { origin: "https://evil.example" } },
    },
    { name: "a revoked key", is: refused(401), credentials: { bearer: bad.revokedKey } },
    { name: "an expired key", is: refused(401), credentials: { bearer: bad.expiredKey } },
    {
      name: "a made-up key",
      is: refused(401),
      credentials: { bearer: `lhk_${"A".repeat(43)}` },
    },
    {
      name: "another workspace's key",
      is: refused(403),
      credentials: { bearer: other.key, workspace: "default" },
    },
    { name: "an expired user token", is: refused(401), credentials: { bearer: expired } },
    { name: "another workspace's user", is: refused(401), credentials: { bearer: foreign } },
  ];
}

async function sessionOf(url: string, options: CallOptions): Promise<string> {
  const response = await fetch(`${url}/api/creator/broadcast/active`, {
    headers: {
      ...(options.bearer && { authorization: `Bearer ${options.bearer}` }),
      ...(options.cookie && { cookie: options.cookie, origin: url }),
    },
  });
  const body: unknown = await response.json();
  if (typeof body !== "object" || body === null || !("session_token" in body)) {
    throw new Error(`No session was given: ${JSON.stringify(body)}`);
  }
  return String(body.session_token);
}

/** The same login under a signature that is not the server's. */
function forgedFrom(cookie: string): string {
  const [pair = ""] = cookie.split("; ");
  const [name, value = ""] = pair.split("=");
  const [token] = decodeURIComponent(value).split(".");
  return `${name}=${encodeURIComponent(`${token}.${"A".repeat(43)}=`)}`;
}
