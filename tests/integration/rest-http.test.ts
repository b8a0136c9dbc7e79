import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type CreateApiKeyInput, createApiKeyInput } from "@/core/api/people";
import { createApiKey } from "@/lib/auth/api-key";
import { clear } from "@/lib/broadcasts/clear";
import type { ServiceContext } from "@/lib/context";
import { preflight } from "@/lib/http/cors";
import { createMemoryRateLimiter } from "@/lib/http/rate-limit";
import {
  createBroadcast,
  editBroadcast,
  listBroadcasts,
  readBroadcast,
} from "@/lib/http/routes/broadcasts";
import { acknowledgeRoute, activeRoute, limitsRoute, publishRoute } from "@/lib/http/routes/fixed";
import { readInbox } from "@/lib/http/routes/sessions";
import { patchSettings } from "@/lib/http/routes/workspace";
import { type HttpHandler, serve } from "@/lib/http/serve";
import { setRuntime } from "@/lib/runtime-context";
import { changeSettings } from "@/lib/workspace/change-settings";
import {
  actingAs,
  type ComposedOnPostgres,
  callRoute,
  ORIGIN,
  startComposed,
} from "@/tests/support/composed";

const PUBLISH = "/api/creator/broadcast";
const ACTIVE = `${PUBLISH}/active`;
const BROADCASTS = "/api/v1/broadcasts";
const SHOP = "https://shop.example.com";

const publish = serve(publishRoute);
const active = serve(activeRoute);
const acknowledge = serve(acknowledgeRoute);
const create = serve(createBroadcast);
const read = serve(readBroadcast);
const patch = serve(editBroadcast);
const list = serve(listBroadcasts);

let composed: ComposedOnPostgres;
let owner: ServiceContext;

beforeAll(async () => {
  composed = await startComposed();
  owner = actingAs(composed.workspace, "owner");
});
afterEach(async () => {
  setRuntime(composed.composition.runtime);
  await clear(owner, { id: null });
});
afterAll(() => composed?.stop());

interface Sent {
  method?: string;
  body?: unknown;
  text?: string;
  headers?: Record<string, string>;
  params?: Record<string, string>;
}

/** As the dashboard's own pages call. */
function asOwner(handler: HttpHandler, path: string, { body, text, headers, ...sent }: Sent = {}) {
  return callRoute(handler, path, {
    method: body === undefined && text === undefined ? "GET" : "POST",
    ...sent,
    ...((body !== undefined || text !== undefined) && { body: text ?? JSON.stringify(body) }),
    headers: { cookie: composed.cookie, origin: ORIGIN, ...headers },
  });
}

async function keyOf(role: CreateApiKeyInput["role"]): Promise<string> {
  return (await createApiKey(owner, createApiKeyInput.parse({ name: role, role }))).key;
}

const identified = z.looseObject({ id: z.string(), revision: z.int() });

async function draftOf(body: object): Promise<z.output<typeof identified>> {
  const answer = await asOwner(create, BROADCASTS, { body });
  expect(answer.status).toBe(201);
  return identified.parse(await answer.json());
}

describe("a refusal under /api/v1", () => {
  test("is a problem document that names the field, every field", async () => {
    const body = { message: "", level: "shout", title: "x".repeat(81) };
    const answer = await asOwner(create, BROADCASTS, { body });
    expect(answer.status).toBe(422);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    const problem = await answer.json();
    expect(problem).toMatchObject({
      type: "about:blank",
      title: "Unprocessable Content",
      status: 422,
      code: "invalid",
      requestId: answer.headers.get("x-request-id"),
      errors: expect.arrayContaining([
        { field: "message", message: "Broadcast message cannot be empty" },
        { field: "level", message: expect.stringMatching(/^level: .*info/) },
        { field: "title", message: expect.stringContaining("the limit is 80") },
      ]),
    });
  });

  test("of a service names its field too", async () => {
    const { id } = await draftOf({ message: "Fine" });
    const answer = await asOwner(patch, `${BROADCASTS}/${id}`, {
      method: "PATCH",
      params: { id },
      headers: { "if-match": '"1"' },
      body: { dismissible: false },
    });
    expect(await answer.json()).toMatchObject({ errors: [{ field: "endsAt" }] });
  });

  test.each<[string, string]>([
    ["half a document", '{"message":'],
    ["nesting without end", `${"[".repeat(40)}${"]".repeat(40)}`],
  ])("is 400 for %s", async (_, text) => {
    const answer = await asOwner(create, BROADCASTS, { text });
    expect(await answer.json()).toMatchObject({
      status: 400,
      code: "bad_json",
      detail: "The request body is not valid JSON",
    });
  });

  test("[SEC5] is 413 for a body over the limit, told or counted", async () => {
    const text = JSON.stringify({ message: "x".repeat(70_000) });
    expect((await asOwner(create, BROADCASTS, { text })).status).toBe(413);
  });

  test("[SEC6] prototype keys change nothing", async () => {
    const text = '{"message":"x","__proto__":{"level":"alert"},"constructor":1}';
    const answer = await asOwner(create, BROADCASTS, { text });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({
      errors: [{ message: expect.stringContaining("constructor") }],
    });
    expect({}).not.toHaveProperty("level");
  });

  test("is 401 for nobody, 403 for a visitor and for a role too low", async () => {
    const body = JSON.stringify({ message: "x" });
    const nobody = await callRoute(create, BROADCASTS, { method: "POST", body });
    expect(nobody.status).toBe(401);
    const { session_token } = await (await callRoute(active, ACTIVE)).json();
    const visitor = await callRoute(create, BROADCASTS, {
      method: "POST",
      body,
      headers: { "x-loudhailer-session": session_token },
    });
    expect(visitor.status).toBe(403);
    const viewer = await callRoute(create, BROADCASTS, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${await keyOf("viewer")}` },
    });
    expect(await viewer.json()).toMatchObject({ code: "forbidden", status: 403 });
  });

  test("hides what is ours to look into", async () => {
    const { runtime } = composed.composition;
    const broken = () => Promise.reject(new Error("password=hunter2"));
    setRuntime({
      ...runtime,
      broadcasts: Object.assign(Object.create(runtime.broadcasts), { list: broken }),
    });
    const answer = await asOwner(list, BROADCASTS);
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain("hunter2");
  });
});

describe("[SEC1] [SEC3] pages of other origins", () => {
  const settings = (allowedOrigins: string[]) => changeSettings(owner, { allowedOrigins });

  test("may not change anything with the cookie, listed or not", async () => {
    const body = JSON.stringify({ message: "Forged" });
    const from = (origin: string) =>
      callRoute(publish, PUBLISH, {
        method: "POST",
        body,
        headers: { cookie: composed.cookie, origin },
      });
    expect(await (await from("https://evil.example")).json()).toMatchObject({
      status: "error",
      code: "foreign_origin",
    });
    await settings([SHOP]);
    expect((await from(SHOP)).status).toBe(401);
    expect(
      (
        await callRoute(publish, PUBLISH, {
          method: "POST",
          body,
          headers: { cookie: composed.cookie },
        })
      ).status,
    ).toBe(401);
    await settings([]);
  });

  test("may read as recipients where they are listed, refusals too", async () => {
    await settings([SHOP]);
    const answer = await callRoute(active, ACTIVE, { headers: { origin: SHOP } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("access-control-allow-origin")).toBe(SHOP);
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("access-control-expose-headers")).toMatch(/ETag.*RateLimit-Limit/);
    expect(answer.headers.get("vary")).toContain("Origin");
    const refused = await callRoute(acknowledge, `${PUBLISH}/acknowledge`, {
      method: "POST",
      body: JSON.stringify({ broadcast_id: randomUUID() }),
      headers: { origin: SHOP, authorization: "Bearer not.a.token" },
    });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("access-control-allow-origin")).toBe(SHOP);
    const foreign = await callRoute(active, ACTIVE, {
      headers: { origin: "https://evil.example" },
    });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
    await settings([]);
  });

  test("are told what they may send before they do", async () => {
    await settings([SHOP]);
    const ask = (origin: string) =>
      preflight(new Request(`${ORIGIN}${ACTIVE}`, { method: "OPTIONS", headers: { origin } }));
    const { status, headers } = ask(SHOP);
    expect(status).toBe(204);
    expect(headers.get("access-control-allow-headers")).toContain("X-Loudhailer-Session");
    expect(ask("https://evil.example").headers.get("access-control-allow-origin")).toBeNull();
    await settings([]);
  });
});

describe("[SEC5] limits", () => {
  function limited(kinds: { api_calls: number; publishes: number }): void {
    const rateLimiter = createMemoryRateLimiter(kinds);
    setRuntime({ ...composed.composition.runtime, rateLimiter });
  }

  test("are told in headers, and 429 says when to come back", async () => {
    limited({ api_calls: 2, publishes: 0 });
    const limits = serve(limitsRoute);
    const first = await asOwner(limits, `${PUBLISH}/limits`);
    expect(first.headers.get("ratelimit-limit")).toBe("2");
    expect(first.headers.get("ratelimit-remaining")).toBe("1");
    await asOwner(limits, `${PUBLISH}/limits`);
    const refused = await asOwner(limits, `${PUBLISH}/limits`);
    expect(refused.status).toBe(429);
    expect(await refused.json()).toMatchObject({ status: "error", code: "too_many" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    const other = { authorization: `Bearer ${await keyOf("viewer")}` };
    expect((await callRoute(limits, `${PUBLISH}/limits`, { headers: other })).status).toBe(200);
  });

  test("publishes are counted for the whole workspace", async () => {
    limited({ api_calls: 0, publishes: 1 });
    const body = { message: "One a minute" };
    expect((await asOwner(publish, PUBLISH, { body })).status).toBe(200);
    const bearer = await keyOf("publisher");
    const second = await callRoute(publish, PUBLISH, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${bearer}` },
    });
    expect(second.status).toBe(429);
  });
});

describe("[PUB5] Idempotency-Key", () => {
  test("gives the same answer again, and refuses another body under it", async () => {
    const headers = { "idempotency-key": randomUUID() };
    const first = await asOwner(publish, PUBLISH, { body: { message: "Once" }, headers });
    const again = await asOwner(publish, PUBLISH, { text: '{ "message": "Once" }', headers });
    expect(await again.json()).toEqual(await first.json());
    const other = await asOwner(publish, PUBLISH, { body: { message: "Twice" }, headers });
    expect(await other.json()).toMatchObject({ status: "error", code: "idempotency_conflict" });
    expect(other.status).toBe(409);
    const elsewhere = await asOwner(create, BROADCASTS, { body: { message: "Once" }, headers });
    expect(elsewhere.status).toBe(409);
  });

  test("that is none is refused", async () => {
    const headers = { "idempotency-key": "x".repeat(256) };
    expect((await asOwner(publish, PUBLISH, { body: { message: "x" }, headers })).status).toBe(400);
  });
});

describe("[BC5] If-Match", () => {
  test("is asked for, obeyed, and answered with what changed", async () => {
    const { id } = await draftOf({ message: "First" });
    const edit = (headers: Record<string, string>, message: string) =>
      asOwner(patch, `${BROADCASTS}/${id}`, {
        method: "PATCH",
        params: { id },
        headers,
        body: { message },
      });
    expect((await edit({}, "Blind")).status).toBe(428);
    expect((await edit({ "if-match": "latest" }, "Blind")).status).toBe(422);
    const found = await asOwner(read, `${BROADCASTS}/${id}`, { params: { id } });
    expect(found.headers.get("etag")).toBe('"1"');
    const edited = await edit({ "if-match": '"1"' }, "Second");
    expect(edited.headers.get("etag")).toBe('"2"');
    const late = await edit({ "if-match": '"1"' }, "Third");
    expect(late.status).toBe(412);
    expect(await late.json()).toMatchObject({
      code: "revision_conflict",
      revision: 2,
      changes: [{ field: "message", before: "First", after: "Second" }],
    });
  });
});

describe("lists", () => {
  test("go on where a page ended, and filter", async () => {
    for (let index = 0; index < 3; index += 1) await draftOf({ message: `Walrus ${index}` });
    const page = async (query: string) => {
      const answer = await asOwner(list, `${BROADCASTS}?${query}`);
      expect(answer.status).toBe(200);
      return z
        .object({
          broadcasts: z.array(z.looseObject({ message: z.string() })),
          next: z.string().nullable(),
        })
        .parse(await answer.json());
    };
    const first = await page("search=walrus&limit=2&status=draft");
    expect(first.broadcasts.map(({ message }) => message)).toEqual(["Walrus 2", "Walrus 1"]);
    const second = await page(`search=walrus&limit=2&cursor=${first.next}`);
    expect(second.broadcasts.map(({ message }) => message)).toEqual(["Walrus 0"]);
    expect(second.next).toBeNull();
    expect((await page("search=walrus&status=live,scheduled")).broadcasts).toEqual([]);
    const bad = await asOwner(list, `${BROADCASTS}?status=sleeping&limit=0`);
    expect(await bad.json()).toMatchObject({
      errors: [{ field: "limit" }, { field: expect.stringMatching(/^status/) }],
    });
  });
});

describe("polling", () => {
  const poll = (headers: Record<string, string> = {}) => callRoute(active, ACTIVE, { headers });

  test("gives equal answers equal tags, and 304 for one that is known", async () => {
    const first = await poll();
    expect((await poll()).headers.get("etag")).toBe(first.headers.get("etag"));
    const { session_token, session_id } = await first.json();
    const mine = { "x-loudhailer-session": session_token };
    const again = await poll(mine);
    expect(await again.json()).toMatchObject({ session_id, session_token });
    const etag = again.headers.get("etag") ?? "";
    const known = await poll({ ...mine, "if-none-match": etag });
    expect(known.status).toBe(304);
    expect(await known.text()).toBe("");
    await asOwner(publish, PUBLISH, { body: { message: "News" } });
    const news = await poll({ ...mine, "if-none-match": etag });
    expect(await news.json()).toMatchObject({ broadcast: { message: "News" }, session_id });
  });

  test("[ACK3] moves a visitor's dismissals to the user it signs in as", async () => {
    const { session_token } = await (await poll()).json();
    const visitor = { "x-loudhailer-session": session_token };
    const { id } = await (await asOwner(publish, PUBLISH, { body: { message: "Seen" } })).json();
    const dismissed = await callRoute(acknowledge, `${PUBLISH}/acknowledge`, {
      method: "POST",
      body: JSON.stringify({ broadcast_id: id }),
      headers: visitor,
    });
    expect(dismissed.status).toBe(200);
    const signedIn = await asOwner(active, ACTIVE, { headers: visitor });
    expect(await signedIn.json()).toMatchObject({ broadcasts: [] });
    const elsewhere = await asOwner(active, ACTIVE);
    expect(await elsewhere.json()).toMatchObject({ broadcasts: [] });
  });

  test("[CLI7] shows nothing to visitors while the embed is off", async () => {
    await asOwner(publish, PUBLISH, { body: { message: "Hello" } });
    await asOwner(serve(patchSettings), "/api/v1/settings", {
      method: "PATCH",
      body: { embedEnabled: false },
    });
    expect(await (await poll()).json()).toMatchObject({ broadcasts: [] });
    expect(await (await asOwner(active, ACTIVE)).json()).toMatchObject({
      broadcasts: [{ message: "Hello" }],
    });
    await changeSettings(owner, { embedEnabled: true });
  });

  test("[PUB8] a visitor reads the inbox of its own session, and no other", async () => {
    const { session_id, session_token } = await (await poll()).json();
    const headers = { "x-loudhailer-session": session_token };
    await asOwner(publish, PUBLISH, { body: { message: "Over" } });
    await clear(owner, { id: null });
    await asOwner(publish, PUBLISH, { body: { message: "Live" } });
    const inbox = serve(readInbox);
    const path = (id: string) => `/api/v1/sessions/${id}/messages`;
    const mine = await callRoute(inbox, path(session_id), {
      headers,
      params: { id: session_id },
    });
    const { data } = await mine.json();
    expect(data.slice(0, 2)).toMatchObject([
      { message: "Live", status: "live", dismissed: false },
      { message: "Over", status: "cleared" },
    ]);
    const other = randomUUID();
    expect((await callRoute(inbox, path(other), { headers, params: { id: other } })).status).toBe(
      404,
    );
    expect((await callRoute(inbox, path(session_id), { params: { id: session_id } })).status).toBe(
      401,
    );
  });
});

describe("[DEG5] while the database is away", () => {
  test("visitors get the banners from memory, publishing is 503 with Retry-After", async () => {
    const { session_token } = await (await callRoute(active, ACTIVE)).json();
    const key = await keyOf("publisher");
    await asOwner(publish, PUBLISH, { body: { message: "Still here" } });
    await composed.kill();
    const polled = await callRoute(active, ACTIVE, {
      headers: { "x-loudhailer-session": session_token },
    });
    expect(await polled.json()).toMatchObject({
      acks: "unknown",
      broadcasts: [{ message: "Still here" }],
    });
    const refused = await callRoute(publish, PUBLISH, {
      method: "POST",
      body: JSON.stringify({ message: "Now?" }),
      headers: { authorization: `Bearer ${key}` },
    });
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ status: "error", code: "unavailable" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await composed.start();
    await composed.composition.feed.check();
  });
});
