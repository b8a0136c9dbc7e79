import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { AUTH_PATHS } from "@/lib/auth/auth";
import { ROUTES } from "@/lib/http/routes";
import { ROOT } from "@/scripts/run";
import { type Answer, type CallOptions, call, mustCall } from "@/tests/support/api";
import { AUTH_ROWS, hasLogin, OPEN_ADDRESSES, type Request, ROWS } from "./permission-rows";
import { type Attacker, attackersOf, HIRED_ROLES, type Stage, startStage } from "./stage";

let stage: Stage;
let attackers: Attacker[];

beforeAll(async () => {
  stage = await startStage();
  attackers = await attackersOf(stage);
});
afterAll(() => stage?.stop());

describe("the matrix of permissions", () => {
  test("has a row for every operation, and none for what is no more", () => {
    expect(Object.keys(ROWS).sort()).toEqual([...ROUTES.keys()].sort());
    expect(Object.keys(AUTH_ROWS).sort()).toEqual([...AUTH_PATHS].sort());
  });

  test("knows every address that the server has a handler for", () => {
    const declared = [...ROUTES.values()].map(({ declaration }) => declaration.path);
    const served = filesUnder("app", "route.ts").map(
      (file) => `/${file.replace(/\/route\.ts$/, "")}`,
    );
    const known = new Set([...declared.map(asFolder), ...Object.keys(OPEN_ADDRESSES)]);
    expect(served.filter((path) => !known.has(path))).toEqual([]);
  });
});

describe.each(Object.entries(ROWS))("[SEC4] %s", (name, rows) => {
  test.each(rows.map((row) => [row.what ?? "it", row] as const))("%s", async (_, row) => {
    const standing = await row.request(stage);
    for (const attacker of attackers) {
      const expected = row.expected(attacker);
      const isAllowed = expected === row.status;
      const before = isAllowed ? null : await changes();
      const answer = await send(name, isAllowed ? await row.request(stage) : standing, attacker);
      expect.soft(`${attacker.name}: ${answer.status}`).toBe(`${attacker.name}: ${expected}`);
      if (isAllowed) continue;
      expect.soft(await changes(), `${attacker.name} changed something`).toEqual(before);
      expect.soft(answer.text).not.toMatch(/A draft|For one alone|lhs_|lhk_\w{12}/);
    }
  });
});

describe("[SEC4] an id of another workspace", () => {
  const named = Object.entries(ROWS).filter(([name]) => !NAMES_NOTHING.has(name));
  test.each(named)("is not found: %s", async (name, [row]) => {
    const request = (await row?.request(stage)) ?? {};
    const { other } = stage;
    const intruders: Attacker["credentials"][] = [
      { cookie: other.cookie, workspace: other.slug },
      { bearer: other.key },
    ];
    for (const credentials of intruders) {
      const before = await changes();
      const is = { kind: "member", role: "admin" } as const;
      const answer = await send(name, request, { name: "an admin of another", is, credentials });
      // What only owners, or nobody with a key, may do is refused before it is looked for.
      const refused = OWNERS_ONLY.has(name) || (name === "acknowledge" && credentials.bearer);
      expect.soft(answer.status, JSON.stringify(credentials)).toBe(refused ? 403 : 404);
      expect.soft(await changes()).toEqual(before);
    }
  });
});

describe("[SEC4] deleting a workspace", () => {
  const SLUG = "doomed";
  const PATH = `/api/v1/workspaces/${SLUG}`;
  const WITHIN = `?workspace=${SLUG}`;

  test("is its owner's alone, by its name; then nothing opens it", async () => {
    const { url, cookies, keys, people, other, sql } = stage;
    const as = (who: CallOptions, body: unknown = { confirm: SLUG }, path = PATH) =>
      call(url, "DELETE", `${path}${WITHIN}`, { ...who, body });
    const owner = { cookie: cookies.owner };
    const body = { slug: SLUG, name: "Doomed" };
    await mustCall(url, "POST", "/api/v1/workspaces", { ...owner, body });
    for (const role of HIRED_ROLES) {
      await sql(
        `INSERT INTO member (id, workspace_id, user_id, role)
         SELECT gen_random_uuid(), id, $1, $2 FROM workspace WHERE slug = $3`,
        [people[role], role, SLUG],
      );
    }
    const key = await createApiKeyIn(SLUG, "admin");
    const revoked = await createApiKeyIn(SLUG, "admin");
    await mustCall(url, "DELETE", `/api/v1/api-keys/${revoked.id}${WITHIN}`, owner);
    const session = await sessionIn(SLUG);

    const before = await changes();
    for (const role of HIRED_ROLES) {
      expect.soft((await as({ cookie: cookies[role] })).status, role).toBe(403);
    }
    const refused: [CallOptions, number][] = [
      [{ bearer: key.key }, 403],
      [{ bearer: keys.admin }, 403],
      [{ bearer: other.key }, 403],
      [{ bearer: revoked.key }, 401],
      [{ cookie: other.cookie }, 401],
      [{ cookie: stage.bad.removedMember }, 401],
      [{ cookie: stage.bad.expiredLogin }, 401],
      [{ ...owner, headers: { origin: "https://evil.example" } }, 403],
      [{ session }, 403],
      [{}, 401],
    ];
    for (const [who, status] of refused) {
      expect.soft((await as(who)).status, JSON.stringify(who)).toBe(status);
    }
    expect((await as(owner, {})).status).toBe(422);
    const wrong = await as(owner, { confirm: "Doomed" });
    expect([wrong.status, wrong.json]).toMatchObject([422, { errors: [{ field: "confirm" }] }]);
    // What the address names must be where the caller is.
    expect((await as(owner, { confirm: "other" }, "/api/v1/workspaces/other")).status).toBe(404);
    expect(await changes()).toEqual(before);

    expect((await as(owner)).status).toBe(200);
    const opened: [CallOptions, number][] = [
      [owner, 404],
      [{ cookie: cookies.admin }, 404],
      [{ bearer: key.key }, 401],
      [{ session }, 404],
      [{}, 404],
    ];
    for (const [who, status] of opened) {
      for (const path of ["/api/creator/broadcast/active", "/api/v1/settings"]) {
        const answer = await call(url, "GET", `${path}${WITHIN}`, who);
        expect.soft(answer.status, `${path} ${JSON.stringify(who)}`).toBe(status);
      }
    }
    expect((await as(owner)).status).toBe(404);
    expect((await call(url, "GET", "/api/v1/settings", owner)).status).toBe(200);
  });

  async function createApiKeyIn(slug: string, role: string): Promise<{ id: string; key: string }> {
    const { json } = await mustCall(stage.url, "POST", `/api/v1/api-keys?workspace=${slug}`, {
      cookie: stage.cookies.owner,
      body: { name: role, role },
    });
    return z.object({ id: z.string(), key: z.string() }).parse(json);
  }

  async function sessionIn(slug: string): Promise<string> {
    const path = `/api/creator/broadcast/active?workspace=${slug}`;
    const { json } = await mustCall(stage.url, "GET", path);
    return z.object({ session_token: z.string() }).parse(json).session_token;
  }
});

// Last, because the last of them end the logins.
describe("[SEC3] people's own accounts", () => {
  test.each(Object.entries(AUTH_ROWS))("%s", async (path, { method, body, expected, tells }) => {
    for (const attacker of attackers) {
      const { workspace, ...who } = attacker.credentials;
      const self = await personOf(who.cookie);
      const before = await loginsBut(self);
      // As the dashboard's own page would, but for those who say otherwise.
      const headers = { origin: stage.url, ...who.headers };
      const answer = await call(stage.url, method, path, { ...who, headers, body });
      const told = `${attacker.name}: ${answer.status}`;
      expect.soft(told).toBe(`${attacker.name}: ${expected(attacker)}`);
      if (!hasLogin(attacker) && tells) expect.soft(answer.text, attacker.name).not.toMatch(tells);
      // Nobody ends another's login.
      expect.soft(await loginsBut(self), attacker.name).toEqual(before);
    }
  });

  async function personOf(cookie = ""): Promise<unknown> {
    const [token] = decodeURIComponent(cookie.split("=")[1] ?? "").split(".");
    const [found] = await stage.sql("SELECT user_id FROM login WHERE token = $1", [token]);
    return found?.user_id ?? null;
  }

  function loginsBut(person: unknown): Promise<Record<string, unknown>[]> {
    return stage.sql(
      `SELECT user_id, count(*) FROM login
       WHERE expires_at > now() AND user_id IS DISTINCT FROM $1 GROUP BY 1 ORDER BY 1`,
      [person],
    );
  }
});

/** Their requests name nothing that belongs to a workspace. */
const NAMES_NOTHING = new Set([
  "listBroadcasts",
  "createBroadcast",
  "clearBroadcasts",
  "testFields",
  "listSessions",
  "listWorkers",
  "listMembers",
  "listInvitations",
  "inviteMember",
  "listApiKeys",
  "createApiKey",
  "listTokenSecrets",
  "addTokenSecret",
  "readSettings",
  "patchSettings",
  "listAudit",
  "publish",
  // The id is what a percentage is drawn from, no more.
  "reachOfAudience",
  "verdictsOnViewer",
  "makeWorkspace",
  "active",
  "limits",
  "stats",
  "socketStats",
]);
const OWNERS_ONLY = new Set(["revokeTokenSecret", "deleteWorkspace"]);

function send(name: string, request: Request, { credentials }: Attacker): Promise<Answer> {
  const route = ROUTES.get(name);
  if (!route) throw new Error(`There is no operation ${name}.`);
  const { method, path } = route.declaration;
  const { params = {}, ...content } = request;
  const { workspace, ...who } = credentials;
  const filled = path.replace(/\{(\w+)\}/g, (_, key: string) => params[key] ?? key);
  const query = workspace ? `?workspace=${workspace}` : "";
  const headers = { ...content.headers, ...who.headers };
  return call(stage.url, method, `${filled}${query}`, { ...content, ...who, headers });
}

/** What any change would move. */
async function changes(): Promise<unknown> {
  const [row] = await stage.sql(
    `SELECT (SELECT max(seq) FROM broadcast) AS seq, (SELECT count(*) FROM audit_entry) AS audited,
            (SELECT count(*) FROM acknowledgement) AS acknowledged`,
  );
  return row;
}

function filesUnder(folder: string, name: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).filter(
    (file) => file === name || file.endsWith(`/${name}`),
  );
}

function asFolder(path: string): string {
  return path.replace(/\{(\w+)\}/g, "[$1]");
}
