import { z } from "zod";
import { LEVELS, PLACEMENTS, PRIORITIES } from "../broadcast";
import type { MarkdownNode } from "../markdown";

/** Answers of the endpoints whose names and shapes are fixed (SPEC § 8). */

const time = z.iso.datetime();

/** Bold, italic, code, links and line breaks, as a tree. */
const markdown = z.custom<MarkdownNode[]>(Array.isArray).meta({ type: "array" });

/** A broadcast as a recipient gets it. */
export const wireBroadcast = z.object({
  id: z.uuid(),
  revision: z.int(),
  show_from_revision: z.int().optional(),
  /** When it became visible, or will; null for a test of a draft. */
  live_from: time.nullable().optional(),
  seq: z.int(),
  title: z.string().nullable(),
  message: z.string(),
  content: markdown,
  message_type: z.enum(LEVELS),
  type: z.enum(LEVELS),
  created_by: z.string(),
  created_at: time,
  updated_at: time,
  starts_at: time.nullable(),
  ends_at: time.nullable(),
  dismissible: z.boolean(),
  priority: z.enum(PRIORITIES),
  placement: z.enum(PLACEMENTS),
  action: z.object({ label: z.string(), url: z.string() }).nullable(),
  paths: z.array(z.string()).nullable(),
  locale: z.string().nullable(),
  dir: z.enum(["ltr", "rtl"]),
  snoozed_until: time.nullable(),
});

const success = z.literal("success");
const count = z.int().min(0);

export const publishAnswer = z.object({
  status: success,
  id: z.uuid(),
  message: z.string(),
  character_count: count,
  max_characters: count,
  mode: z.enum(["live", "degraded"]),
  sent_to_users: count,
  sent_to_recipients: count,
  workers_answered: count,
  workers_expected: count,
  stored_for_sessions: count.nullable(),
});

export const clearAnswer = z.object({
  status: success,
  message: z.literal("Broadcast cleared successfully"),
  cleared_for_users: count,
});

export const acknowledgeAnswer = z.object({ status: success, message: z.string() });

export const activeAnswer = z.object({
  broadcast: wireBroadcast.nullable(),
  broadcasts: z.array(wireBroadcast),
  session_id: z.string(),
  session_token: z.string(),
  acks: z.literal("unknown").optional(),
});

export const limitsAnswer = z.object({
  max_characters: count,
  recommended_length: count,
  current_active_broadcasts: count,
});

export const statsAnswer = z.object({
  status: success,
  stats: z.object({
    broadcasts_today: count,
    workspace_broadcasts_today: count,
    active_broadcast: wireBroadcast.nullable(),
    connected_users: count,
    connected_sessions: count,
    connections: count,
    per_worker: z.array(
      z.object({ worker_id: z.string(), node_id: z.string(), connections: count }),
    ),
    max_characters: count,
  }),
  connected_users_note: z.string().optional(),
});

export const socketStatsAnswer = z.object({
  status: success,
  workers: z.array(
    z.object({
      worker_id: z.string(),
      node_id: z.string(),
      version: z.string(),
      connections: count,
      /** Active sessions of this workspace. */
      sessions: count,
      /** Frames written, and readers dropped as too slow; null: it does not say. */
      sent: count.nullable(),
      dropped: count.nullable(),
      uptime_s: count,
    }),
  ),
  /** Of this workspace, most connections first. */
  users: z.array(
    z.object({
      user_id: z.string(),
      name: z.string().nullable(),
      connections: count,
      sessions: count,
      /** Since the longest of these sessions began. */
      uptime_s: count,
    }),
  ),
});
