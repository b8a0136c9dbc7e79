import { AppError } from "@/core/errors";
import type { Logger } from "@/lib/logger";
import type { MessageBroker } from "@/lib/ports/message-broker";
import type { RedisConnection } from "./redis-connection";

export interface RedisMessageBrokerOptions {
  connection: RedisConnection;
  logger: Logger;
  /** Between two probes, ms; default 3,000. */
  probeIntervalMs?: number;
  /** For a probe's return, ms; default 3,000. */
  probeTimeoutMs?: number;
}

export class RedisMessageBroker implements MessageBroker {
  readonly healthy = false;

  constructor(readonly options: RedisMessageBrokerOptions) {}

  async publish(_channel: string, _message: unknown): Promise<void> {
    throw new AppError("unavailable", "Redis is away.");
  }

  async subscribe(
    _channel: string,
    _handler: (message: unknown) => void,
  ): Promise<() => Promise<void>> {
    return async () => undefined;
  }

  onReady(_listener: () => void): () => void {
    return () => undefined;
  }

  onHealth(_listener: (healthy: boolean) => void): () => void {
    return () => undefined;
  }

  async probe(_timeoutMs: number): Promise<boolean> {
    return false;
  }

  async close(): Promise<void> {}
}
