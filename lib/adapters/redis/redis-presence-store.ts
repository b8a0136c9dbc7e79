import type { Logger } from "@/lib/logger";
import { MemoryPresenceStore } from "../memory/memory-presence-store";
import type { RedisConnection } from "./redis-connection";

export interface RedisPresenceStoreOptions {
  connection: RedisConnection;
  workerId: string;
  nodeId: string;
  version: string;
  logger: Logger;
  /** Between two heartbeats, ms; default 2,500. */
  beatMs?: number;
  /** A worker that has not beaten for so long is dead, ms; default 15,000. */
  deadAfterMs?: number;
}

export class RedisPresenceStore extends MemoryPresenceStore {
  constructor(readonly options: RedisPresenceStoreOptions) {
    super();
  }

  /** Registers this worker and keeps beating until `close`. */
  async start(): Promise<void> {}

  async close(): Promise<void> {}
}
