import { z } from "zod";
import { pageQuery } from "@/core/api/page";
import { inboxView, sessionsPage, sessionView, workersView } from "@/core/api/session-view";
import { isoOf } from "@/core/api/time";
import { getSession } from "@/lib/sessions/get-session";
import { inbox } from "@/lib/sessions/inbox";
import { listSessions } from "@/lib/sessions/list-sessions";
import { listWorkers } from "@/lib/sessions/list-workers";
import { openRoute, peopleRoute } from "../route";
import { toSessionView } from "../views";
import { idParams, nothing } from "./parameters";

const TAG = "Sessions";
const BASE = "/api/v1/sessions";

export const listSessionsRoute = peopleRoute(
  {
    method: "GET",
    path: BASE,
    tag: TAG,
    summary: "Who is here, or was until lately; with the counts of the whole workspace.",
    access: "read",
    input: z.object({
      query: z.object({
        ...pageQuery,
        state: z.enum(["active", "inactive", "all"]).default("all"),
      }),
    }),
    answer: sessionsPage,
  },
  async ({ ctx, input }) => {
    const { sessions, next, counts } = await listSessions(ctx, input.query);
    return { body: { sessions: sessions.map(toSessionView), next, counts } };
  },
);

export const readSession = peopleRoute(
  {
    method: "GET",
    path: `${BASE}/{id}`,
    tag: TAG,
    summary: "One session.",
    access: "read",
    input: z.object({ params: idParams }),
    answer: sessionView,
  },
  async ({ ctx, input }) => ({ body: toSessionView(await getSession(ctx, input.params)) }),
);

export const readInbox = openRoute(
  {
    method: "GET",
    path: `${BASE}/{id}/messages`,
    tag: TAG,
    summary: "A session's inbox, newest first: for people, keys, and the session's own recipient.",
    input: z.object({ params: idParams }),
    answer: inboxView,
  },
  async ({ caller, input }) => ({ body: { data: await inbox(caller, input.params) } }),
);

export const listWorkersRoute = peopleRoute(
  {
    method: "GET",
    path: "/api/v1/workers",
    tag: "Workers",
    summary: "The server processes that are up.",
    access: "read",
    input: nothing,
    answer: workersView,
  },
  async ({ ctx }) => {
    const workers = await listWorkers(ctx);
    return {
      body: {
        workers: workers.map(({ startedAt, lastBeatAt, traffic: _traffic, ...worker }) => ({
          ...worker,
          startedAt: isoOf(startedAt),
          lastBeatAt: isoOf(lastBeatAt),
        })),
      },
    };
  },
);
