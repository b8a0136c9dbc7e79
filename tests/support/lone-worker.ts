import { randomUUID } from "node:crypto";
import { pino } from "pino";
import type { Viewer } from "@/core/audience";
import { Acknowledgements } from "@/lib/acknowledgements";
import { MemoryMessageBroker } from "@/lib/adapters/memory/memory-message-broker";
import { MemorySessionStore } from "@/lib/adapters/memory/memory-session-store";
import { Feed } from "@/lib/feed";
import type { Acknowledgement, RecipientException } from "@/lib/ports/receipt-store";
import type { SessionStore } from "@/lib/ports/session-store";
import type { Connection } from "@/server/connection";
import { Hub } from "@/server/hub";
import { FakeFeedSource } from "./fake-broadcast-store";
import type { Wire } from "./wire";

const logger = pino({ level: "silent" });

/** The database's acknowledgements, in memory. */
export class FakeReceipts {
  readonly rows = new Map<string, Acknowledgement & { at: number }>();
  /** What a load waits for. */
  beforeLoad: () => Promise<void> = async () => {};
  loads = 0;
  constructor(readonly now: () => number) {}

  async acknowledge(batch: readonly Acknowledgement[]) {
    for (const item of batch) {
      const key = `${item.broadcastId} ${item.recipient}`;
      const revision = Math.max(item.revision, this.rows.get(key)?.revision ?? 0);
      this.rows.set(key, { ...item, revision, at: this.now() });
    }
    return batch.map(() => "durable" as const);
  }

  async merge(from: string, to: string) {
    for (const [key, row] of this.rows) {
      if (row.recipient !== from) continue;
      this.rows.delete(key);
      await this.acknowledge([{ ...row, recipient: to }]);
    }
  }

  async acknowledgedSince(since: number) {
    return [...this.rows.values()].filter(({ at }) => at >= since);
  }

  async exceptionsOf(recipients: readonly string[], broadcastIds: readonly string[]) {
    this.loads += 1;
    await this.beforeLoad();
    const asked = (recipient: string) =>
      this.of(recipient).filter(({ broadcastId }) => broadcastIds.includes(broadcastId));
    return new Map(recipients.map((recipient) => [recipient, asked(recipient)]));
  }

  of(recipient: string): RecipientException[] {
    return [...this.rows.values()]
      .filter((row) => row.recipient === recipient)
      .map(({ broadcastId, revision }) => ({
        broadcastId,
        acknowledgedRevision: revision,
        snoozedUntil: null,
      }));
  }
}

/** A worker as it is, on a database of arrays and sockets of memory. */
export class LoneWorker {
  readonly store = new FakeFeedSource();
  readonly receipts = new FakeReceipts(() => this.store.now);
  readonly broker = new MemoryMessageBroker();
  readonly feed = new Feed({ store: this.store, logger, brokerHealthy: () => true });
  readonly acknowledgements = new Acknowledgements({
    receiptQueue: { add: () => {} },
    feed: this.feed,
    broadcasts: { find: async (_, id) => this.store.rows.get(id) ?? null },
    receipts: this.receipts,
    broker: this.broker,
    workerId: "w",
    logger,
  });
  readonly sessions: SessionStore = new MemorySessionStore({
    workerId: "w",
    nodeId: "n",
    version: "0",
    ttlS: 60,
  });
  readonly hub = new Hub({
    feed: this.feed,
    sessions: this.sessions,
    receipts: this.receipts,
    receiptQueue: { addDelivered: () => {} },
    acknowledgements: this.acknowledgements,
    authenticator: {
      isRevoked: () => false,
      recheck: async () => "valid",
      issueSession: () => "token",
    },
    missed: { count: async () => 0, countNow: () => null },
    logger,
    workerId: "w",
  });

  async start(): Promise<void> {
    await this.feed.start();
    this.store.reached = () => this.feed.position;
    await this.acknowledgements.start();
  }

  async stop(): Promise<void> {
    this.hub.close();
    await this.acknowledgements.close();
    await this.feed.close();
  }

  identity(viewer: Viewer) {
    const { workspace } = this.store;
    const nothing = { sessionId: null, expiresAt: null, mergeFrom: null } as const;
    return { kind: "recipient", workspace, viewer, ...nothing } as const;
  }

  /**
   * @param seq the position that the client says it has seen
   * @param close told the code when its socket is closed
   */
  join(
    viewer: Viewer,
    wire: Wire,
    seq: number | null = null,
    close: (code: number) => void = () => undefined,
  ): Promise<Connection> {
    const connection = this.hub.register({
      ws: { close },
      socket: wire,
      workspaceId: "w1",
      sessionId: randomUUID(),
      viewer,
      identity: this.identity(viewer),
      address: "",
      client: null,
      traffic: this.hub.traffic,
    });
    return new Promise((resolve, reject) => {
      this.hub.join(connection, seq, (error) => (error ? reject(error) : resolve(connection)));
    });
  }
}
