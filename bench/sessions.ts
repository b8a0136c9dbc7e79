import { randomUUID } from "node:crypto";
import { RedisConnection } from "@/lib/adapters/redis/redis-connection";
import { RedisSessionStore } from "@/lib/adapters/redis/redis-session-store";
import { createLogger } from "@/lib/logger";
import type { Loudhailer } from "./loudhailer";

const AT_ONCE = 2_000;

/** Sessions that came and went on a worker of their own, by the store that servers use. */
export async function storeSessions(
  redisUrl: string,
  { workspaceId }: Loudhailer,
  count: number,
): Promise<void> {
  const logger = createLogger("warn", { worker: "visitors" });
  const connection = new RedisConnection({ url: redisUrl, prefix: "loudhailer:", logger });
  const store = new RedisSessionStore({
    connection,
    logger,
    workerId: `visitors-${randomUUID()}`,
    nodeId: "bench",
    version: "0.0.0",
    ttlS: 3_600,
  });
  await store.start();
  for (let stored = 0; stored < count; stored += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - stored) }, () => visit(store));
    await Promise.all(some);
  }
  await store.close();
  await connection.close();

  async function visit(sessions: RedisSessionStore): Promise<void> {
    const id = randomUUID();
    const connectionId = randomUUID();
    const session = {
      id,
      workspaceId,
      recipient: `anon:${id}`,
      label: null,
      traits: {},
      roles: [],
      locale: "en",
      client: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
    };
    const opened = sessions.opened({ connectionId, session });
    await Promise.all([opened, sessions.closed(id, connectionId)]);
  }
}
