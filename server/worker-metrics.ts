import type { Composition } from "@/lib/runtime";
import type { AdmissionControl } from "./admission";
import type { Hub } from "./hub";
import type { SessionStreams } from "./session-streams";

interface Sockets {
  hub: Hub;
  streams: SessionStreams;
  admission: AdmissionControl;
}

/** Lets this worker's metrics read what the worker knows anyway. */
export function readMetrics(composition: Composition, sockets: Sockets | null): void {
  const { runtime, feed, delivery, acknowledgements, redisIsAway } = composition;
  const { broker, sessions, presence, receiptQueue, health, database, metrics } = runtime;
  if (sockets) readSockets(runtime, sockets);
  metrics.readWorker({
    feedPosition: () => feed.position.seq,
    feedLag: () => feed.lag,
    feedAgeS: () => feed.ageMs / 1000,
    feedGaps: () => feed.counters.gaps,
    feedLoads: () => feed.counters.loads,
    feedApplied: () => feed.counters.applied,
    feedRestores: () => feed.counters.restores,
    liveBroadcasts: () => {
      let live = 0;
      for (const { id } of feed.workspaces()) live += feed.broadcastsOf(id).length;
      return live;
    },
    acknowledged: () => acknowledgements.durable,
    acknowledgementsWaiting: () => acknowledgements.waiting,
    receiptsWaiting: () => receiptQueue.waiting,
    receiptsLost: () => receiptQueue.lost,
    brokerHealthy: () => broker.healthy,
    brokerInterruptions: () => health.brokerInterruptions,
    sessionStoreHealthy: () => sessions.healthy,
    presenceHealthy: () => presence.healthy,
    databaseHealthy: () => feed.databaseHealthy,
    redisBreakerOpen: redisIsAway,
    degraded: () => delivery.mode === "degraded",
    ready: () => health.ready,
    silentWorkers: () => delivery.silentWorkers,
    databaseConnections: () => {
      const { totalCount, idleCount, waitingCount } = database.pool;
      return { open: totalCount, idle: idleCount, waiting: waitingCount };
    },
    cluster: () => ({ ...health.counts, workers: Math.max(health.workers.length, 1) }),
  });
}

function readSockets(
  { metrics, env }: Composition["runtime"],
  { hub, streams, admission }: Sockets,
): void {
  metrics.readSockets({
    activeConnections: () => hub.registry.connections.size,
    connectionsLimit: () => env.limits.connectionsPerWorker,
    streamConnections: () => streams.size,
    framesIn: () => hub.traffic.framesIn,
    framesOut: () => hub.traffic.framesOut,
    bannersOut: () => hub.traffic.bannersOut,
    slowCloses: () => hub.traffic.dropped,
    kept: () => ({
      ...hub.registry.sizes,
      ...admission.sizes,
      admitted: admission.open,
      streams: streams.streams,
    }),
    unsentBytes: () => {
      let bytes = 0;
      for (const connection of hub.registry.connections) bytes += connection.unsentBytes;
      return bytes;
    },
  });
}
