import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "@/core/errors";
import { Acknowledgements } from "./acknowledgements";
import { MemoryMessageBroker } from "./adapters/memory/memory-message-broker";
import { MemoryPresenceStore } from "./adapters/memory/memory-presence-store";
import { MemorySessionStore } from "./adapters/memory/memory-session-store";
import {
  type BroadcastStoreOptions,
  PrismaBroadcastStore,
} from "./adapters/prisma/broadcast-store";
import { type Database, openDatabase } from "./adapters/prisma/database";
import { PrismaHistory } from "./adapters/prisma/history";
import { PrismaHousekeeping } from "./adapters/prisma/housekeeping";
import { PrismaIdentityStore } from "./adapters/prisma/identity-store";
import { migrate } from "./adapters/prisma/migrate";
import { PrismaReceiptStore } from "./adapters/prisma/receipt-store";
import { takeWorkerLock } from "./adapters/prisma/worker-lock";
import { RedisConnection } from "./adapters/redis/redis-connection";
import { RedisMessageBroker } from "./adapters/redis/redis-message-broker";
import { RedisPresenceStore } from "./adapters/redis/redis-presence-store";
import { RedisSessionStore } from "./adapters/redis/redis-session-store";
import { createAuth } from "./auth/auth";
import { createAuthenticator } from "./auth/authenticator";
import type { OriginPolicy } from "./auth/origin";
import { createVault, loadOrCreateSecret, type Vault } from "./auth/secrets";
import { ensureInstallation, ensureOwnerFromEnv } from "./auth/setup";
import { createSharedLimiters } from "./auth/shared-limiter";
import { FeedDelivery } from "./delivery";
import { startEmbedded } from "./embedded/embedded";
import type { Env } from "./env";
import { Feed } from "./feed";
import { Health } from "./health";
import { Housekeeper } from "./housekeeper";
import { createMemoryRateLimiter, createRedisRateLimiter } from "./http/rate-limit";
import type { Logger } from "./logger";
import { Metrics } from "./metrics";
import type { MessageBroker } from "./ports/message-broker";
import type { PresenceStore, SessionStore, WorkerTraffic } from "./ports/session-store";
import { ReceiptQueue } from "./receipt-queue";
import { type Runtime, setRuntime } from "./runtime-context";
import { StartRecorder } from "./start-recorder";
import { DepartedWorkspaces } from "./workspace/departed-workspaces";

/** What a worker that must not begin without Redis waits for it. */
const REDIS_WAIT_MS = 5_000;

/** The whole of a process's state, and how to end it. */
export interface Composition {
  runtime: Runtime;
  /** The same objects as in `runtime`, with what only the server needs. */
  feed: Feed;
  delivery: FeedDelivery;
  acknowledgements: Acknowledgements;
  /** Changes that this process is committing now. */
  changesUnderWay: () => number;
  /** Whether Redis is known to be away; never, without one. */
  redisIsAway: () => boolean;
  /** Makes durable what waits, leaves the cluster, closes every connection. May be called twice. */
  close(): Promise<void>;
}

interface ComposeOptions {
  env: Env;
  logger: Logger;
  /** Where package.json is. */
  root: string;
  version: string;
  workerId: string;
}

/** What was started, to be ended in reverse. */
class Closers {
  readonly #closers: (() => Promise<void> | void)[] = [];

  add(close: () => Promise<void> | void): void {
    this.#closers.push(close);
  }

  async close(logger: Logger): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (err) {
        logger.warn({ err }, "a part did not close cleanly");
      }
    }
  }
}

/**
 * Chooses the adapters from the environment and puts the process together. One process or many
 * is only a matter of which adapters; nothing else looks at the environment for it.
 *
 * @throws whatever keeps this process from starting, in words; nothing is left running then
 */
export async function compose(options: ComposeOptions): Promise<Composition> {
  const closers = new Closers();
  try {
    return await build(options, closers);
  } catch (error) {
    await closers.close(options.logger);
    throw error;
  }
}

async function build(options: ComposeOptions, closers: Closers): Promise<Composition> {
  const { env, logger, version, workerId } = options;
  const authSecret = env.authSecret ?? (await generatedSecret(env));
  const vault = createVault(authSecret);
  let loaded: Feed | null = null;
  const { database, identity, broadcasts, receipts } = await openStores(options, vault, closers, {
    reached: () => loaded?.position ?? null,
    knownAt: (position, workspaceId) => loaded?.broadcastsAt(position, workspaceId) ?? null,
  });
  await ensureInstallation(identity, authSecret);
  const metrics = new Metrics({ workerId, nodeId: env.nodeId, version, role: env.role });
  const traffic = () => trafficOf(metrics);
  const { redis, broker, sessions, presence } = await openCluster(options, traffic, closers);
  const feed = new Feed({
    store: broadcasts,
    logger,
    brokerHealthy: () => broker.healthy,
    onChange: (ageMs) => metrics.noteChange(ageMs),
  });
  closers.add(() => feed.close());
  await feed.start();
  loaded = feed;

  const origins: OriginPolicy = {
    publicUrl: env.publicUrl,
    mode: env.mode,
    trustProxy: env.trustProxy,
  };
  const health = new Health({ feed, broker, sessions, metrics, logger });
  const workers = () => health.workers.length;
  const auth = createAuth({
    prisma: database.prisma,
    secret: authSecret,
    origins,
    logger,
    databaseIsAway: () => !feed.databaseHealthy,
    signInsPer10Minutes: env.limits.signInsPer10Minutes,
    ...(redis && {
      rateLimiter: createSharedLimiters(redis.commands, redis.prefix, workers),
    }),
  });
  const limits = {
    api_calls: env.limits.apiCallsPerMinute,
    publishes: env.limits.publishesPerMinute,
  };
  const rateLimiter = redis
    ? createRedisRateLimiter(limits, redis.commands, redis.prefix, workers)
    : createMemoryRateLimiter(limits);
  const authenticator = createAuthenticator({
    auth,
    identity,
    feed,
    rateLimiter,
    secret: authSecret,
    origins,
    allowInsecureUserId: env.allowInsecureUserId,
  });
  // Also where there are no sockets: what is kept of credentials must go at once.
  feed.onControl((control) => authenticator.apply(control));
  const delivery = new FeedDelivery({ feed, broker, sessions, workerId, logger });
  const receiptQueue = new ReceiptQueue(receipts, logger);
  const acknowledgements = new Acknowledgements({
    feed,
    broadcasts,
    receipts,
    receiptQueue,
    broker,
    workerId,
    logger,
  });
  const runtime: Runtime = {
    env,
    logger,
    workerId,
    version,
    database,
    broadcasts,
    receipts,
    identity,
    broker,
    sessions,
    presence,
    auth,
    authenticator,
    vault,
    feed,
    delivery,
    acknowledger: acknowledgements,
    receiptQueue,
    history: new PrismaHistory(database),
    rateLimiter,
    health,
    metrics,
  };
  setRuntime(runtime);
  closers.add(() => setRuntime(undefined));
  await sessions.start();
  closers.add(() => sessions.close());
  await delivery.start();
  closers.add(() => delivery.close());
  // Closed after those that still fill it.
  closers.add(() => receiptQueue.close());
  await acknowledgements.start();
  closers.add(() => acknowledgements.close());
  if (env.admin) await ensureOwnerFromEnv(env.admin);
  const starts = new StartRecorder(feed, logger);
  closers.add(() => starts.close());
  const housekeeper = new Housekeeper({ housekeeping: new PrismaHousekeeping(database), logger });
  closers.add(() => housekeeper.close());
  const departed = new DepartedWorkspaces({ feed, sessions, housekeeper, logger });
  closers.add(() => departed.close());
  await health.start();
  closers.add(() => health.close());
  return {
    runtime,
    feed,
    delivery,
    acknowledgements,
    changesUnderWay: () => broadcasts.changesUnderWay,
    redisIsAway: () => redis?.available === false,
    close: () => closers.close(logger),
  };
}

async function generatedSecret(env: Env): Promise<string> {
  await mkdir(env.dataDir, { recursive: true });
  return loadOrCreateSecret(resolve(env.dataDir));
}

async function openStores(
  options: ComposeOptions,
  vault: Vault,
  closers: Closers,
  memory: Pick<BroadcastStoreOptions, "reached" | "knownAt">,
) {
  const { env, logger, root } = options;
  const url = await databaseUrl(options, closers);
  const log = (message: string, fields: object) => logger.info(fields, message);
  await migrate({ url, directory: join(root, "prisma", "migrations"), log });
  if (env.databaseUrl !== null) {
    const lock = await takeWorkerLock({ url, shared: env.redisUrl !== null, logger });
    closers.add(() => lock.release());
  }
  const database: Database = await openDatabase({
    url,
    sharesSession: env.databaseUrl === null,
    poolSize: env.databasePoolSize,
    onConnectionError: (err) => logger.debug({ err }, "a database connection was lost"),
  });
  closers.add(() => database.close());
  const identity = new PrismaIdentityStore(database);
  const broadcasts = new PrismaBroadcastStore(database, {
    unseal: (sealed) => {
      try {
        return vault.unseal(sealed);
      } catch {
        return null;
      }
    },
    onWarning: (message, fields) => logger.warn(fields, message),
    ...memory,
  });
  return { database, identity, broadcasts, receipts: new PrismaReceiptStore(database) };
}

async function databaseUrl(options: ComposeOptions, closers: Closers): Promise<string> {
  const { env, logger } = options;
  if (env.databaseUrl !== null) return env.databaseUrl;
  await mkdir(env.dataDir, { recursive: true });
  const embedded = await startEmbedded({
    dataDir: resolve(env.dataDir),
    log: (message, fields) => logger.info(fields, message),
  });
  closers.add(() => embedded.stop());
  return embedded.url;
}

interface Cluster {
  redis: RedisConnection | null;
  broker: MessageBroker;
  sessions: SessionStore;
  presence: PresenceStore;
}

/** Null in a process without sockets, and until it has them. */
function trafficOf({ source }: Metrics): WorkerTraffic | null {
  return source && { sent: source.framesOut(), dropped: source.slowCloses() };
}

async function openCluster(
  { env, logger, version, workerId }: ComposeOptions,
  traffic: () => WorkerTraffic | null,
  closers: Closers,
): Promise<Cluster> {
  const worker = { workerId, nodeId: env.nodeId, version };
  const ttlS = env.sessionTtlS;
  if (env.redisUrl === null) {
    return {
      redis: null,
      broker: new MemoryMessageBroker(),
      sessions: new MemorySessionStore({ ...worker, ttlS, traffic }),
      presence: new MemoryPresenceStore(),
    };
  }
  const connection = new RedisConnection({ url: env.redisUrl, prefix: env.redisPrefix, logger });
  closers.add(() => connection.close());
  if (env.redisRequired && !(await connection.connect(REDIS_WAIT_MS))) throw withoutRedis();
  const broker = new RedisMessageBroker({ connection, logger });
  closers.add(() => broker.close());
  const presence = new RedisPresenceStore({ ...worker, connection, logger });
  await presence.start();
  closers.add(() => presence.close());
  return {
    redis: connection,
    broker,
    sessions: new RedisSessionStore({ ...worker, connection, ttlS, traffic, logger }),
    presence,
  };
}

function withoutRedis(): AppError {
  return new AppError(
    "unavailable",
    "Redis does not answer, and DISTRIBUTED_WEBSOCKET_ENABLED=true refuses to start without it. " +
      "Check REDIS_URL, or set it to auto to start degraded.",
  );
}

/** Unique among all workers there ever were; short enough to read in a log. */
export function generateWorkerId(nodeId: string): string {
  return `${nodeId.slice(0, 40)}-${randomUUID().slice(0, 8)}`;
}
