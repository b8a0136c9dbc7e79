import { OWNER_ENV, signIn } from "./owner";
import { type PostgresServer, startPostgres } from "./postgres";
import { startRedis, type TestRedis } from "./redis";
import { type Replica, startReplica } from "./replica";

/** Replicas that share a PostgreSQL and a Redis of their own. */
export interface Cluster {
  readonly postgres: PostgresServer;
  readonly redis: TestRedis;
  readonly replicas: readonly Replica[];
  /** The owner's cookie, good on every replica. */
  readonly cookie: string;
  /** One more replica of the same installation. */
  add(env?: Record<string, string>): Promise<Replica>;
  /** Stops everything, whatever a test did to it. */
  stop(): Promise<void>;
}

/** All replicas start at the same moment on an empty database, as a first deployment does. */
export async function startCluster(
  size: number,
  env: Record<string, string> = {},
): Promise<Cluster> {
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  const started: Replica[] = [];
  const add = async (more: Record<string, string> = {}) => {
    const replica = await startReplica({
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      env: { ...OWNER_ENV, ...env, ...more },
    });
    started.push(replica);
    return replica;
  };
  const stop = async () => {
    await Promise.all(started.map((replica) => replica.kill()));
    await Promise.all([postgres.stop(), redis.close()]);
  };
  try {
    const replicas = await Promise.all(Array.from({ length: size }, () => add()));
    const first = replicas[0];
    if (!first) throw new Error("A cluster has at least one replica.");
    return { postgres, redis, replicas, cookie: await signIn(first.url), add, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
