/** The product itself, and a page of another origin that shows its banners under a strict policy. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as passOn } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test as base, expect } from "@playwright/test";
import { z } from "zod";
import { signUserToken } from "@/lib/auth/user-token";
import { ROOT } from "@/scripts/run";
import { mustCall } from "@/tests/support/api";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { guard } from "@/tests/support/processes";
import { type Replica, startReplica } from "@/tests/support/replica";

export interface Product {
  /** `http://127.0.0.1:<port>`; stays over a restart. */
  readonly url: string;
  /** Of the host page: another host, another port. */
  readonly page: string;
  /** Puts it live beside what is, with the fields of the API. @returns its id */
  publish(message: string, fields?: object): Promise<string>;
  clear(id?: string): Promise<void>;
  /** How often it was dismissed, as the dashboard shows it. */
  dismissals(id: string): Promise<number>;
  /** Sockets that are open. */
  connections(): Promise<number>;
  /** What the host product signs for its user. */
  tokenFor(sub: string, roles?: string[]): Promise<string>;
  stop(): Promise<void>;
  /** On the port and the data of before. */
  start(): Promise<void>;
  /** The same page, with a Loudhailer that is reached by way of this proxy. */
  behind(proxy: Proxy): Promise<HostPage>;
}

interface HostPage {
  url: string;
  close(): void;
}

const counts = z.object({ counts: z.object({ dismissed: z.number() }) });
const health = z.object({ websocket: z.object({ local_connections: z.number() }) });

/** Starting and stopping is not part of a test's own time. */
const SERVER_TIMEOUT_MS = 180_000;

async function startProduct(): Promise<Product & { end(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), "loudhailer-"));
  let replica: Replica = await startReplica({ dataDir, env: OWNER_ENV });
  const { url, port } = replica;
  const page = await startPage(url);
  const cookie = await signIn(url);
  const call = (method: string, path: string, body?: unknown) =>
    mustCall(url, method, path, { cookie, body });
  const secrets = await call("GET", "/api/v1/token-secrets");
  const secret = secrets.text.match(/lhs_[\w-]+/)?.[0] ?? "";
  const allow = (...origins: string[]) =>
    call("PATCH", "/api/v1/settings", { allowedOrigins: origins });
  await allow(page.url);

  return {
    url,
    page: page.url,
    async publish(message, fields = {}) {
      const body = { message, replace: false, ...fields };
      const { json } = await call("POST", "/api/v1/broadcasts", body);
      const { id } = z.object({ id: z.string() }).parse(json);
      await call("POST", `/api/v1/broadcasts/${id}/publish`);
      return id;
    },
    async clear(id) {
      await call("POST", "/api/creator/broadcast/clear", id ? { broadcast_id: id } : {});
    },
    async dismissals(id) {
      return counts.parse((await call("GET", `/api/v1/broadcasts/${id}/stats`)).json).counts
        .dismissed;
    },
    async connections() {
      const { json } = await mustCall(url, "GET", "/health");
      return health.parse(json).websocket.local_connections;
    },
    tokenFor: (sub, roles) => signUserToken(secret, { sub, roles }),
    async stop() {
      expect(await replica.stop()).toBe(0);
    },
    async start() {
      replica = await startReplica({ dataDir, env: { PORT: String(port) } });
    },
    async behind(proxy) {
      const other = await startPage(proxy.url);
      await allow(page.url, other.url);
      return other;
    },
    async end() {
      page.close();
      await replica.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** examples/strict-csp, as its readers run it. */
async function startPage(loudhailer: string): Promise<HostPage> {
  const args = ["examples/serve.mjs", "strict-csp", "--port", "0", "--loudhailer", loudhailer];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  guard(child);
  const [printed] = await once(child.stdout, "data");
  return { url: String(printed).trim(), close: () => child.kill() };
}

export interface Proxy {
  readonly url: string;
  /** Statuses of the answers to polls so far. */
  readonly polls: readonly number[];
  close(): void;
}

/** A proxy as some networks have it: it lets no WebSocket through. */
export async function startProxy(target: string): Promise<Proxy> {
  const polls: number[] = [];
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url = "" } = incoming;
    const onward = passOn(target + url, { method, headers }, (answer) => {
      if (method === "GET" && url.includes("/active?")) polls.push(answer.statusCode ?? 0);
      outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.on("upgrade", (_, socket) => socket.end("HTTP/1.1 403 Forbidden\r\n\r\n"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    polls,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

export const test = base.extend<{ policy: string[] }, { product: Product }>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed
    async ({}, use) => {
      const product = await startProduct();
      await use(product);
      await product.end();
    },
    { scope: "worker", timeout: SERVER_TIMEOUT_MS },
  ],
  /** What the pages' policy was broken by, and what they threw. */
  policy: [
    async ({ context }, use) => {
      const broken: string[] = [];
      context.on("console", (message) => {
        if (/content.security.policy|trusted/i.test(message.text())) broken.push(message.text());
      });
      context.on("weberror", (error) => broken.push(String(error.error())));
      await use(broken);
      expect(broken).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
