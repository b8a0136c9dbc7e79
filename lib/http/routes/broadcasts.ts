import { z } from "zod";
import { broadcastView } from "@/core/api/broadcast-view";
import { broadcastFields, broadcastPatch } from "@/core/api/broadcasts";
import { clearedView, deliveredView } from "@/core/api/delivery-view";
import { commaList, nextCursor, pageQuery } from "@/core/api/page";
import { LEVELS, STATUSES } from "@/core/broadcast";
import { contentOf } from "@/core/revisions";
import { archive } from "@/lib/broadcasts/archive";
import { clear } from "@/lib/broadcasts/clear";
import { createDraft } from "@/lib/broadcasts/create-draft";
import { duplicate } from "@/lib/broadcasts/duplicate";
import { edit } from "@/lib/broadcasts/edit";
import { get } from "@/lib/broadcasts/get";
import { list } from "@/lib/broadcasts/list";
import { publish } from "@/lib/broadcasts/publish";
import { reset } from "@/lib/broadcasts/reset";
import { testToSelf } from "@/lib/broadcasts/test-to-self";
import { ifMatchRevision } from "../input";
import { type Declaration, peopleRoute } from "../route";
import { toBroadcastView, toDelivered, toDelivery } from "../views";
import { idParams } from "./parameters";

const TAG = "Broadcasts";
const BASE = "/api/v1/broadcasts";

/** The revision, for `If-Match` of the next edit. */
const revisionTag = ({ revision }: { revision: number }) => ({ etag: `"${revision}"` });

export const listBroadcasts = peopleRoute(
  {
    method: "GET",
    path: BASE,
    tag: TAG,
    summary: "Broadcasts, newest first, by status, level, author and words.",
    access: "read",
    input: z.object({
      query: z.object({
        ...pageQuery,
        status: commaList(z.enum(STATUSES)),
        level: commaList(z.enum(LEVELS)),
        search: z.string().max(200).optional(),
        author: z.string().max(200).optional(),
      }),
    }),
    answer: z.object({ broadcasts: z.array(broadcastView), next: nextCursor }),
  },
  async ({ ctx, input }) => {
    const { author, ...filter } = input.query;
    const page = await list(ctx, { ...filter, ...(author && { createdById: author }) });
    return { body: { broadcasts: page.broadcasts.map(toBroadcastView), next: page.next } };
  },
);

export const createBroadcast = peopleRoute(
  {
    method: "POST",
    path: BASE,
    tag: TAG,
    summary: "Writes a draft, which nobody sees until it is published.",
    access: "draft",
    input: z.object({ body: broadcastFields }),
    answer: broadcastView,
    status: 201,
    idempotent: true,
  },
  async ({ ctx, input }) => {
    const draft = await createDraft(ctx, input.body);
    const headers = { ...revisionTag(draft), location: `${BASE}/${draft.id}` };
    return { body: toBroadcastView(draft), headers };
  },
);

export const readBroadcast = peopleRoute(
  {
    method: "GET",
    path: `${BASE}/{id}`,
    tag: TAG,
    summary: "One broadcast; its revision is the ETag.",
    access: "read",
    input: z.object({ params: idParams }),
    answer: broadcastView,
  },
  async ({ ctx, input }) => {
    const broadcast = await get(ctx, input.params);
    return { body: toBroadcastView(broadcast), headers: revisionTag(broadcast) };
  },
);

export const editBroadcast = peopleRoute(
  {
    method: "PATCH",
    path: `${BASE}/{id}`,
    tag: TAG,
    summary: "Edits a broadcast that is at the revision of If-Match; the answer is the new one.",
    access: "draft",
    input: z.object({ params: idParams, headers: ifMatchRevision, body: broadcastPatch }),
    answer: broadcastView,
    idempotent: true,
  },
  async ({ ctx, input }) => {
    const { params, headers, body: patch } = input;
    const edited = await edit(ctx, { id: params.id, revision: headers["if-match"], patch });
    const { broadcast } = edited;
    return { body: toBroadcastView(broadcast), headers: revisionTag(broadcast) };
  },
);

/** `POST /api/v1/broadcasts/{id}/<verb>`. */
function verb(name: string, summary: string) {
  return {
    method: "POST",
    path: `${BASE}/{id}/${name}`,
    tag: TAG,
    summary,
    input: z.object({ params: idParams }),
  } as const satisfies Partial<Declaration>;
}

export const publishBroadcast = peopleRoute(
  {
    ...verb("publish", "Publishes a draft, or brings a scheduled broadcast forward to now."),
    access: "publish",
    answer: deliveredView,
    idempotent: true,
    publishes: true,
  },
  async ({ ctx, input }) => ({ body: toDelivered(await publish(ctx, input.params)) }),
);

export const clearBroadcast = peopleRoute(
  {
    ...verb("clear", "Takes it off every screen, or cancels it before its start."),
    // The author of a test may clear that; the verb knows which it is.
    access: "draft",
    answer: deliveredView,
  },
  async ({ ctx, input }) => {
    const { report } = await clear(ctx, input.params);
    const broadcast = await get(ctx, input.params);
    return { body: toDelivered({ broadcast, report, storedForSessions: null }) };
  },
);

export const clearBroadcasts = peopleRoute(
  {
    method: "POST",
    path: `${BASE}/clear`,
    tag: TAG,
    summary: "Takes everything that is live off every screen.",
    access: "publish",
    input: z.object({}),
    answer: clearedView,
  },
  async ({ ctx }) => {
    const { broadcasts, report } = await clear(ctx, { id: null });
    const delivery = toDelivery(report, null);
    return { body: { broadcasts: broadcasts.map(toBroadcastView), delivery } };
  },
);

export const duplicateBroadcast = peopleRoute(
  {
    ...verb("duplicate", "A new draft that says the same."),
    access: "draft",
    answer: broadcastView,
    status: 201,
    idempotent: true,
  },
  async ({ ctx, input }) => {
    const draft = await duplicate(ctx, input.params);
    return { body: toBroadcastView(draft), headers: revisionTag(draft) };
  },
);

export const archiveBroadcast = peopleRoute(
  {
    ...verb("archive", "Puts it away; what is live is cleared with it."),
    access: "draft",
    answer: deliveredView,
  },
  async ({ ctx, input }) => ({ body: toDelivered(await archive(ctx, input.params)) }),
);

export const resetBroadcast = peopleRoute(
  {
    ...verb("reset", "Shows it again to everyone, whoever dismissed it."),
    access: "publish",
    answer: deliveredView,
    idempotent: true,
    publishes: true,
  },
  async ({ ctx, input }) => ({ body: toDelivered(await reset(ctx, input.params)) }),
);

export const testBroadcast = peopleRoute(
  {
    ...verb("test", "Shows it for 15 minutes on the screens of whoever asks, and nowhere else."),
    access: "draft",
    answer: deliveredView,
    idempotent: true,
  },
  async ({ ctx, input }) => {
    const content = contentOf(await get(ctx, input.params));
    return { body: toDelivered(await testToSelf(ctx, content)) };
  },
);

export const testFields = peopleRoute(
  {
    method: "POST",
    path: `${BASE}/test`,
    tag: TAG,
    summary: "The same for what is still being written.",
    access: "draft",
    input: z.object({ body: broadcastFields }),
    answer: deliveredView,
    idempotent: true,
  },
  async ({ ctx, input }) => ({ body: toDelivered(await testToSelf(ctx, input.body)) }),
);
