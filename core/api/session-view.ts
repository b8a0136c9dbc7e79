import { z } from "zod";
import { STATUSES } from "../broadcast";
import { wireBroadcast } from "./fixed";
import { nextCursor } from "./page";
import { time } from "./time";

const count = z.int().min(0);

export const sessionView = z.object({
  id: z.string(),
  recipient: z.string(),
  name: z.string().nullable(),
  roles: z.array(z.string()),
  traits: z.record(z.string(), z.unknown()),
  locale: z.string().nullable(),
  client: z.string().nullable(),
  firstSeenAt: time,
  lastSeenAt: time,
  workerId: z.string(),
  nodeId: z.string(),
  /** Open connections; more than 0 = active. */
  connections: count,
});

export const sessionsPage = z.object({
  sessions: z.array(sessionView),
  next: nextCursor,
  counts: z.object({
    recipients: count,
    activeSessions: count,
    allSessions: count,
    connections: count,
    /** False: these are one worker's figures. */
    clusterWide: z.boolean(),
    /** True: inactive sessions of before a data loss are not counted. */
    incomplete: z.boolean(),
  }),
});

/** Broadcasts as the recipient gets them, newest first. */
export const inboxView = z.object({
  data: z.array(
    wireBroadcast.extend({ status: z.enum(STATUSES), live_at: time, dismissed: z.boolean() }),
  ),
});

export const workersView = z.object({
  workers: z.array(
    z.object({
      workerId: z.string(),
      nodeId: z.string(),
      version: z.string(),
      startedAt: time,
      lastBeatAt: time,
      connections: count,
    }),
  ),
});
