import type { Runtime } from "@/lib/runtime-context";

/** The body of `/health` (SPEC § 8; names are fixed), from memory. */
export function healthReport(runtime: Runtime, openConnections: number) {
  const { health, env } = runtime;
  const troubles = health.troubles;
  return {
    status: troubles.length === 0 ? "healthy" : "degraded",
    websocket: {
      worker_id: runtime.workerId,
      node_id: env.nodeId,
      session_store_healthy: !troubles.includes("sessions"),
      message_broker_healthy: !troubles.includes("broker"),
      local_connections: openConnections,
      total_sessions: health.counts.allSessions,
      total_workers: Math.max(health.workers.length, 1),
    },
    database: troubles.includes("database") ? "unavailable" : "healthy",
    mode: runtime.delivery.mode,
    version: runtime.version,
    uptime_s: Math.floor(process.uptime()),
  };
}
