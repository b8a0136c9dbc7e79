import { createHash } from "node:crypto";
import { z } from "zod";
import { acknowledgeInput, clearInput, publishInput } from "@/core/api/broadcasts";
import {
  acknowledgeAnswer,
  activeAnswer,
  clearAnswer,
  limitsAnswer,
  publishAnswer,
  socketStatsAnswer,
  statsAnswer,
} from "@/core/api/fixed";
import { LIMITS } from "@/core/limits";
import { countChars } from "@/core/text";
import { acknowledge } from "@/lib/broadcasts/acknowledge";
import { active, countDelivered } from "@/lib/broadcasts/active";
import { clear } from "@/lib/broadcasts/clear";
import { limits } from "@/lib/broadcasts/limits";
import { publishNew } from "@/lib/broadcasts/publish-new";
import { creatorStats } from "@/lib/broadcasts/stats";
import { takeUpStay } from "@/lib/broadcasts/stay";
import { runtime } from "@/lib/runtime-context";
import { type ConnectedUser, socketStats, type WorkerStats } from "@/lib/sessions/socket-stats";
import { peopleRoute, recipientRoute } from "../route";
import { nothing } from "./parameters";

/** The endpoints whose names and shapes are fixed (SPEC § 8): existing clients use them. */

const TAG = "Creator broadcast";
const BASE = "/api/creator/broadcast";
const SUCCESS = "success" as const;
const CLEARED = "Broadcast cleared successfully" as const;

export const publishRoute = peopleRoute(
  {
    method: "POST",
    path: BASE,
    tag: TAG,
    summary: "Writes and publishes a broadcast; it replaces what is live unless told otherwise.",
    access: "publish",
    input: z.object({ body: publishInput }),
    answer: publishAnswer,
    idempotent: true,
    publishes: true,
  },
  async ({ ctx, input }) => {
    const { broadcast, report, storedForSessions } = await publishNew(ctx, input.body);
    return {
      body: {
        status: SUCCESS,
        id: broadcast.id,
        message: `Broadcast sent successfully to ${report.sentToConnections} connected users.`,
        character_count: countChars(broadcast.message),
        max_characters: LIMITS.messageChars,
        mode: report.mode,
        sent_to_users: report.sentToConnections,
        sent_to_recipients: report.sentToRecipients,
        workers_answered: report.workersAnswered,
        workers_expected: report.workersExpected,
        stored_for_sessions: storedForSessions,
      },
    };
  },
);

export const clearRoute = peopleRoute(
  {
    method: "POST",
    path: `${BASE}/clear`,
    tag: TAG,
    summary: "Takes one broadcast, or everything that is live, off every screen.",
    access: "publish",
    input: z.object({ body: clearInput }),
    answer: clearAnswer,
  },
  async ({ ctx, input }) => {
    const { report } = await clear(ctx, { id: input.body.broadcast_id ?? null });
    return {
      body: {
        status: SUCCESS,
        message: CLEARED,
        cleared_for_users: report.sentToConnections,
      },
    };
  },
);

export const acknowledgeRoute = recipientRoute(
  {
    method: "POST",
    path: `${BASE}/acknowledge`,
    tag: TAG,
    summary: "Dismisses a broadcast for the calling recipient; answered when that is durable.",
    input: z.object({ body: acknowledgeInput }),
    answer: acknowledgeAnswer,
  },
  async ({ caller, input }) => {
    const { broadcast_id: id, revision } = input.body;
    await acknowledge(caller, { id, revision });
    return { body: { status: SUCCESS, message: "Broadcast acknowledged successfully" } };
  },
);

/** What the answer depends on, beside the address. */
const VARY = "Authorization, Cookie, X-Loudhailer-Session";

export const activeRoute = recipientRoute(
  {
    method: "GET",
    path: `${BASE}/active`,
    tag: TAG,
    summary:
      "What the calling recipient should have on screen; what clients without a socket poll.",
    input: nothing,
    answer: activeAnswer,
    revalidated: true,
    newcomers: true,
  },
  async ({ caller, request }) => {
    const shown = await active(caller);
    const sent = request.headers.get("x-loudhailer-session");
    const stay = takeUpStay(caller, sent);
    // A session that was not sent is made for this answer alone, and tells no two answers apart.
    const seen = sent === null ? shown : { ...shown, session: stay.sessionToken };
    const etag = `"${createHash("sha256").update(JSON.stringify(seen)).digest("base64url")}"`;
    const headers = { etag, "cache-control": "private, no-cache", vary: VARY };
    if (matches(request.headers.get("if-none-match"), etag)) {
      return { response: new Response(null, { status: 304, headers }) };
    }
    countDelivered(shown.broadcasts);
    const [broadcast = null] = shown.broadcasts;
    const { sessionId, sessionToken } = stay;
    return {
      headers,
      body: { broadcast, ...shown, session_id: sessionId, session_token: sessionToken },
    };
  },
);

function matches(ifNoneMatch: string | null, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}

export const limitsRoute = peopleRoute(
  {
    method: "GET",
    path: `${BASE}/limits`,
    tag: TAG,
    summary: "How long a message may be, and how many broadcasts are live.",
    access: "read",
    input: nothing,
    answer: limitsAnswer,
  },
  async ({ ctx }) => ({ body: limits(ctx) }),
);

export const statsRoute = peopleRoute(
  {
    method: "GET",
    path: `${BASE}/stats`,
    tag: TAG,
    summary: "Who is connected, cluster-wide, and what was published today.",
    access: "read",
    input: nothing,
    answer: statsAnswer,
  },
  async ({ ctx }) => {
    const { stats, note } = await creatorStats(ctx);
    return { body: { status: SUCCESS, stats, ...(note && { connected_users_note: note }) } };
  },
);

export const socketStatsRoute = peopleRoute(
  {
    method: "GET",
    path: "/api/websocket/stats",
    tag: TAG,
    summary: "Connections by worker and by user.",
    access: "read",
    input: nothing,
    answer: socketStatsAnswer,
  },
  async ({ ctx }) => {
    const { workers, users } = await socketStats(ctx);
    return { body: { status: SUCCESS, workers: workers.map(toWorker), users: users.map(toUser) } };
  },
);

function toWorker(worker: WorkerStats) {
  const { workerId, nodeId, startedAt, lastBeatAt, traffic, ...figures } = worker;
  return {
    worker_id: workerId,
    node_id: nodeId,
    ...figures,
    sent: traffic?.sent ?? null,
    dropped: traffic?.dropped ?? null,
    uptime_s: seconds(lastBeatAt - startedAt),
  };
}

function toUser({ recipient, since, ...user }: ConnectedUser) {
  return { user_id: recipient, ...user, uptime_s: seconds(runtime().feed.now() - since) };
}

/** Clocks of two machines may differ by more than has passed. */
function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}
