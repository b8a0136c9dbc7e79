import { RateLimiterMemory, RateLimiterRedis } from "rate-limiter-flexible";
import type { RateLimiterFactory } from "./sign-in-throttle";

/**
 * Limiters that all workers share, counted in Redis. While Redis does not answer, each worker
 * takes its share of the limit, and at least one attempt ([DEG2]).
 *
 * @param client an `ioredis` client, made by the composition root
 * @param workers how many workers share the limit
 */
export function createSharedLimiters(
  client: unknown,
  keyPrefix: string,
  workers: () => number,
): RateLimiterFactory {
  return (options) => {
    const alone = new RateLimiterMemory(options);
    const together = new RateLimiterRedis({
      ...options,
      keyPrefix: `${keyPrefix}limit:${options.keyPrefix}`,
      storeClient: client,
      rejectIfRedisNotReady: true,
    });
    // An attempt costs this worker as much as all workers would have spent on theirs.
    const share = () => Math.min(Math.max(1, workers()), options.points);
    return {
      async consume(key) {
        try {
          return await together.consume(key);
        } catch (refusal) {
          // The library's own refusals are no Errors; those of Redis are.
          if (!(refusal instanceof Error)) throw refusal;
          return alone.consume(key, share());
        }
      },
      async forget(key) {
        await alone.delete(key);
        await together.delete(key).catch(() => false);
      },
      async giveBack(key) {
        if ((await alone.get(key)) !== null) await alone.reward(key, share());
        await together.reward(key).catch(() => null);
      },
    };
  };
}
