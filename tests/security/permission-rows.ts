import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Role } from "@/core/roles";
import { type CallOptions, idOf, mustCall } from "@/tests/support/api";
import type { Attacker, Stage } from "./stage";

/** SPEC § 11's table, written again: what the code says of itself is under test here. */
const RIGHTS = {
  read: ["viewer", "author", "publisher", "admin", "owner"],
  draft: ["author", "publisher", "admin", "owner"],
  publish: ["publisher", "admin", "owner"],
  receipts: ["publisher", "admin", "owner"],
  manage: ["admin", "owner"],
  own: ["owner"],
} as const satisfies Record<string, readonly Role[]>;
type Right = keyof typeof RIGHTS;

export interface Request extends CallOptions {
  /** `{id}` and its like, by name. */
  params?: Record<string, string>;
}

/** One way to call an operation, and what each kind of caller must be answered. */
export interface Row {
  /** Where an operation has several rows. */
  what?: string;
  /** Of those who may. */
  status: number;
  /** Made anew for each call that succeeds. */
  request: (stage: Stage) => Request | Promise<Request>;
  expected: (attacker: Attacker) => number;
}

const BROADCASTS = "/api/v1/broadcasts";
const FIXED = "/api/creator/broadcast";

function people(right: Right, request: Row["request"], more: Partial<Row> = {}): Row {
  const row = { status: 200, request, ...more };
  return { expected: ({ is }) => expectedOf(is, right, row.status), ...row };
}

function expectedOf(is: Attacker["is"], right: Right, success: number): number {
  switch (is.kind) {
    case "member":
    case "key":
      return (RIGHTS[right] as readonly Role[]).includes(is.role) ? success : 403;
    case "recipient":
      return 403;
    case "visitor":
      return 401;
    case "refused":
      return is.status;
  }
}

/** As `people`, but nothing that a program may do: it is a person's word for another. */
function personsOnly(right: Right, request: Row["request"], status: number): Row {
  const row = people(right, request, { status });
  return { ...row, expected: (who) => (who.is.kind === "key" ? 403 : row.expected(who)) };
}

/** A program has no screen: what it may do otherwise does not come into it. */
function onOwnScreen(request: Row["request"]): Row {
  const row = people("draft", request);
  return {
    ...row,
    expected: (who) => {
      const expected = row.expected(who);
      return who.is.kind === "key" && expected === row.status ? 422 : expected;
    },
  };
}

/** For whoever sees banners. */
function recipients(newcomers: number, request: Row["request"]): Row {
  const expected = ({ is }: Attacker) => {
    if (is.kind === "refused") return is.status;
    if (is.kind === "key") return 403;
    return is.kind === "visitor" ? newcomers : 200;
  };
  return { status: 200, request, expected };
}

async function made({ url, cookies }: Stage, path: string, body: unknown): Promise<string> {
  return idOf(await mustCall(url, "POST", path, { cookie: cookies.owner, body }));
}

const draft = async (stage: Stage): Promise<Request> => ({
  params: { id: await made(stage, BROADCASTS, { message: "A draft" }) },
});
/** For one person who is not there: it is on nobody's screen. */
export const live = async (stage: Stage): Promise<Request> => ({
  params: {
    id: await made(stage, FIXED, {
      message: "For one alone",
      replace: false,
      audience: { include: [randomUUID()] },
      endsAt: new Date(Date.now() + 60_000).toISOString(),
    }),
  },
});
const cleared = async (stage: Stage, request: Request): Promise<Request> => {
  const { url, cookies } = stage;
  await mustCall(url, "POST", `${BROADCASTS}/${request.params?.id}/clear`, {
    cookie: cookies.owner,
  });
  return request;
};
const liveAndLeft = async (stage: Stage) => cleared(stage, await live(stage));
const member = async ({ sql }: Stage): Promise<Request> => {
  const userId = randomUUID();
  await sql(
    `INSERT INTO "user" (id, name, email) VALUES ($1::text, 'Ann', $1::text || '@example.com')`,
    [userId],
  );
  await sql(
    `INSERT INTO member (id, workspace_id, user_id, role)
     SELECT $1, id, $1, 'viewer' FROM workspace WHERE slug = 'default'`,
    [userId],
  );
  return { params: { userId } };
};
const asRole = (role: Role) => async (stage: Stage) => ({
  ...(await member(stage)),
  body: { role },
});
const invitee = () => ({ body: { email: `${randomUUID()}@example.com`, role: "author" } });
const invitation = async (stage: Stage) => ({
  params: { id: await made(stage, "/api/v1/invitations", invitee().body) },
});
const apiKey = async (stage: Stage) => ({
  params: { id: await made(stage, "/api/v1/api-keys", { name: "CI", role: "viewer" }) },
});

/** No more than two are in force at once: leaves the first. */
async function oneSecret(stage: Stage): Promise<Request> {
  await stage.sql(
    `DELETE FROM token_secret WHERE id NOT IN (
       SELECT id FROM token_secret t WHERE created_at = (
         SELECT min(created_at) FROM token_secret o WHERE o.workspace_id = t.workspace_id))`,
  );
  return {};
}
const secondSecret = async (stage: Stage) => {
  await oneSecret(stage);
  return { params: { id: await made(stage, "/api/v1/token-secrets", undefined) } };
};

/** A stay that is none of the callers'. */
const someSession = async ({ url }: Stage): Promise<Request> => {
  const { json } = await mustCall(url, "GET", `${FIXED}/active`);
  const { session_id: id } = z.object({ session_id: z.string() }).parse(json);
  return { params: { id } };
};
const nothing = () => ({});
const text = () => ({ body: { message: "A draft" } });

/** Every operation of the REST API by name. The test fails for one that is missing here. */
export const ROWS: Record<string, Row[]> = {
  listBroadcasts: [people("read", nothing)],
  createBroadcast: [people("draft", text, { status: 201 })],
  readBroadcast: [people("read", draft)],
  editBroadcast: [
    people("draft", async (stage) => ({ ...(await draft(stage)), ...edited }), { what: "a draft" }),
    people("publish", async (stage) => ({ ...(await live(stage)), ...edited }), { what: "live" }),
  ],
  publishBroadcast: [people("publish", draft)],
  clearBroadcast: [people("publish", live)],
  clearBroadcasts: [people("publish", nothing)],
  duplicateBroadcast: [people("draft", liveAndLeft, { status: 201 })],
  archiveBroadcast: [
    people("draft", draft, { what: "a draft" }),
    people("publish", live, { what: "live" }),
  ],
  resetBroadcast: [people("publish", live)],
  testBroadcast: [onOwnScreen(draft)],
  testFields: [onOwnScreen(text)],
  listRevisions: [people("read", draft)],
  readReceiptStats: [people("read", draft)],
  listRecipients: [people("receipts", draft)],
  exportRecipients: [people("receipts", draft)],
  dryRunBroadcast: [
    people("read", async (stage) => ({
      body: { broadcastId: (await draft(stage)).params?.id },
    })),
  ],
  reachOfAudience: [people("read", () => ({ body: { audience: { teamOnly: true } } }))],
  verdictsOnViewer: [people("read", () => ({ body: { subject: "u1" } }))],
  listSessions: [people("read", nothing)],
  // Of a session that is nobody's here: to people it is unknown, to others not theirs to ask for.
  readSession: [people("read", someSession, { status: 404 })],
  readInbox: [
    {
      status: 404,
      request: someSession,
      expected: ({ is }) => {
        if (is.kind === "refused") return is.status;
        return is.kind === "visitor" ? 401 : 404;
      },
    },
  ],
  listWorkers: [people("read", nothing)],
  listMembers: [people("manage", nothing)],
  changeRole: [
    people("manage", asRole("author"), { what: "to author" }),
    people("own", asRole("owner"), { what: "to owner" }),
  ],
  removeMember: [people("manage", member)],
  listInvitations: [people("manage", nothing)],
  inviteMember: [personsOnly("manage", invitee, 201)],
  cancelInvitation: [people("manage", invitation)],
  listApiKeys: [people("manage", nothing)],
  createApiKey: [
    people("manage", () => ({ body: { name: "CI", role: "viewer" } }), { status: 201 }),
  ],
  revokeApiKey: [people("manage", apiKey)],
  listTokenSecrets: [people("own", nothing)],
  addTokenSecret: [people("own", oneSecret, { status: 201 })],
  revokeTokenSecret: [people("own", secondSecret)],
  makeWorkspace: [
    personsOnly("own", () => ({ body: { slug: `w-${randomUUID()}`, name: "Another" } }), 201),
  ],
  // That the first one stays is what the matrix sees; see "deleting a workspace" for the others.
  deleteWorkspace: [
    personsOnly("own", () => ({ params: { slug: "default" }, body: { confirm: "default" } }), 409),
  ],
  readSettings: [people("read", nothing)],
  patchSettings: [people("manage", () => ({ body: { stackSize: 1 } }))],
  listAudit: [people("manage", nothing)],
  publish: [people("publish", () => ({ body: { message: "Out", audience: { percentage: 0 } } }))],
  clear: [
    people("publish", async (stage) => ({
      body: { broadcast_id: (await live(stage)).params?.id },
    })),
  ],
  acknowledge: [
    recipients(401, async (stage) => ({
      body: { broadcast_id: await made(stage, FIXED, { message: "For all" }) },
    })),
  ],
  active: [recipients(200, nothing)],
  limits: [people("read", nothing)],
  stats: [people("read", nothing)],
  socketStats: [people("read", nothing)],
};

const edited = { headers: { "if-match": '"1"' }, body: { message: "Edited" } };

/** Routes that have no declaration: what answers there, and to whom. */
export const OPEN_ADDRESSES: Record<string, string> = {
  "/api/v1/openapi.json": "the document of the API, for anyone",
  "/api/v1/[...path]": "what does not exist is a problem document, for anyone",
  "/api/auth/[...all]": "sign-in, by AUTH_ROWS",
};

/** Where people sign in and look after their own account: asked by the login alone. */
export interface AuthRow {
  method: "GET" | "POST";
  body?: unknown;
  expected: (attacker: Attacker) => number;
  /** What only this login may be told. */
  tells?: RegExp;
}

const LOGINS = new Set(["a removed member", "an admin of another workspace"]);

/** Signed in, if to nothing here. */
export function hasLogin({ is, name }: Attacker): boolean {
  return is.kind === "member" || LOGINS.has(name);
}

function login(method: "GET" | "POST", more: { body?: unknown; status?: number } = {}): AuthRow {
  const { status = 200, body = method === "POST" ? {} : undefined } = more;
  const expected = (attacker: Attacker) => {
    if (isForeign(attacker)) return 403;
    return hasLogin(attacker) ? status : 401;
  };
  return { method, body, expected, tells: /@example\.com/ };
}

function anybody(method: "GET" | "POST", status: number, body?: unknown): AuthRow {
  const expected = (attacker: Attacker) => (isForeign(attacker) ? 403 : status);
  return { method, body, expected, tells: /@example\.com/ };
}

function isForeign({ credentials }: Attacker): boolean {
  return credentials.headers?.origin !== undefined;
}

const WRONG = { email: "viewer@example.com", password: "a wrong password" };
const WRONG_PASSWORDS = { currentPassword: "a wrong password", newPassword: "another password" };

/**
 * Every address below `/api/auth`, those that end logins last. The test fails for one that is
 * missing here.
 */
export const AUTH_ROWS: Record<string, AuthRow> = {
  "/api/auth/ok": anybody("GET", 200),
  "/api/auth/sign-in/email": anybody("POST", 401, WRONG),
  // To whoever has none it says so.
  "/api/auth/get-session": anybody("GET", 200),
  "/api/auth/list-sessions": login("GET"),
  "/api/auth/organization/list": login("GET"),
  "/api/auth/change-password": login("POST", { status: 400, body: WRONG_PASSWORDS }),
  "/api/auth/revoke-session": login("POST", { body: { token: "somebody else's" } }),
  "/api/auth/revoke-other-sessions": login("POST"),
  "/api/auth/revoke-sessions": login("POST"),
  "/api/auth/sign-out": anybody("POST", 200, {}),
};
