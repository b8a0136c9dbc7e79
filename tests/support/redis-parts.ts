import { RedisConnection } from "@/lib/adapters/redis/redis-connection";
import { RedisMessageBroker } from "@/lib/adapters/redis/redis-message-broker";
import {
  RedisPresenceStore,
  type RedisPresenceStoreOptions,
} from "@/lib/adapters/redis/redis-presence-store";
import {
  RedisSessionStore,
  type RedisSessionStoreOptions,
} from "@/lib/adapters/redis/redis-session-store";
import { createLogger, type Logger } from "@/lib/logger";

/** `TEST_LOG=debug` shows what the parts under test have to say. */
export const testLogger: Logger = createLogger(process.env.TEST_LOG ?? "silent", {
  worker: "test",
});

/** An eighth of what production waits: the proportion of beat and death is the same. */
export const FAST = { beatMs: 250, deadAfterMs: 1_500 };

let prefixes = 0;

/** A prefix that no other test uses. */
export function freshPrefix(): string {
  prefixes += 1;
  return `test${prefixes}:`;
}

/** A worker's connection; waits until Redis answers. */
export async function openConnection(
  url: string,
  prefix: string = freshPrefix(),
): Promise<RedisConnection> {
  const connection = new RedisConnection({ url, prefix, logger: testLogger });
  if (!(await connection.connect(5_000))) throw new Error("Redis did not answer in 5 s.");
  return connection;
}

/** A worker's broker; waits until it is healthy. */
export async function openBroker(
  connection: RedisConnection,
  options: { probeIntervalMs?: number; probeTimeoutMs?: number } = {},
): Promise<RedisMessageBroker> {
  const broker = new RedisMessageBroker({ connection, logger: testLogger, ...options });
  await healthy(broker, true);
  return broker;
}

/** Resolves when the broker's health is as said. */
export function healthy(broker: RedisMessageBroker, expected: boolean): Promise<void> {
  if (broker.healthy === expected) return Promise.resolve();
  return new Promise((resolve) => {
    const unsubscribe = broker.onHealth((now) => {
      if (now !== expected) return;
      unsubscribe();
      resolve();
    });
  });
}

/** A worker's session store, started. Beats often, so that what depends on beats is fast. */
export async function openSessions(
  connection: RedisConnection,
  options: Partial<RedisSessionStoreOptions> = {},
): Promise<RedisSessionStore> {
  const store = new RedisSessionStore({
    connection,
    logger: testLogger,
    workerId: "w1",
    nodeId: "n1",
    version: "1.2.3",
    ttlS: 3600,
    ...FAST,
    ...options,
  });
  await store.start();
  return store;
}

/** A worker's presence store, started. */
export async function openPresence(
  connection: RedisConnection,
  options: Partial<RedisPresenceStoreOptions> = {},
): Promise<RedisPresenceStore> {
  const store = new RedisPresenceStore({
    connection,
    logger: testLogger,
    workerId: "w1",
    nodeId: "n1",
    version: "1.2.3",
    ...FAST,
    ...options,
  });
  await store.start();
  return store;
}
