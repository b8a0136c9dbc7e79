import { Cluster, Redis, type RedisOptions } from "ioredis";
import type { RedisHost, RedisTarget } from "./redis-url";

/** Either of ioredis's clients; both take any command by `call`. */
export type RedisClient = Redis | Cluster;

/** Nothing waits longer for an answer. Callers get a little less: see `RedisConnection`. */
const COMMAND_TIMEOUT_MS = 500;
/** A socket that owes answers and is silent for so long is destroyed: the network swallows it. */
const SOCKET_TIMEOUT_MS = 2_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** Between attempts; with a jitter of a fifth of it on top. */
const MAX_BACKOFF_MS = 800;
const KEEP_ALIVE_MS = 10_000;

/**
 * With ioredis's defaults a command of an outage waits for 20 s, is sent again after the
 * reconnect and then reports success to nobody. Here every command fails at once instead, and
 * whoever sent it keeps what it wanted to say.
 */
const COMMON: RedisOptions = {
  lazyConnect: true,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // The subscriber subscribes by itself, and knows when it is done.
  autoResubscribe: false,
  maxRetriesPerRequest: 1,
  commandTimeout: COMMAND_TIMEOUT_MS,
  socketTimeout: SOCKET_TIMEOUT_MS,
  connectTimeout: CONNECT_TIMEOUT_MS,
  disconnectTimeout: 500,
  maxLoadingRetryTime: 500,
  keepAlive: KEEP_ALIVE_MS,
  disableClientInfo: true,
};

/** ms before the attempt (the first is 1): five within a second, then about one a second. */
export function backoffMs(attempt: number): number {
  const base = Math.min(50 * 2 ** Math.min(attempt - 1, 10), MAX_BACKOFF_MS);
  return Math.round(base * (1 + Math.random() / 5));
}

/** The client for commands: made here, not yet connected, reconnects for good. */
export function createCommandClient(target: RedisTarget): RedisClient {
  const name = "loudhailer";
  // A failover turns the old master into a replica, which goes on answering: look for the new.
  const reconnectOnError = (error: Error) => error.message.startsWith("READONLY");
  if (target.kind !== "cluster") {
    return new Redis({
      ...single(target),
      connectionName: name,
      reconnectOnError,
      retryStrategy: backoffMs,
      sentinelRetryStrategy: backoffMs,
    });
  }
  return new Cluster(target.nodes, {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: (attempt) => backoffMs(attempt),
    slotsRefreshInterval: 5_000,
    maxRedirections: 4,
    // Names go to TLS as they are, so that certificates match.
    ...(target.tls ? { dnsLookup: (host, done) => done(null, host) } : {}),
    redisOptions: { ...COMMON, ...credentials(target), connectionName: name, reconnectOnError },
  });
}

/**
 * A client for subscriptions: made here, not yet connected, never reconnects: it is replaced.
 * In a Cluster every node passes every message on, so any node will do.
 */
export function createSubscriberClient(target: RedisTarget, commands: RedisClient): Redis {
  const options: RedisOptions = {
    connectionName: "loudhailer-subscriber",
    retryStrategy: null,
    sentinelRetryStrategy: () => null,
  };
  if (target.kind !== "cluster") return new Redis({ ...single(target), ...options });
  return new Redis({
    ...COMMON,
    ...credentials(target),
    ...pick(nodesOf(commands) ?? target.nodes),
    ...options,
  });
}

function single(target: Exclude<RedisTarget, { kind: "cluster" }>): RedisOptions {
  const common: RedisOptions = { ...COMMON, ...credentials(target), db: target.db };
  if (target.kind === "single") return { ...common, host: target.host, port: target.port };
  return {
    ...common,
    sentinels: target.sentinels,
    name: target.master,
    sentinelUsername: target.sentinel.username ?? undefined,
    sentinelPassword: target.sentinel.password ?? undefined,
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    ...(target.tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  };
}

function credentials({ username, password, tls }: RedisTarget): RedisOptions {
  return {
    username: username ?? undefined,
    password: password ?? undefined,
    ...(tls ? { tls: {} } : {}),
  };
}

/** The Cluster's nodes as it was last seen; null where it never was. */
function nodesOf(commands: RedisClient): RedisHost[] | null {
  if (!(commands instanceof Cluster)) return null;
  const nodes = commands.nodes("master").flatMap(({ options: { host, port } }) => {
    return host && port ? [{ host, port }] : [];
  });
  return nodes.length > 0 ? nodes : null;
}

function pick<T>(items: readonly T[]): T | undefined {
  return items[Math.floor(Math.random() * items.length)];
}
