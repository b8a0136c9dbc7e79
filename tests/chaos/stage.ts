import { Client } from "pg";
import { z } from "zod";
import { mustCall } from "@/tests/support/api";
import { Scrape } from "@/tests/support/metrics";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { PATIENCE as BUSY } from "@/tests/support/patience";
import { type PostgresServer, startPostgres } from "@/tests/support/postgres";
import { startRedis, type TestRedis } from "@/tests/support/redis";
import { type Replica, startReplica } from "@/tests/support/replica";
import { type Listening, startTcpProxy, type TcpProxy } from "@/tests/support/tcp-proxy";
import { countingCommands, countingStatements, Traffic } from "./traffic";

/** `npm run test:chaos` runs at full size; the short form, `CHAOS=short`, is part of the test line. */
export const LONG = process.env.CHAOS !== "short";

/** Bounds on time are multiplied by this. */
export const PATIENCE = LONG ? 1 : BUSY;

/** Nothing here is about limits. */
const UNLIMITED = {
  LIMIT_CONNECTIONS_PER_ADDRESS: "0",
  LIMIT_PUBLISHES_PER_MINUTE: "0",
  LIMIT_API_CALLS_PER_MINUTE: "0",
  LOG_LEVEL: "info",
};

/** A replica with its network: proxies to everything it talks to, and one in front of it. */
export interface Actor {
  replica: Replica;
  /** What clients connect to. */
  front: TcpProxy;
  /** Where clients reach it through the proxy. */
  url: string;
  redis: TcpProxy;
  database: TcpProxy;
}

/** Replicas on a real Redis and PostgreSQL, with a cuttable network between everything. */
export interface Stage {
  postgres: PostgresServer;
  redis: TestRedis;
  actors: Actor[];
  cookie: string;
  /** What all replicas ever said to PostgreSQL, and to Redis. */
  statements: Traffic;
  commands: Traffic;
  /** Straight to the database, past the proxies. */
  query(sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  /** Keeps what the database holds about broadcasts and positions now, … */
  backUp(): Promise<void>;
  /** … and puts it back, as restoring a backup would. */
  restore(): Promise<void>;
  /** Ids of what is live by the database, newest first. */
  live(): Promise<string[]>;
  add(env?: Record<string, string>): Promise<Actor>;
  /** Takes a replica that has ended off the stage. */
  drop(actor: Actor): void;
  stop(): Promise<void>;
}

export async function setStage(size: number, env: Record<string, string> = {}): Promise<Stage> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const actors: Actor[] = [];
  const proxies: TcpProxy[] = [];
  const statements = new Traffic();
  const commands = new Traffic();
  const proxyTo = async (port: number, listening?: Listening) => {
    const proxy = await startTcpProxy({ port }, listening);
    proxies.push(proxy);
    return proxy;
  };
  const add = async (more: Record<string, string> = {}): Promise<Actor> => {
    const redisProxy = await proxyTo(redis.port, countingCommands(commands));
    const databaseUrl = new URL(postgres.url);
    const database = await proxyTo(Number(databaseUrl.port), countingStatements(statements));
    databaseUrl.port = String(database.port);
    const replica = await startReplica({
      databaseUrl: databaseUrl.href,
      redisUrl: `redis://127.0.0.1:${redisProxy.port}`,
      env: { ...OWNER_ENV, ...UNLIMITED, ...env, ...more },
    });
    const front = await proxyTo(replica.port);
    const actor = {
      replica,
      front,
      url: `http://127.0.0.1:${front.port}`,
      redis: redisProxy,
      database,
    };
    actors.push(actor);
    return actor;
  };
  const stop = async () => {
    await Promise.all(actors.map(({ replica }) => replica.kill()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await Promise.all([postgres.stop(), redis.close()]);
  };
  try {
    await add();
    await Promise.all(Array.from({ length: size - 1 }, () => add()));
    const cookie = await signIn(actors[0]?.replica.url ?? "");
    const query = (sql: string, values?: unknown[]) => queryOnce(postgres.url, sql, values);
    return {
      postgres,
      redis,
      actors,
      cookie,
      statements,
      commands,
      query,
      live: async () => (await query(LIVE)).rows.map(({ id }) => String(id)),
      drop: (actor) => void actors.splice(actors.indexOf(actor), 1),
      backUp: async () => void (await query(BACK_UP)),
      restore: async () => void (await query(RESTORE)),
      add,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Tables that a broadcast lives in; the rest stays, so that the owner stays signed in. */
const TABLES = ["broadcast", "broadcast_revision", "acknowledgement", "audit_entry", "position"];

const LIVE = `SELECT id FROM broadcast WHERE published_at <= now() AND cleared_at IS NULL
  AND archived_at IS NULL AND (starts_at IS NULL OR starts_at <= now())
  AND (ends_at IS NULL OR ends_at > now()) ORDER BY published_at DESC`;

const BACK_UP = `CREATE SCHEMA backup;
${TABLES.map((table) => `CREATE TABLE backup.${table} AS TABLE ${table};`).join("\n")}`;

const RESTORE = `BEGIN;
LOCK TABLE position IN ACCESS EXCLUSIVE MODE;
ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_not_emptied;
TRUNCATE ${TABLES.join(", ")} CASCADE;
${TABLES.map((table) => `INSERT INTO ${table} SELECT * FROM backup.${table};`).join("\n")}
ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_not_emptied;
COMMIT`;

/** A connection of its own each time: the database may have been away since the last. */
async function queryOnce(url: string, sql: string, values?: unknown[]) {
  const client = new Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query(sql, values);
    return { rows: rows ?? [] };
  } finally {
    await client.end();
  }
}

const publishAnswer = z.object({
  id: z.string(),
  mode: z.enum(["live", "degraded"]),
  sent_to_users: z.number(),
  workers_answered: z.number(),
  workers_expected: z.number(),
});
export type Published = z.output<typeof publishAnswer> & { ms: number };

/** Publishes by REST, beside what is live already. */
export async function publish(
  stage: Stage,
  actor: Actor,
  message: string,
  fields: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<Published> {
  const startedAt = performance.now();
  const answer = await mustCall(actor.replica.url, "POST", "/api/creator/broadcast", {
    cookie: stage.cookie,
    body: { message, replace: false, ...fields },
    headers,
  });
  return { ...publishAnswer.parse(answer.json), ms: performance.now() - startedAt };
}

export async function clear(stage: Stage, actor: Actor, id?: string): Promise<void> {
  await mustCall(actor.replica.url, "POST", "/api/creator/broadcast/clear", {
    cookie: stage.cookie,
    body: id === undefined ? {} : { broadcast_id: id },
  });
}

/** The replica that call number `n` goes to. */
export function turn(stage: Stage, n: number): Actor {
  const actor = stage.actors[n % stage.actors.length];
  if (!actor) throw new Error("A stage has at least one replica.");
  return actor;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A metric of one replica, all its labels together. */
export async function metric(actor: Actor, name: string): Promise<number> {
  return (await Scrape.of(actor.replica.url)).sum(name);
}

/** A row of what was measured: the long form is run for these. */
export function report(row: string, figures: Record<string, number | string>): void {
  const shown = Object.entries(figures).map(([name, figure]) => {
    const rounded = typeof figure === "number" ? Math.round(figure * 100) / 100 : figure;
    return `${name} ${rounded}`;
  });
  if (LONG) console.info(`${row}: ${shown.join(", ")}`);
}
