import { test as base, expect } from "@playwright/test";
import { type CallOptions, mustCall } from "@/tests/support/api";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { startReplica } from "@/tests/support/replica";

/** A running server, and its owner signed in. */
export interface Installation {
  url: string;
  /** The owner's `Cookie` header. */
  cookie: string;
  /** A REST call as the owner. Throws unless it succeeds. */
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The same as anybody else, or nobody. */
  callAs(
    who: Omit<CallOptions, "body">,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<unknown>;
}

interface WorkerFixtures {
  /** Shared by the tests of one Playwright process; every test begins with nothing live. */
  installation: Installation;
}

interface TestFixtures {
  /** Takes off what an earlier test left live or scheduled. */
  nothingLive: undefined;
  /** Fails a test whose pages threw, or that React, Next or the content policy complained about. */
  noComplaints: undefined;
}

const SERVER_TIMEOUT_MS = 120_000;

/** A workspace's people click fast, but not as fast as a test. */
export const NO_LIMITS = {
  LIMIT_PUBLISHES_PER_MINUTE: "0",
  LIMIT_API_CALLS_PER_MINUTE: "0",
  LIMIT_SIGN_INS_PER_10_MINUTES: "0",
};

/**
 * For the dashboard: `page` is the owner's, signed in, and its addresses are paths. A page of
 * nobody: `test.use({ storageState: { cookies: [], origins: [] } })`.
 */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  installation: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed
    async ({}, use) => {
      const replica = await startReplica({ env: { ...OWNER_ENV, ...NO_LIMITS } });
      await use(installationOf(replica.url, await signIn(replica.url)));
      expect(await replica.stop()).toBe(0);
    },
    { scope: "worker", timeout: SERVER_TIMEOUT_MS },
  ],
  baseURL: ({ installation }, use) => use(installation.url),
  storageState: ({ installation }, use) => use(stateOf(installation)),
  nothingLive: [
    async ({ installation }, use) => {
      await clearEverything(installation);
      await use(undefined);
    },
    { auto: true },
  ],
  noComplaints: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      context.on("weberror", (event) => complaints.push(String(event.error())));
      context.on("console", (message) => {
        // The browser notes every refused request; what the page makes of it is the test's matter.
        if (message.type() !== "error" || /^Failed to load resource/.test(message.text())) return;
        complaints.push(message.text());
      });
      await use(undefined);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

export function installationOf(url: string, cookie: string): Installation {
  return {
    url,
    cookie,
    call: async (method, path, body) => (await mustCall(url, method, path, { cookie, body })).json,
    callAs: async (who, method, path, body) =>
      (await mustCall(url, method, path, { ...who, body })).json,
  };
}

/** What a browser has after signing in: `browser.newContext({ storageState })`. */
export function stateOf({ url, cookie }: { url: string; cookie: string }) {
  const { hostname } = new URL(url);
  const cookies = cookie.split("; ").map((pair) => {
    const at = pair.indexOf("=");
    return {
      name: pair.slice(0, at),
      value: pair.slice(at + 1),
      domain: hostname,
      path: "/",
      expires: -1,
      httpOnly: true,
      secure: false,
      sameSite: "Lax" as const,
    };
  });
  return { cookies, origins: [] };
}

async function clearEverything({ call }: Installation): Promise<void> {
  await call("POST", "/api/v1/broadcasts/clear", {});
  const answer = await call("GET", "/api/v1/broadcasts?status=scheduled&limit=100");
  const { broadcasts } = answer as { broadcasts: { id: string }[] };
  for (const { id } of broadcasts) await call("POST", `/api/v1/broadcasts/${id}/clear`, {});
}
