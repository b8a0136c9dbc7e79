import { z } from "zod";
import { LEVELS, STATUSES } from "../broadcast";
import { LIMITS } from "../limits";
import { audienceSchema } from "./audience";
import { traitValue } from "./trait-value";

const MAX_VIEWERS = 100;

/** Somebody who need not be there. */
export const madeUpViewer = z.strictObject({
  kind: z.enum(["user", "team", "anonymous"]).default("user"),
  /** `sub` of a user token, dashboard user id, or anonymous id. */
  subject: z.string().min(1).max(LIMITS.subjectChars),
  roles: z.array(z.string()).max(50).default([]),
  traits: z.record(z.string(), traitValue).default({}),
  locale: z.string().max(35).nullable().default(null),
});

/** Somebody to ask about: by session, or made up. */
const viewerInput = z.union([z.strictObject({ sessionId: z.string().max(100) }), madeUpViewer]);
export type ViewerInput = z.output<typeof viewerInput>;

/** `POST /api/v1/broadcasts/dry-run` ([AUD4]): of a broadcast that is there, or of an audience. */
export const dryRunInput = z.strictObject({
  broadcastId: z.guid().optional(),
  audience: audienceSchema.nullable().optional(),
  viewers: z.array(viewerInput).max(MAX_VIEWERS).default([]),
});

export const reachInput = z.strictObject({
  audience: audienceSchema.nullable().default(null),
  broadcastId: z.guid().optional(),
});

export const reachView = z.object({
  matching: z.int(),
  connected: z.int(),
  /** Less than `connected` where there are too many to look at each. */
  examined: z.int(),
});

export const dryRunView = z.object({
  reach: reachView,
  viewers: z.array(
    z.object({ recipient: z.string(), sees: z.boolean(), reasons: z.array(z.string()) }),
  ),
});

/**
 * `POST /api/v1/broadcasts/verdicts` ([AUD4]). Somebody of whom only the id is given is looked up
 * among the sessions, for what was last known of them.
 */
export const verdictsInput = madeUpViewer.extend({
  kind: madeUpViewer.shape.kind.unwrap().exclude(["anonymous"]).default("user"),
});
export type VerdictsInput = z.output<typeof verdictsInput>;

/** Of each broadcast that is live or scheduled: whether somebody sees it, and what decided. */
export const verdictsView = z.object({
  /** Who was judged: as asked, or as last known. */
  viewer: z.object({
    recipient: z.string(),
    roles: z.array(z.string()),
    traits: z.record(z.string(), z.unknown()),
    locale: z.string().nullable(),
  }),
  /** Their latest session, where its roles and traits were taken; null = there was none. */
  sessionId: z.string().nullable(),
  verdicts: z.array(
    z.object({
      id: z.string(),
      level: z.enum(LEVELS),
      title: z.string().nullable(),
      message: z.string(),
      status: z.enum(STATUSES),
      sees: z.boolean(),
      /** In words, one for each thing that decided. */
      reasons: z.array(z.string()),
    }),
  ),
});
