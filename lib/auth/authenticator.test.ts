import { beforeEach, describe, expect, test } from "vitest";
import { workspaceSettings } from "@/core/api/settings";
import { AppError } from "@/core/errors";
import type { Role } from "@/core/roles";
import type { Caller, MemberCaller, RecipientCaller } from "../context";
import { createMemoryRateLimiter } from "../http/rate-limit";
import type { WorkspaceInfo } from "../ports/broadcast-store";
import type { ApiKey } from "../ports/identity-store";
import { generateApiKey, hashApiKey } from "./api-key-secret";
import type { Login } from "./auth";
import { type Authenticator, createAuthenticator, type IdentifyInput } from "./authenticator";
import { recipient as recipientCaller } from "./callers";
import { cookie, type HeaderSource } from "./headers";
import type { OriginPolicy } from "./origin";
import { signUserToken } from "./user-token";

const NOW = 1_800_000_000_000;
const HOST = "localhost:3000";
const OWN = `http://${HOST}`;
const COOKIE = "loudhailer.session_token=signed-in";
const HOUR_MS = 3600 * 1000;
const KEYS_A_MINUTE = 5;

/** A workspace, a person, a key: what the database would say, and how often it was asked. */
class World {
  now = Date.now();
  queries = 0;
  databaseAway = false;
  loginOf: Login | null = {
    loginId: "login1",
    user: { id: "person1", email: "ada@example.com", name: "Ada" },
    expiresAt: NOW,
  };
  roles: Record<string, Role> = { person1: "publisher" };
  key = generateApiKey();
  apiKey: ApiKey = {
    id: "key1",
    workspaceId: "w1",
    name: "Deploys",
    prefix: "lhk_",
    role: "publisher",
    createdById: null,
    createdAt: NOW,
    lastUsedAt: null,
    expiresAt: null,
    revokedAt: null,
  };
  workspaces: WorkspaceInfo[] = [workspace("w1", "default"), workspace("w2", "other")];

  readonly feed = {
    now: () => this.now,
    workspaceBySlug: (slug: string) => this.workspaces.find((one) => one.slug === slug) ?? null,
    workspaceById: (id: string) => this.workspaces.find((one) => one.id === id) ?? null,
  };
  readonly auth = {
    hasCookie: (headers: HeaderSource) => cookie(headers, "loudhailer.session_token") !== null,
    login: () => this.#answer(this.loginOf),
    forgetLogins: () => {},
  };
  readonly identity = {
    roleOf: async (workspaceId: string, userId: string) =>
      this.#answer(workspaceId === "w1" ? (this.roles[userId] ?? null) : null),
    hasLogin: async (id: string) => this.#answer(this.loginOf?.loginId === id),
    apiKeyByHash: async (hash: Uint8Array) =>
      this.#answer(Buffer.compare(hash, hashApiKey(this.key.key)) === 0 ? this.apiKey : null),
    apiKeys: async () => this.#answer([this.apiKey]),
    touchApiKey: async () => {},
  };

  change(id: string, more: Partial<WorkspaceInfo>): void {
    this.workspaces = this.workspaces.map((one) => (one.id === id ? { ...one, ...more } : one));
  }

  async #answer<T>(value: T): Promise<T> {
    this.queries += 1;
    if (this.databaseAway) throw new AppError("unavailable", "The database is away.");
    return value;
  }
}

function workspace(id: string, slug: string, settings: object = {}): WorkspaceInfo {
  return {
    id,
    slug,
    name: slug,
    settings: workspaceSettings.parse(settings),
    tokenSecrets: [`secret of ${id}, the newer one`, `secret of ${id}, the older one`],
  };
}

let world: World;
let authenticator: Authenticator;
beforeEach(() => start());

function start(
  more: { origins?: Partial<OriginPolicy>; allowInsecureUserId?: boolean } = {},
): void {
  world = new World();
  authenticator = createAuthenticator({
    auth: world.auth,
    identity: world.identity,
    feed: world.feed,
    rateLimiter: createMemoryRateLimiter({ api_calls: KEYS_A_MINUTE, publishes: 0 }),
    secret: "a secret of the tests, long enough to be one",
    origins: { publicUrl: null, mode: "local", trustProxy: 0, ...more.origins },
    allowInsecureUserId: more.allowInsecureUserId ?? false,
  });
}

interface Asked {
  headers?: Record<string, string>;
  query?: string;
  method?: string;
  protocols?: string[];
}

function input({ headers = {}, query = "", method = "GET", protocols }: Asked): IdentifyInput {
  return {
    headers: { host: HOST, ...headers },
    url: new URL(`${OWN}/api/creator/broadcast/ws?${query}`),
    address: "10.0.0.1",
    method,
    protocols,
  };
}

const resolve = (asked: Asked = {}): Promise<Caller> => authenticator.resolve(input(asked));

async function recipient(asked: Asked): Promise<RecipientCaller> {
  const caller = await resolve(asked);
  if (caller.kind !== "recipient") throw new Error(`It is a ${caller.kind}.`);
  return caller;
}

async function member(asked: Asked = { headers: { cookie: COOKIE } }): Promise<MemberCaller> {
  const caller = await resolve(asked);
  if (caller.kind !== "member") throw new Error(`It is a ${caller.kind}.`);
  return caller;
}

function workspaceOf(id: string): WorkspaceInfo {
  const found = world.feed.workspaceById(id);
  if (!found) throw new Error("There is no such workspace.");
  return found;
}

const userToken = (sub = "u1", secret = "secret of w1, the newer one") =>
  signUserToken(secret, { sub, name: "Ulla", traits: { plan: "pro" } });

/** The session token of a new visitor. */
function visitorSession(sessionId = "s1"): { token: string; recipient: string } {
  const caller = authenticator.newAnonymous(workspaceOf("w1"));
  return {
    token: authenticator.issueSession(caller, sessionId),
    recipient: caller.viewer.recipient,
  };
}

async function userSession(sub = "u1", sessionId = "s1"): Promise<string> {
  const caller = await recipient({ headers: { authorization: `Bearer ${await userToken(sub)}` } });
  return authenticator.issueSession(caller, sessionId);
}

describe("who is calling", () => {
  test("nobody in particular, without anything that says", async () => {
    expect(await resolve()).toEqual({ kind: "nobody", workspace: workspaceOf("w1") });
  });

  test("a user, by bearer token or by the subprotocol that stands in for it", async () => {
    const token = await userToken();
    const expected = {
      kind: "recipient",
      viewer: { recipient: "user:u1", kind: "user", name: "Ulla", traits: { plan: "pro" } },
      sessionId: null,
      mergeFrom: null,
    };
    expect(await resolve({ headers: { authorization: `Bearer ${token}` } })).toMatchObject(
      expected,
    );
    expect(await resolve({ headers: { authorization: `bearer  ${token}` } })).toMatchObject(
      expected,
    );
    const protocols = ["loudhailer.v1", `loudhailer.token.${token}`];
    expect(await resolve({ protocols })).toMatchObject(expected);
  });

  test("a dashboard person, by cookie, with its role and nothing of a user's", async () => {
    expect(await resolve({ headers: { cookie: COOKIE } })).toMatchObject({
      kind: "member",
      loginId: "login1",
      actor: { kind: "user", id: "person1", name: "Ada", role: "publisher", address: "10.0.0.1" },
      viewer: { recipient: "team:person1", kind: "team", roles: ["publisher"], traits: {} },
    });
  });

  test("a program, by API key, in the key's own workspace", async () => {
    const headers = { authorization: `Bearer ${world.key.key}` };
    expect(await resolve({ headers })).toMatchObject({
      kind: "key",
      workspace: { id: "w1" },
      actor: { kind: "key", id: "key1", name: "Deploys", role: "publisher" },
    });
    await expect(resolve({ headers, query: "workspace=other" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  test("a returning visitor, by session token, in a header or a subprotocol", async () => {
    const { token, recipient } = visitorSession();
    const expected = { kind: "recipient", viewer: { recipient }, sessionId: "s1", expiresAt: null };
    expect(await resolve({ headers: { "x-loudhailer-session": token } })).toMatchObject(expected);
    const protocols = ["loudhailer.v1", `loudhailer.session.${token}`];
    expect(await resolve({ protocols })).toMatchObject(expected);
  });

  test("the token before the cookie, the cookie before the session token", async () => {
    const headers = {
      authorization: `Bearer ${await userToken()}`,
      cookie: COOKIE,
      "x-loudhailer-session": visitorSession().token,
    };
    expect((await resolve({ headers })).kind).toBe("recipient");
    expect((await resolve({ headers: { ...headers, authorization: "" } })).kind).toBe("member");
    const fallen = await recipient({ headers: { ...headers, authorization: "", cookie: "" } });
    expect(fallen.viewer.kind).toBe("anonymous");
  });

  test("a token that is not valid is refused, whatever else would do", async () => {
    const headers = { authorization: "Bearer not.a.token", cookie: COOKIE };
    await expect(resolve({ headers })).rejects.toMatchObject({ code: "token_invalid" });
  });

  test("another scheme of authorization is not ours: a proxy's, say", async () => {
    const headers = { authorization: "Basic YTpi", cookie: COOKIE };
    expect((await resolve({ headers })).kind).toBe("member");
  });

  test("`?user_id=` says nothing", async () => {
    expect((await resolve({ query: "user_id=u1" })).kind).toBe("nobody");
  });

  test("`?user_id=` is believed with ALLOW_INSECURE_USER_ID, within the limits of a `sub`", async () => {
    start({ allowInsecureUserId: true });
    const caller = await recipient({ query: "user_id=u1" });
    expect(caller.viewer.recipient).toBe("user:u1");
    await expect(resolve({ query: `user_id=${"x".repeat(257)}` })).rejects.toMatchObject({
      code: "token_invalid",
    });
  });

  test("the page's locale stands in where no token says one", async () => {
    const headers = { authorization: `Bearer ${await userToken()}` };
    expect((await recipient({ headers, query: "locale=fr_ca" })).viewer.locale).toBe("fr-CA");
    expect((await recipient({ headers, query: "locale=%00" })).viewer.locale).toBeNull();
  });
});

describe("which workspace", () => {
  test("an unknown one is named in the refusal", async () => {
    await expect(resolve({ query: "workspace=nowhere" })).rejects.toMatchObject({
      code: "not_found",
      message: 'There is no workspace "nowhere".',
    });
  });

  test("[SEC4] credentials of one are worth nothing in another", async () => {
    const query = "workspace=other";
    const headers = { authorization: `Bearer ${await userToken()}` };
    await expect(resolve({ headers, query })).rejects.toMatchObject({ code: "token_invalid" });
    const session = { "x-loudhailer-session": visitorSession().token };
    expect((await resolve({ headers: session, query })).kind).toBe("nobody");
    expect((await resolve({ headers: { cookie: COOKIE }, query })).kind).toBe("nobody");
  });

  test("may keep anonymous visitors out, new and returning", async () => {
    const { token } = visitorSession();
    world.change("w1", workspace("w1", "default", { anonymousAllowed: false }));
    expect((await resolve({ headers: { "x-loudhailer-session": token } })).kind).toBe("nobody");
    expect(() => authenticator.newAnonymous(workspaceOf("w1"))).toThrow(/signed-in users only/);
  });
});

describe("which session", () => {
  test("[ACK3] an anonymous one goes on when its visitor signs in, and its dismissals move", async () => {
    const { token, recipient: visitor } = visitorSession();
    const session = { "x-loudhailer-session": token };
    const user = { ...session, authorization: `Bearer ${await userToken()}` };
    expect(await resolve({ headers: user })).toMatchObject({ sessionId: "s1", mergeFrom: visitor });
    const person = { ...session, cookie: COOKIE };
    expect(await resolve({ headers: person })).toMatchObject({
      sessionId: "s1",
      mergeFrom: visitor,
    });
  });

  test("a user's own goes on", async () => {
    const headers = {
      authorization: `Bearer ${await userToken()}`,
      "x-loudhailer-session": await userSession(),
    };
    expect(await resolve({ headers })).toMatchObject({ sessionId: "s1", mergeFrom: null });
  });

  test("[CLI4] another user's does not, and nothing of that user is taken over", async () => {
    const headers = {
      authorization: `Bearer ${await userToken("u2")}`,
      "x-loudhailer-session": await userSession("u1"),
    };
    expect(await resolve({ headers })).toMatchObject({
      viewer: { recipient: "user:u2" },
      sessionId: null,
      mergeFrom: null,
    });
  });

  test("a user's token says who it is until the user token expires, and not longer", async () => {
    const token = await userSession();
    const headers = { "x-loudhailer-session": token };
    const caller = await recipient({ headers });
    expect(caller.viewer).toMatchObject({ recipient: "user:u1", traits: { plan: "pro" } });
    expect(caller.expiresAt).toBeGreaterThan(world.now);
    world.now += HOUR_MS + 60_000;
    expect((await resolve({ headers })).kind).toBe("nobody");
  });

  test("[SEC3] a user's token is worth nothing once the secret behind it is gone", async () => {
    const headers = { "x-loudhailer-session": await userSession() };
    world.change("w1", { tokenSecrets: ["secret of w1, the older one"] });
    expect((await resolve({ headers })).kind).toBe("nobody");
  });

  test("[STR1] a stay is its holder's until that identity ends, or while it is proven beside it", async () => {
    const nobody = await resolve();
    const [ofUser, ofMember, ofVisitor] = [
      await userSession(),
      authenticator.issueSession(await member(), "s1"),
      authenticator.issueSession(authenticator.newAnonymous(workspaceOf("w1")), "s2"),
    ].map((token) => authenticator.readSession("w1", token));
    if (!ofUser || !ofMember || !ofVisitor) throw new Error("A token was not read.");
    expect(authenticator.holds(ofUser, nobody)).toBe(true);
    expect(authenticator.holds(ofMember, nobody)).toBe(false);
    world.now += HOUR_MS + 60_000;
    expect(authenticator.holds(ofUser, nobody)).toBe(false);
    expect(authenticator.holds(ofVisitor, nobody)).toBe(true);
    const proven = recipientCaller(workspaceOf("w1"), ofUser.viewer);
    expect(authenticator.holds(ofUser, proven)).toBe(true);
    expect(authenticator.holds(ofUser, { ...proven, viewer: ofVisitor.viewer })).toBe(false);
  });

  test("a dashboard person's is nobody's without the cookie", async () => {
    const token = authenticator.issueSession(await member(), "s1");
    const headers = { "x-loudhailer-session": token };
    expect((await resolve({ headers })).kind).toBe("nobody");
    expect(await member({ headers: { ...headers, cookie: COOKIE } })).toMatchObject({
      sessionId: "s1",
    });
  });

  test.each(["", "nonsense", "a.b"])("a forged one (%j) is as good as none", async (token) => {
    expect((await resolve({ headers: { "x-loudhailer-session": token } })).kind).toBe("nobody");
  });

  test("in band, an anonymous visitor signs in and keeps its session", async () => {
    const visitor = authenticator.newAnonymous(workspaceOf("w1"), "fr");
    const stay = { workspace: visitor.workspace, viewer: visitor.viewer, sessionId: "s1" };
    expect(await authenticator.authenticate(stay, await userToken())).toMatchObject({
      viewer: { recipient: "user:u1", locale: "fr" },
      sessionId: "s1",
      mergeFrom: visitor.viewer.recipient,
    });
    const user = {
      ...stay,
      viewer: { ...stay.viewer, kind: "user", recipient: "user:u2" } as const,
    };
    expect(await authenticator.authenticate(user, await userToken())).toMatchObject({
      sessionId: null,
      mergeFrom: null,
    });
  });
});

describe("[SEC1] the dashboard's cookie", () => {
  const cookieOnly = { cookie: COOKIE };

  test.each<[string, Asked]>([
    ["a socket of an own page", { headers: { ...cookieOnly, origin: OWN }, protocols: [] }],
    ["a call of an own page", { headers: { ...cookieOnly, origin: OWN }, method: "POST" }],
    ["an own page's read", { headers: { ...cookieOnly, "sec-fetch-site": "same-origin" } }],
    ["a typed address", { headers: { ...cookieOnly, "sec-fetch-site": "none" } }],
    ["a read over plain http", { headers: cookieOnly }],
    [
      "a read over plain http from an own page",
      { headers: { ...cookieOnly, referer: `${OWN}/x` } },
    ],
  ])("counts on %s", async (_, asked) => {
    expect((await resolve(asked)).kind).toBe("member");
  });

  test.each<[string, Asked]>([
    ["a socket of no page", { headers: cookieOnly, protocols: [] }],
    ["a changing call of no page", { headers: cookieOnly, method: "POST" }],
    [
      "a typed address that changes",
      { headers: { ...cookieOnly, "sec-fetch-site": "none" }, method: "POST" },
    ],
    ["another site's read", { headers: { ...cookieOnly, "sec-fetch-site": "cross-site" } }],
    ["a sibling site's read", { headers: { ...cookieOnly, "sec-fetch-site": "same-site" } }],
    ["a link from elsewhere", { headers: { ...cookieOnly, referer: "http://evil.test/" } }],
  ])("does not count on %s", async (_, asked) => {
    expect((await resolve(asked)).kind).toBe("nobody");
  });

  test.each(["http://evil.test", "null", "http://localhost:3001", "https://evil.localhost:3000"])(
    "is refused from a foreign page (%s), also on a local trial",
    async (origin) => {
      const headers = { ...cookieOnly, origin };
      await expect(resolve({ headers, protocols: [] })).rejects.toMatchObject({
        code: "foreign_origin",
      });
      await expect(resolve({ headers, method: "POST" })).rejects.toMatchObject({
        code: "foreign_origin",
      });
    },
  );

  test("is ignored from a listed page, which is no dashboard", async () => {
    world.change("w1", workspace("w1", "default", { allowedOrigins: ["https://app.example.com"] }));
    const headers = { ...cookieOnly, origin: "https://app.example.com" };
    expect((await resolve({ headers, protocols: [] })).kind).toBe("nobody");
    expect((await resolve({ headers, method: "POST" })).kind).toBe("nobody");
  });

  test("in production counts from PUBLIC_URL only", async () => {
    start({ origins: { mode: "production", publicUrl: "https://loud.example.com" } });
    const own = { ...cookieOnly, origin: "https://loud.example.com" };
    expect((await resolve({ headers: own, protocols: [] })).kind).toBe("member");
    await expect(
      resolve({ headers: { ...cookieOnly, origin: OWN }, protocols: [] }),
    ).rejects.toMatchObject({ code: "foreign_origin" });
  });
});

describe("[SEC1] a foreign page", () => {
  const origin = "https://shop.test";

  test("may connect on a local trial, with a token or as a visitor", async () => {
    const authorization = `Bearer ${await userToken()}`;
    expect((await resolve({ headers: { origin, authorization, cookie: COOKIE } })).kind).toBe(
      "recipient",
    );
    expect((await resolve({ headers: { origin } })).kind).toBe("nobody");
  });

  test("may not in production, token or key or nothing", async () => {
    start({ origins: { mode: "production", publicUrl: "https://loud.example.com" } });
    for (const authorization of [`Bearer ${await userToken()}`, `Bearer ${world.key.key}`, ""]) {
      await expect(resolve({ headers: { origin, authorization } })).rejects.toMatchObject({
        code: "foreign_origin",
      });
    }
  });

  test("may in production where it is listed", async () => {
    start({ origins: { mode: "production", publicUrl: "https://loud.example.com" } });
    world.change("w1", workspace("w1", "default", { allowedOrigins: [origin] }));
    expect((await resolve({ headers: { origin } })).kind).toBe("nobody");
  });
});

describe("what it costs", () => {
  test("user and session tokens are resolved without any query", async () => {
    const token = await userToken();
    const session = visitorSession().token;
    world.databaseAway = true;
    await resolve({
      headers: { authorization: `Bearer ${token}`, "x-loudhailer-session": session },
    });
    await resolve({ headers: { "x-loudhailer-session": session } });
    expect(world.queries).toBe(0);
  });

  test("[DEG5] cookies and keys are refused while the database is away", async () => {
    world.databaseAway = true;
    const key = { authorization: `Bearer ${world.key.key}` };
    await expect(resolve({ headers: key })).rejects.toMatchObject({ code: "unavailable" });
    await expect(resolve({ headers: { cookie: COOKIE } })).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  test("keys are looked up once for many calls, and nonsense not at all", async () => {
    const headers = { authorization: `Bearer ${world.key.key}` };
    await Promise.all(Array.from({ length: 50 }, () => resolve({ headers })));
    expect(world.queries).toBe(1);
    await expect(resolve({ headers: { authorization: "Bearer lhk_x" } })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect(world.queries).toBe(1);
  });

  test("[SEC5] guessing keys costs a few queries a minute, and no key that works", async () => {
    const headers = { authorization: `Bearer ${world.key.key}` };
    const guess = () =>
      resolve({ headers: { authorization: `Bearer ${generateApiKey().key}` } }).then(
        () => "found",
        (error) => [error.code, error.retryAfterS > 0],
      );
    await resolve({ headers });
    const outcomes = await Promise.all(Array.from({ length: 20 }, guess));
    expect(outcomes.filter(([code]) => code === "unauthenticated")).toHaveLength(4);
    expect(outcomes.filter(([code]) => code === "too_many")).toHaveLength(16);
    expect(outcomes.at(-1)).toEqual(["too_many", true]);
    expect(world.queries).toBe(KEYS_A_MINUTE);
    // What was kept of the one that works is dropped: it is looked up again, and found.
    authenticator.apply("unknown");
    expect((await resolve({ headers })).kind).toBe("key");
  });
});

describe("[SEC3] revoking", () => {
  const entry = (kind: "member" | "api_key" | "login" | "recipient", subject: string) => ({
    seq: 1,
    workspaceId: kind === "login" ? null : "w1",
    kind,
    subject,
  });

  test("a member ends its callers, here and at the next call", async () => {
    const caller = await member();
    world.roles = {};
    authenticator.apply([entry("member", "person1")]);
    expect(authenticator.isRevoked(caller)).toBe(true);
    expect(await authenticator.recheck(caller)).toBe("ended");
    expect((await resolve({ headers: { cookie: COOKIE } })).kind).toBe("nobody");
  });

  test("a role changes its callers", async () => {
    const caller = await member();
    world.roles = { person1: "viewer" };
    authenticator.apply([entry("member", "person1")]);
    expect(authenticator.isRevoked(caller)).toBe(true);
    expect(await authenticator.recheck(caller)).toBe("changed");
    expect((await member()).actor.role).toBe("viewer");
  });

  test("a login ends what was opened with it", async () => {
    const caller = await member();
    world.loginOf = null;
    authenticator.apply([entry("login", "login1")]);
    expect(authenticator.isRevoked(caller)).toBe(true);
    expect(await authenticator.recheck(caller)).toBe("ended");
  });

  test("a key ends what was opened with it, and it opens nothing more", async () => {
    const headers = { authorization: `Bearer ${world.key.key}` };
    const caller = await resolve({ headers });
    world.apiKey = { ...world.apiKey, revokedAt: NOW };
    authenticator.apply([entry("api_key", "key1")]);
    expect(authenticator.isRevoked(caller)).toBe(true);
    expect(await authenticator.recheck(caller)).toBe("ended");
    await expect(resolve({ headers })).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("a secret ends the users that it vouched for, and no others", async () => {
    const older = await userToken("u1", "secret of w1, the older one");
    const one = await recipient({ headers: { authorization: `Bearer ${older}` } });
    const other = await recipient({ headers: { authorization: `Bearer ${await userToken()}` } });
    world.change("w1", { tokenSecrets: ["secret of w1, the newer one"] });
    expect(authenticator.isRevoked(one)).toBe(true);
    expect(authenticator.isRevoked(other)).toBe(false);
  });

  test("a recipient ends its callers", async () => {
    const caller = await recipient({ headers: { authorization: `Bearer ${await userToken()}` } });
    authenticator.apply([entry("recipient", "user:u1")]);
    expect(await authenticator.recheck(caller)).toBe("ended");
  });

  test("closes the workspace to anonymous visitors when that is switched off", async () => {
    const visitor = authenticator.newAnonymous(workspaceOf("w1"));
    world.change("w1", workspace("w1", "default", { anonymousAllowed: false }));
    expect(authenticator.isRevoked(visitor)).toBe(true);
  });

  test("a workspace leaves nobody in it, and nothing that opens it", async () => {
    const keyHeaders = { authorization: `Bearer ${world.key.key}` };
    const userHeaders = { authorization: `Bearer ${await userToken()}` };
    const visitor = authenticator.newAnonymous(workspaceOf("w1"));
    const session = authenticator.issueSession(visitor, "s1");
    const callers = [
      visitor,
      await member(),
      await resolve({ headers: keyHeaders }),
      await recipient({ headers: userHeaders }),
    ];
    const other = authenticator.newAnonymous(workspaceOf("w2"));
    world.workspaces = world.workspaces.filter(({ id }) => id !== "w1");
    authenticator.apply([{ ...entry("member", "w1"), kind: "workspace" }]);
    for (const caller of callers) {
      expect(authenticator.isRevoked(caller)).toBe(true);
      expect(await authenticator.recheck(caller)).toBe("gone");
    }
    expect(authenticator.isRevoked(other)).toBe(false);
    const opened: Record<string, string>[] = [
      { cookie: COOKIE },
      userHeaders,
      { "x-loudhailer-session": session },
      {},
    ];
    for (const headers of opened) {
      await expect(resolve({ headers })).rejects.toMatchObject({ code: "not_found" });
    }
    await expect(resolve({ headers: keyHeaders })).rejects.toMatchObject({
      code: "unauthenticated",
    });
    // Another one of that name is not the one that the token was given in.
    world.workspaces = [...world.workspaces, workspace("w3", "default")];
    const late = await resolve({ headers: { "x-loudhailer-session": session } });
    expect(late.kind).toBe("nobody");
  });

  test("says nothing about others", async () => {
    const caller = await member();
    authenticator.apply([entry("member", "person2"), entry("login", "login2")]);
    authenticator.apply([{ ...entry("member", "person1"), workspaceId: "w2" }]);
    expect(authenticator.isRevoked(caller)).toBe(false);
  });

  test("is noticed when it happens while someone is being admitted", async () => {
    const pending = resolve({ headers: { cookie: COOKIE } });
    authenticator.apply([entry("member", "person1")]);
    expect(authenticator.isRevoked(await pending)).toBe(true);
  });

  test("does not count against who came after", async () => {
    authenticator.apply([entry("member", "person1")]);
    expect(authenticator.isRevoked(await member())).toBe(false);
  });

  test("that was missed is looked for: dashboard people and keys are checked again, once", async () => {
    const caller = await member();
    const user = await recipient({ headers: { authorization: `Bearer ${await userToken()}` } });
    authenticator.apply("unknown");
    expect(authenticator.isRevoked(user)).toBe(false);
    expect(authenticator.isRevoked(caller)).toBe(true);
    expect(await authenticator.recheck(caller)).toBe("valid");
    expect(authenticator.isRevoked(caller)).toBe(false);
  });

  test("that was missed costs one look-up for all connections of a login", async () => {
    const callers = await Promise.all(Array.from({ length: 100 }, () => member()));
    authenticator.apply("unknown");
    world.queries = 0;
    await Promise.all(callers.map((caller) => authenticator.recheck(caller)));
    expect(world.queries).toBe(2);
  });
});
