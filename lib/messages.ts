import { z } from "zod";
import type { Broadcast } from "@/core/broadcast";
import { LEVELS, PLACEMENTS, PRIORITIES } from "@/core/broadcast";

/**
 * What workers tell each other. Parsed where it arrives: another version may have sent it. A
 * message that does not parse is dropped, and the feed's own checks find what it said.
 */

const time = z.number().nullable();

const broadcastRow = z.object({
  id: z.string(),
  workspaceId: z.string(),
  seq: z.number(),
  changeId: z.string(),
  revision: z.number(),
  showFromRevision: z.number(),
  level: z.enum(LEVELS),
  title: z.string().nullable(),
  message: z.string(),
  action: z.object({ label: z.string(), url: z.string() }).nullable(),
  dismissible: z.boolean(),
  priority: z.enum(PRIORITIES),
  placement: z.enum(PLACEMENTS),
  // Not looked into: a rule this version does not know matches nobody ([DEG9]).
  audience: z.custom<Broadcast["audience"]>((value) => value === null || typeof value === "object"),
  paths: z.array(z.string()).nullable(),
  translations: z.custom<Broadcast["translations"]>(
    (value) => value === null || typeof value === "object",
  ),
  replace: z.boolean(),
  startsAt: time,
  endsAt: time,
  publishedAt: time,
  wentLiveAt: time,
  clearedAt: time,
  clearedReason: z.enum(["cleared", "replaced"]).nullable(),
  archivedAt: time,
  createdById: z.string().nullable(),
  createdByName: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
}) satisfies z.ZodType<Broadcast>;

/** A committed change, on its way to every worker. */
export const changeMessage = z.object({
  workerId: z.string(),
  /** Present when the publisher waits for counts. */
  question: z.object({ id: z.string(), broadcastId: z.string().nullable() }).nullable(),
  change: z.object({
    epoch: z.string(),
    from: z.number(),
    to: z.number(),
    fromChangeId: z.string().optional(),
    changeId: z.string().optional(),
    broadcasts: z.array(broadcastRow),
    control: z.array(
      z.object({
        seq: z.number(),
        workspaceId: z.string().nullable(),
        kind: z.enum(["workspace", "member", "api_key", "login", "secret", "recipient"]),
        subject: z.string(),
      }),
    ),
  }),
});
export type ChangeMessage = z.infer<typeof changeMessage>;

/** How many of a worker's connections a change was queued for. */
export const answerMessage = z.object({
  workerId: z.string(),
  questionId: z.string(),
  connections: z.number(),
  recipients: z.number(),
});
export type AnswerMessage = z.infer<typeof answerMessage>;

/** Dismissals that one worker made durable. */
export const acknowledgedMessage = z.object({
  workerId: z.string(),
  acknowledged: z.array(
    z.object({ broadcastId: z.string(), recipient: z.string(), revision: z.number() }),
  ),
});
