import { z } from "zod";
import type { Level } from "@/core/broadcast";
import { CliError, type Connection, EXIT, request } from "./api";
import { parseDuration } from "./duration";

export interface Output {
  /** What a person reads. */
  text: string;
  /** What `--json` prints. */
  data: unknown;
}

export interface BroadcastOptions {
  title?: string;
  level: Level;
  endsIn?: string;
  replace: boolean;
  dismissible: boolean;
  audience?: string;
}

const published = z.object({
  id: z.string(),
  mode: z.string(),
  sent_to_users: z.number(),
  sent_to_recipients: z.number(),
  stored_for_sessions: z.number().nullable(),
});

/** Publishes at once. */
export async function broadcast(
  connection: Connection,
  message: string,
  options: BroadcastOptions,
): Promise<Output> {
  const body = {
    message,
    title: options.title,
    level: options.level,
    replace: options.replace,
    dismissible: options.dismissible,
    endsAt: options.endsIn ? fromNow(options.endsIn) : undefined,
    audience: options.audience ? parseAudience(options.audience) : undefined,
  };
  const data = await request(connection, "POST", "/api/creator/broadcast", published, body);
  const stored =
    data.stored_for_sessions === null ? "" : `, stored for ${sessions(data.stored_for_sessions)}`;
  return {
    text:
      `Broadcast message sent: "${message}" (level: ${options.level}) - ` +
      `live on ${plural(data.sent_to_users, "connection")}${stored}`,
    data,
  };
}

const cleared = z.object({ message: z.string(), cleared_for_users: z.number() });

/** @param id null = everything that is live */
export async function clear(connection: Connection, id: string | null): Promise<Output> {
  const body = id === null ? {} : { broadcast_id: id };
  const data = await request(connection, "POST", "/api/creator/broadcast/clear", cleared, body);
  return {
    text: `${data.message}: gone from ${plural(data.cleared_for_users, "connection")}`,
    data,
  };
}

const listed = z.object({
  broadcasts: z.array(
    z.object({
      id: z.string(),
      status: z.string(),
      level: z.string(),
      title: z.string().nullable(),
      message: z.string(),
      endsAt: z.string().nullable(),
    }),
  ),
});

export async function list(
  connection: Connection,
  options: { status?: string; limit: number },
): Promise<Output> {
  const query = new URLSearchParams({ limit: String(options.limit) });
  if (options.status) query.set("status", options.status);
  const { broadcasts } = await request(connection, "GET", `/api/v1/broadcasts?${query}`, listed);
  const lines = broadcasts.map(({ id, status, level, title, message }) =>
    [id, status.padEnd(9), level.padEnd(7), title ? `${title}: ${message}` : message].join("  "),
  );
  return { text: lines.length > 0 ? lines.join("\n") : "No broadcasts yet.", data: broadcasts };
}

const stats = z.object({
  stats: z.object({
    connected_users: z.number(),
    connected_sessions: z.number(),
    connections: z.number(),
    per_worker: z.array(
      z.object({ worker_id: z.string(), node_id: z.string(), connections: z.number() }),
    ),
  }),
  connected_users_note: z.string().optional(),
});
const health = z.object({ websocket: z.object({ total_sessions: z.number() }) });

/** The coverage report: who is connected, who is stored, whom a broadcast would reach. */
export async function coverage(connection: Connection): Promise<Output> {
  const [figures, state] = await Promise.all([
    request(connection, "GET", "/api/creator/broadcast/stats", stats),
    request(connection, "GET", "/health", health),
  ]);
  const { connections, connected_users: users, connected_sessions: active } = figures.stats;
  const all = Math.max(state.websocket.total_sessions, active);
  const away = all - active;
  const lines = [
    `Active connections   ${connections}  (${plural(users, "recipient")}, ${sessions(active)})`,
    `Sessions stored      ${all}`,
    `A broadcast reaches  ${all}  (${active} now, ${away} when they return)`,
    away === 0
      ? "Everyone who is stored is connected."
      : `The difference: ${sessions(away)} without an open connection see it when they return.`,
  ];
  for (const worker of figures.stats.per_worker) {
    lines.push(
      `  ${worker.worker_id} on ${worker.node_id}: ${plural(worker.connections, "connection")}`,
    );
  }
  if (figures.connected_users_note) lines.push(figures.connected_users_note);
  return {
    text: lines.join("\n"),
    data: { connections, users, activeSessions: active, allSessions: all, ...figures },
  };
}

function fromNow(duration: string): string {
  return new Date(Date.now() + parseDuration(duration)).toISOString();
}

function parseAudience(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new CliError(
      `--audience takes JSON, such as '{"roles":["admin"]}'. See docs/protocol.md.`,
      EXIT.usage,
    );
  }
}

function sessions(count: number): string {
  return plural(count, "session");
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
