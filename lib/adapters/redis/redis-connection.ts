import type { Logger } from "@/lib/logger";

export interface RedisConnectionOptions {
  /** `redis://`, `rediss://`, `redis+sentinel://` or `redis+cluster://`. */
  url: string;
  /** In front of every key and channel. */
  prefix: string;
  logger: Logger;
}

/** One process's way to Redis: shared by the broker, the stores and the rate limiter. */
export class RedisConnection {
  readonly options: RedisConnectionOptions;

  constructor(options: RedisConnectionOptions) {
    this.options = options;
  }
}
