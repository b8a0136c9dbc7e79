import type { Trouble } from "@/lib/health";
import type { Runtime } from "@/lib/runtime-context";

/** For whoever looks at night: what is wrong, and what it means. */
const IN_WORDS: Record<Trouble, string> = {
  database:
    "The database does not answer: banners stay as they are, publishing is refused until it is back.",
  broker:
    "Redis does not carry messages: other workers' changes arrive within 3 s instead of at once.",
  sessions: "Redis does not keep sessions: counts are this worker's only.",
};

/** The body of `/health` (SPEC § 8; names are fixed), from memory. */
export function healthReport(runtime: Runtime, openConnections: number) {
  const { health, env } = runtime;
  const troubles = health.troubles;
  return {
    status: troubles.length === 0 ? "healthy" : "degraded",
    problems: troubles.map((trouble) => IN_WORDS[trouble]),
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
