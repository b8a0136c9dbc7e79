import type { Trouble } from "@/core/protocol";
import type { Health } from "@/lib/health";
import { plural } from "@/lib/plural";
import type { Runtime } from "@/lib/runtime-context";

/** For whoever looks at night: what is wrong, and what it means. */
const IN_WORDS: Record<Trouble, string> = {
  database:
    "The database does not answer: banners stay as they are, publishing is refused until it is back.",
  broker:
    "Redis does not carry messages: other workers' changes arrive within 3 s instead of at once.",
  sessions: "Redis does not keep sessions: counts are this worker's only.",
};

/** Clocks that far apart are worth a word, ms. */
const CLOCK_TOLERANCE_MS = 2_000;
/** Fewer than this are no news, however few there are. */
const BROKEN_OFF_FLOOR = 20;

/** The body of `/health` (SPEC § 8; names are fixed), from memory. */
export function healthReport(runtime: Runtime, openConnections: number) {
  const { health, env } = runtime;
  const troubles = health.troubles;
  return {
    status: troubles.length === 0 ? "healthy" : "degraded",
    problems: troubles.map((trouble) => IN_WORDS[trouble]),
    notes: healthNotes(health, openConnections),
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

type Facts = Pick<Health, "lately" | "watch" | "counts" | "clockAheadMs" | "draining">;

/** What is no trouble now and still worth knowing: in words, what it means with it. */
export function healthNotes(health: Facts, openConnections: number): string[] {
  const { watch, counts, draining } = health;
  const late = watch.overdue.map(
    ({ workerId, seconds }) =>
      `Worker ${workerId} has not been heard of for ${seconds} s: stopped, cut off or too busy.`,
  );
  return [
    ...(draining ? ["This worker is stopping: its clients are told to come back."] : []),
    ...clockNote(health.clockAheadMs),
    ...late,
    ...(counts.incomplete
      ? ["Redis lost its data: sessions that were inactive then are not counted until they return."]
      : []),
    ...latelyNotes(health, openConnections).map((note) => `In the last 10 minutes: ${note}`),
  ];
}

function latelyNotes({ lately, watch }: Facts, openConnections: number): string[] {
  const notes: [count: number, says: string][] = [
    [
      lately.workersLost,
      `${plural(lately.workersLost, "worker")} died, last ${watch.lastLost}; its clients are elsewhere.`,
    ],
    [
      lately.workersLeft,
      `${plural(lately.workersLeft, "worker")} left in order, last ${watch.lastLeft}.`,
    ],
    [
      lately.brokerInterruptions,
      `${plural(lately.brokerInterruptions, "time")} no messages came from Redis: the subscription was cut or hung, or Redis was away.`,
    ],
    [
      lately.databaseOutages,
      `${plural(lately.databaseOutages, "time")} the database did not answer.`,
    ],
    [
      lately.databaseRestores,
      `${plural(lately.databaseRestores, "time")} the database went back in time: restored from a backup? Workers and clients follow it.`,
    ],
    [
      lately.changesMissed,
      `${plural(lately.changesMissed, "change")} came without a message and had to be loaded from the database.`,
    ],
    [
      lately.readersDropped,
      `${plural(lately.readersDropped, "reader")} did not read and had to be dropped.`,
    ],
    [
      lately.socketsRefused,
      `${plural(lately.socketsRefused, "connection")} found no room (limits, or the database was away).`,
    ],
    [
      isStriking(lately.socketsBrokenOff, openConnections) ? lately.socketsBrokenOff : 0,
      `${plural(lately.socketsBrokenOff, "connection")} broke off without a word: a network, or something in front that cuts them.`,
    ],
  ];
  return notes.filter(([count]) => count > 0).map(([, says]) => says);
}

function clockNote(aheadMs: number): string[] {
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS) return [];
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const how = aheadMs > 0 ? "ahead of" : "behind";
  return [
    `This worker's clock is ${seconds} s ${how} the database's: everything goes by the database's, ` +
      "but log lines do not.",
  ];
}

/** Some always break off: phones, laptops. As many as there are, and more, do not. */
function isStriking(brokenOff: number, openConnections: number): boolean {
  return brokenOff > Math.max(openConnections, BROKEN_OFF_FLOOR);
}
