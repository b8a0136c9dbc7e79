import type { Logger } from "@/lib/logger";
import { MemorySessionStore } from "../memory/memory-session-store";
import type { RedisConnection } from "./redis-connection";

export interface RedisSessionStoreOptions {
  connection: RedisConnection;
  workerId: string;
  nodeId: string;
  version: string;
  /** Seconds that a session outlives its last connection. */
  ttlS: number;
  logger: Logger;
  /** Between two heartbeats, ms; default 2,500. */
  beatMs?: number;
  /** A worker that has not beaten for so long is dead, ms; default 15,000. */
  deadAfterMs?: number;
}

export class RedisSessionStore extends MemorySessionStore {
  constructor(options: RedisSessionStoreOptions) {
    super(options);
  }
}
