import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUTH_PATHS } from "@/lib/auth/auth";
import { ROUTES } from "@/lib/http/routes";
import { ROOT } from "@/scripts/run";
import { type Answer, call } from "@/tests/support/api";
import { AUTH_ROWS, hasLogin, OPEN_ADDRESSES, type Request, ROWS } from "./permission-rows";
import { type Attacker, attackersOf, type Stage, startStage } from "./stage";

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
const OWNERS_ONLY = new Set(["revokeTokenSecret"]);

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
