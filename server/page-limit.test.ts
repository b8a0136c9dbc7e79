import { expect, test } from "vitest";
import type { Caller } from "@/lib/context";
import { createMemoryRateLimiter } from "@/lib/http/rate-limit";
import { ROUTES } from "@/lib/http/routes";
import { aViewer } from "@/tests/support/broadcasts";
import { FakeFeedSource } from "@/tests/support/fake-broadcast-store";
import { countPage } from "./page-limit";

const LIMIT = 3;
const { workspace } = new FakeFeedSource();
const actor = { kind: "user", id: "u1", name: "Ada", role: "viewer", address: null } as const;
const member: Caller = { kind: "member", workspace, actor, viewer: aViewer(), loginId: "l1" };

/** How many of `times` requests were let through; null = they are not counted. */
async function allowed(
  times: number,
  request: { path: string; caller?: Caller; address?: string },
  limiter = createMemoryRateLimiter({ api_calls: LIMIT, publishes: 0 }),
): Promise<number | null> {
  const asked = { caller: null, address: "192.0.2.1", ...request };
  const quotas = await Promise.all(Array.from({ length: times }, () => countPage(limiter, asked)));
  if (quotas.includes(null)) return null;
  return quotas.filter((quota) => quota?.allowed).length;
}

test.each(["/", "/sign-in", "/docs/api", "/api/auth/ok", "/api/v1/openapi.json", "/api/creator/x"])(
  "[SEC5] %s is counted by address",
  async (path) => {
    expect(await allowed(LIMIT + 2, { path })).toBe(LIMIT);
  },
);

const declared = [...ROUTES.values()].map(({ declaration }) => declaration.path);

test.each([...new Set(declared), "/_next/static/a.js"])(
  "[SEC5] %s is not: it counts its calls by itself, or is a file",
  async (path) => {
    expect(await allowed(LIMIT + 2, { path })).toBeNull();
  },
);

test("[SEC5] pages of one address share a quota, another's do not, and people have their own", async () => {
  const limiter = createMemoryRateLimiter({ api_calls: LIMIT, publishes: 0 });
  const page = { path: "/sign-in" };
  expect(await allowed(LIMIT, page, limiter)).toBe(LIMIT);
  expect(await allowed(1, { path: "/demo" }, limiter)).toBe(0);
  expect(await allowed(1, { ...page, address: "192.0.2.2" }, limiter)).toBe(1);
  expect(await allowed(10 * LIMIT + 1, { path: "/", caller: member }, limiter)).toBe(10 * LIMIT);
});

test("[SEC5] nothing is counted where the limit is off", async () => {
  const off = createMemoryRateLimiter({ api_calls: 0, publishes: 0 });
  expect(await allowed(50, { path: "/sign-in" }, off)).toBeNull();
});
