import { z } from "zod";
import {
  dryRunInput,
  dryRunView,
  reachInput,
  reachView,
  verdictsInput,
  verdictsView,
} from "@/core/api/dry-run";
import { receiptStatsView, recipientsPage, revisionView } from "@/core/api/history-view";
import { pageQuery } from "@/core/api/page";
import { isoOf } from "@/core/api/time";
import { receiptStats, recipients } from "@/lib/broadcasts/receipts";
import { revisions } from "@/lib/broadcasts/revisions";
import { dryRun } from "@/lib/sessions/dry-run";
import { reach } from "@/lib/sessions/reach";
import { verdictsFor } from "@/lib/sessions/verdicts";
import { csvResponse } from "../csv";
import { peopleRoute } from "../route";
import { toRecipientView, toRevisionView } from "../views";
import { idParams } from "./parameters";

const TAG = "Broadcasts";
const ONE = "/api/v1/broadcasts/{id}";

export const listRevisions = peopleRoute(
  {
    method: "GET",
    path: `${ONE}/revisions`,
    tag: TAG,
    summary: "What it has said, newest first.",
    access: "read",
    input: z.object({ params: idParams }),
    answer: z.object({ revisions: z.array(revisionView) }),
  },
  async ({ ctx, input }) => ({
    body: { revisions: (await revisions(ctx, input.params)).map(toRevisionView) },
  }),
);

/** Seconds of a step of the time line. */
const STEPS = { minute: 60, hour: 3_600, day: 86_400 } as const;

export const readReceiptStats = peopleRoute(
  {
    method: "GET",
    path: `${ONE}/stats`,
    tag: TAG,
    summary: "How it was received: delivered, seen, clicked, dismissed, snoozed; and when.",
    access: "read",
    input: z.object({
      params: idParams,
      query: z.object({ interval: z.enum(["minute", "hour", "day"]).default("hour") }),
    }),
    answer: receiptStatsView,
  },
  async ({ ctx, input }) => {
    const stepS = STEPS[input.query.interval];
    const { counts, timeline } = await receiptStats(ctx, { id: input.params.id, stepS });
    const steps = timeline.map((step) => ({ at: isoOf(step.at), counts: step.counts }));
    return { body: { counts, timeline: steps } };
  },
);

export const listRecipients = peopleRoute(
  {
    method: "GET",
    path: `${ONE}/receipts`,
    tag: TAG,
    summary: "Who saw, clicked, dismissed or snoozed it.",
    access: "receipts",
    input: z.object({
      params: idParams,
      query: z.object({
        ...pageQuery,
        search: z
          .string()
          .max(300)
          .optional()
          .meta({ description: "How a recipient's id begins." }),
      }),
    }),
    answer: recipientsPage,
  },
  async ({ ctx, input }) => {
    const page = await recipients(ctx, { ...input.params, ...input.query });
    return { body: { recipients: page.recipients.map(toRecipientView), next: page.next } };
  },
);

const CSV_COLUMNS = [
  "recipient",
  "seenAt",
  "clickedAt",
  "dismissedAt",
  "snoozedAt",
  "snoozedUntil",
] as const;
const CSV_PAGE = 1_000;

export const exportRecipients = peopleRoute(
  {
    method: "GET",
    path: `${ONE}/receipts.csv`,
    tag: TAG,
    summary: "The same as a table for spreadsheets, all of it.",
    access: "receipts",
    input: z.object({ params: idParams }),
    answer: z.string(),
    produces: "text/csv",
  },
  async ({ ctx, input }) => {
    const { id } = input.params;
    const read = (cursor: string | null) => recipients(ctx, { id, limit: CSV_PAGE, cursor });
    // Asked before the answer begins: what is refused must be refused with a status.
    const first = await read(null);
    return { response: csvResponse(`receipts-${id}.csv`, CSV_COLUMNS, pages(first, read)) };
  },
);

type RecipientsPage = Awaited<ReturnType<typeof recipients>>;

async function* pages(
  first: RecipientsPage,
  read: (cursor: string | null) => Promise<RecipientsPage>,
) {
  let page = first;
  for (;;) {
    yield page.recipients.map(toRecipientView);
    if (page.next === null) return;
    page = await read(page.next);
  }
}

export const dryRunBroadcast = peopleRoute(
  {
    method: "POST",
    path: "/api/v1/broadcasts/dry-run",
    tag: TAG,
    summary: "Why given users do or do not see it, and how many connected sessions match.",
    access: "read",
    input: z.object({ body: dryRunInput }),
    answer: dryRunView,
  },
  async ({ ctx, input }) => ({ body: await dryRun(ctx, input.body) }),
);

export const reachOfAudience = peopleRoute(
  {
    method: "POST",
    path: "/api/v1/broadcasts/reach",
    tag: TAG,
    summary: "How many of the connected sessions an audience matches.",
    access: "read",
    input: z.object({ body: reachInput }),
    answer: reachView,
  },
  async ({ ctx, input }) => ({ body: await reach(ctx, input.body) }),
);

export const verdictsOnViewer = peopleRoute(
  {
    method: "POST",
    path: "/api/v1/broadcasts/verdicts",
    tag: TAG,
    summary: "What one user sees of all that is live or scheduled, and why.",
    access: "read",
    input: z.object({ body: verdictsInput }),
    answer: verdictsView,
  },
  async ({ ctx, input }) => {
    const { viewer, sessionId, verdicts } = await verdictsFor(ctx, input.body);
    const { recipient, roles, traits, locale } = viewer;
    return {
      body: { viewer: { recipient, roles: [...roles], traits, locale }, sessionId, verdicts },
    };
  },
);
