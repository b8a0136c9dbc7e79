import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from "rate-limiter-flexible";

/**
 * What is counted ([SEC5]): calls of one credential, publishes of one workspace, and what many
 * share or pages do by themselves, which is allowed ten times the calls of a credential.
 */
export type LimitKind = "api_calls" | "publishes" | "shared_calls";

export interface Quota {
  allowed: boolean;
  /** Calls in a window. */
  limit: number;
  /** Calls left in this window. */
  remaining: number;
  /** Seconds until the window ends, at least 1. */
  resetS: number;
}

/** Counts calls in windows of a minute. */
export interface RateLimiter {
  /** Counts one call; `null` = this limit is switched off. Never throws. */
  consume(kind: LimitKind, key: string): Promise<Quota | null>;
}

/** Calls a minute; 0 = off. */
export type RateLimits = Readonly<Record<Exclude<LimitKind, "shared_calls">, number>>;

const WINDOW_S = 60;
const KINDS: readonly LimitKind[] = ["api_calls", "publishes", "shared_calls"];
const SHARED_FACTOR = 10;

/** The limits of one worker alone. */
export function createMemoryRateLimiter(limits: RateLimits): RateLimiter {
  const limiters = memoryLimiters(limits);
  return {
    consume: (kind, key) => count(limiters[kind], key, 1),
  };
}

/**
 * The limits of all workers together, counted in Redis. While Redis does not answer, each worker
 * takes its share of the limit ([DEG2]).
 *
 * @param client an `ioredis` client, made by the composition root
 * @param workers how many workers share the limit
 */
export function createRedisRateLimiter(
  limits: RateLimits,
  client: unknown,
  keyPrefix: string,
  workers: () => number,
): RateLimiter {
  const alone = memoryLimiters(limits);
  const together = build(
    limits,
    (kind, points) =>
      new RateLimiterRedis({
        storeClient: client,
        keyPrefix: `${keyPrefix}limit:${kind}`,
        points,
        duration: WINDOW_S,
        rejectIfRedisNotReady: true,
      }),
  );
  return {
    async consume(kind, key) {
      try {
        return await count(together[kind], key, 1);
      } catch {
        // A call costs this worker as much as all workers would have spent on theirs.
        return count(alone[kind], key, Math.min(Math.max(1, workers()), limitOf(limits, kind)));
      }
    },
  };
}

type Limiters = Record<LimitKind, RateLimiterAbstract | null>;

function memoryLimiters(limits: RateLimits): Limiters {
  return build(
    limits,
    (kind, points) => new RateLimiterMemory({ keyPrefix: kind, points, duration: WINDOW_S }),
  );
}

function build(
  limits: RateLimits,
  make: (kind: LimitKind, points: number) => RateLimiterAbstract,
): Limiters {
  const made: Limiters = { api_calls: null, publishes: null, shared_calls: null };
  for (const kind of KINDS) {
    const limit = limitOf(limits, kind);
    if (limit > 0) made[kind] = make(kind, limit);
  }
  return made;
}

function limitOf(limits: RateLimits, kind: LimitKind): number {
  return kind === "shared_calls" ? SHARED_FACTOR * limits.api_calls : limits[kind];
}

/** @throws what the store threw; a refusal is an answer, not an error. */
async function count(
  limiter: RateLimiterAbstract | null,
  key: string,
  points: number,
): Promise<Quota | null> {
  if (limiter === null) return null;
  try {
    return quota(await limiter.consume(key, points), limiter.points, points, true);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    return quota(refusal, limiter.points, points, false);
  }
}

function quota(result: RateLimiterRes, limit: number, cost: number, allowed: boolean): Quota {
  return {
    allowed,
    limit: Math.floor(limit / cost) || 1,
    remaining: allowed ? Math.floor(result.remainingPoints / cost) : 0,
    resetS: Math.max(1, Math.ceil(result.msBeforeNext / 1000)),
  };
}
