import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { Role } from "@/core/roles";
import type { ServiceContext } from "@/lib/context";
import { parseEnv } from "@/lib/env";
import type { HttpHandler } from "@/lib/http/serve";
import { createLogger } from "@/lib/logger";
import type { WorkspaceInfo } from "@/lib/ports/broadcast-store";
import { type Composition, compose } from "@/lib/runtime";
import { startPostgres } from "./postgres";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** Where calls that a test makes by hand are sent. */
export const ORIGIN = "http://localhost:3000";
const OWNER = { email: "owner@example.com", password: "correct horse battery staple" };

/** The parts of one worker without its sockets, on a PostgreSQL server of its own. */
export interface Composed {
  composition: Composition;
  workspace: WorkspaceInfo;
  /** The owner's cookie. */
  cookie: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** May be called twice. */
  stop(): Promise<void>;
}

export async function startComposed(env: Record<string, string> = {}): Promise<Composed> {
  const postgres = await startPostgres();
  const composition = await compose({
    env: parseEnv({
      LOUDHAILER_MODE: "local",
      DATABASE_URL: postgres.url,
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
    kill: () => postgres.kill(),
    start: () => postgres.start(),
    stop: async () => {
      await composition.close();
      await postgres.stop();
    },
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
