import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Role } from "@/core/roles";
import type { ServiceContext } from "@/lib/context";
import { parseEnv } from "@/lib/env";
import type { HttpHandler } from "@/lib/http/serve";
import { createLogger } from "@/lib/logger";
import type { WorkspaceInfo } from "@/lib/ports/broadcast-store";
import { type Composition, compose } from "@/lib/runtime";
import { type ENGINES, temporaryFolder } from "./databases";
import { startPostgres } from "./postgres";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Where calls that a test makes by hand are sent. */
export const ORIGIN = "http://localhost:3000";
const OWNER = { email: "owner@example.com", password: "correct horse battery staple" };

/** The parts of one worker without its sockets, on a database of its own. */
export interface Composed {
  composition: Composition;
  workspace: WorkspaceInfo;
  /** The owner's cookie. */
  cookie: string;
  /** May be called twice. */
  stop(): Promise<void>;
}

/** The same, with a database server that can be away. */
export interface ComposedOnPostgres extends Composed {
  kill(): Promise<void>;
  start(): Promise<void>;
}

/** The same worker on either engine, for what must hold on both. */
export const COMPOSED = {
  PostgreSQL: () => startComposed(),
  "embedded PGlite": onPglite,
} as const satisfies Record<keyof typeof ENGINES, () => Promise<Composed>>;

export async function startComposed(env: Record<string, string> = {}): Promise<ComposedOnPostgres> {
  const postgres = await startPostgres();
  const { stop, ...composed } = await composedOf({ ...env, DATABASE_URL: postgres.url });
  return {
    ...composed,
    kill: () => postgres.kill(),
    start: () => postgres.start(),
    stop: async () => {
      await stop();
      await postgres.stop();
    },
  };
}

async function onPglite(): Promise<Composed> {
  const dataDir = temporaryFolder();
  const { stop, ...composed } = await composedOf({ DATA_DIR: dataDir });
  return {
    ...composed,
    stop: async () => {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function composedOf(env: Record<string, string>): Promise<Composed> {
  const composition = await compose({
    env: parseEnv({
      LOUDHAILER_MODE: "local",
      AUTH_SECRET: "only the tests know this secret, and only they",
      LOUDHAILER_ADMIN_EMAIL: OWNER.email,
      LOUDHAILER_ADMIN_PASSWORD: OWNER.password,
      LIMIT_PUBLISHES_PER_MINUTE: "0",
      LIMIT_API_CALLS_PER_MINUTE: "0",
      ...env,
    }),
    logger: createLogger("silent", { worker: "test" }),
    root: ROOT,
    version: "0.0.0",
    workerId: "test",
  });
  const { runtime } = composition;
  const workspace = runtime.feed.workspaceBySlug("default");
  if (!workspace) throw new Error("A new installation has a workspace.");
  const cookies = await runtime.auth.signIn(
    OWNER,
    new Headers({ host: new URL(ORIGIN).host, origin: ORIGIN }),
    { address: "127.0.0.1" },
  );
  return {
    composition,
    workspace,
    cookie: cookies.map((line) => line.split(";")[0]).join("; "),
    stop: () => composition.close(),
  };
}

/** A dashboard person with a role. */
export function actingAs(workspace: WorkspaceInfo, role: Role, id: string = role): ServiceContext {
  return { workspace, actor: { kind: "user", id, name: id, role, address: "10.0.0.1" } };
}

/** The same request, sent under one `Idempotency-Key`. */
export function once(ctx: ServiceContext, key: string = randomUUID()): ServiceContext {
  const credential = `${ctx.actor.kind}:${ctx.actor.id}`;
  return { ...ctx, idempotency: { credential, key, requestHash: "ab".repeat(32) } };
}

/** Calls a route's handler as the server would. */
export function callRoute(
  handler: HttpHandler,
  path: string,
  init: RequestInit & { params?: Record<string, string> } = {},
): Promise<Response> {
  const { params = {}, ...request } = init;
  const headers = new Headers(request.headers);
  headers.set("host", new URL(ORIGIN).host);
  headers.set("x-loudhailer-address", "10.0.0.1");
  return handler(new Request(`${ORIGIN}${path}`, { ...request, headers }), {
    params: Promise.resolve(params),
  });
}
