import { z } from "zod";
import { LEVELS, PLACEMENTS, PRIORITIES } from "../broadcast";
import { contentProblems } from "../content-rules";
import { LIMITS } from "../limits";
import { safeUrl } from "../markdown";
import { isPathRule } from "../paths";
import type { BroadcastContent } from "../revisions";
import { audienceSchema } from "./audience";
import { boundedText, optionalText } from "./text";
import { translationsSchema } from "./translations";

export { audienceSchema } from "./audience";
export { type BroadcastView, broadcastView, viewOf } from "./broadcast-view";

/** ISO 8601 with an offset in, ms since 1970 out. */
const instant = z.iso
  .datetime({
    offset: true,
    error: "Must be an ISO 8601 time with an offset, such as 2026-11-21T09:00:00Z",
  })
  .transform((text) => Date.parse(text));

const url = z
  .string()
  .trim()
  .max(LIMITS.urlChars)
  .refine((text) => safeUrl(text) !== null, {
    error: "A link must begin with https://, http://, mailto: or /",
  })
  .overwrite((text) => safeUrl(text) ?? text);

const actionSchema = z.strictObject({
  label: boundedText("Action label", LIMITS.actionLabelChars),
  url,
});

const pathsSchema = z
  .array(
    z.string().trim().max(LIMITS.urlChars).refine(isPathRule, {
      error: "A page rule is a path such as /pricing, /docs/* or !/docs/internal*",
    }),
  )
  .max(LIMITS.pathRules);

const shape = {
  title: optionalText("Broadcast title", LIMITS.titleChars).transform((text) => text || null),
  message: boundedText("Broadcast message", LIMITS.messageChars),
  level: z.enum(LEVELS),
  /** Another name of `level`. */
  type: z.enum(LEVELS),
  action: actionSchema.nullable(),
  dismissible: z.boolean(),
  priority: z.enum(PRIORITIES),
  placement: z.enum(PLACEMENTS),
  audience: audienceSchema.nullable(),
  paths: pathsSchema.nullable(),
  translations: translationsSchema.nullable(),
  replace: z.boolean(),
  startsAt: instant.nullable(),
  endsAt: instant.nullable(),
};

/** Nothing has a default here: in a patch, what is absent stays as it is. */
const partial = z.object(shape).partial().shape;
const fields = { ...partial, message: shape.message };

const oneLevel = z.refine<{ level?: string; type?: string }>(
  ({ level, type }) => level === undefined || type === undefined || level === type,
  { path: ["type"], error: "type is another name of level: give one of them" },
);

const consistent = z.superRefine<BroadcastContent>((content, context) => {
  for (const { path, message } of contentProblems(content)) {
    context.addIssue({ code: "custom", path, message });
  }
});

/** What people write. Times come out in ms, everything optional comes out as its default. */
export const broadcastFields = z
  .strictObject(fields)
  .check(oneLevel)
  .transform((written) => withDefaults(written, { replace: false }))
  .check(consistent);
export type BroadcastFields = z.output<typeof broadcastFields>;

/**
 * `POST /api/creator/broadcast`: as `broadcastFields`, but it replaces what is live unless told
 * otherwise, and ignores fields it does not know: existing clients send some.
 */
export const publishInput = z
  .object(fields)
  .check(oneLevel)
  .transform((written) => withDefaults(written, { replace: true }))
  .check(consistent);
export type PublishInput = z.output<typeof publishInput>;

/**
 * An edit: what is absent stays as it is. The result of applying it must pass `contentProblems`.
 * `show` is the author's choice of [BC5]; absent = by what changed.
 */
export const broadcastPatch = z
  .strictObject({ ...partial, show: z.enum(["silent", "again"]).optional() })
  .check(oneLevel)
  .transform(({ type, ...edited }) => {
    const level = edited.level ?? type;
    return { ...edited, ...(level && { level }), ...emptyAsNull(edited) };
  });
export type BroadcastPatch = z.output<typeof broadcastPatch>;

type Written = z.output<z.ZodObject<typeof fields>>;

function withDefaults(written: Written, defaults: { replace: boolean }): BroadcastContent {
  const { audience, paths, translations } = { ...written, ...emptyAsNull(written) };
  return {
    level: written.level ?? written.type ?? "info",
    title: written.title ?? null,
    message: written.message,
    action: written.action ?? null,
    dismissible: written.dismissible ?? true,
    priority: written.priority ?? "normal",
    placement: written.placement ?? "top",
    audience: audience ?? null,
    paths: paths ?? null,
    translations: translations ?? null,
    replace: written.replace ?? defaults.replace,
    startsAt: written.startsAt ?? null,
    endsAt: written.endsAt ?? null,
  };
}

type Collections = Pick<Partial<BroadcastContent>, "audience" | "paths" | "translations">;

/** An audience, page rules or translations with nothing in them are the same as none. */
function emptyAsNull({ audience, paths, translations }: Collections): Collections {
  return {
    ...(audience && Object.keys(audience).length === 0 && { audience: null }),
    ...(paths?.length === 0 && { paths: null }),
    ...(translations && Object.keys(translations).length === 0 && { translations: null }),
  };
}

const NO_BROADCAST = "00000000-0000-0000-0000-000000000000";
const uuid = z.guid();

/** A text that is no UUID names no broadcast: it comes out as the nil UUID, to be not found. */
const broadcastId = z
  .string({ error: "Broadcast ID is required" })
  .trim()
  .min(1, { error: "Broadcast ID is required" })
  .overwrite((text) => (uuid.safeParse(text).success ? text.toLowerCase() : NO_BROADCAST));

/** `POST /api/creator/broadcast/clear`; without an id: everything that is live. */
export const clearInput = z.object({ broadcast_id: broadcastId.nullish() });
export type ClearInput = z.output<typeof clearInput>;

/** `POST /api/creator/broadcast/acknowledge`; without a revision: the highest that was sent. */
export const acknowledgeInput = z.object({
  broadcast_id: broadcastId,
  revision: z.number().int().positive().optional(),
});
export type AcknowledgeInput = z.output<typeof acknowledgeInput>;
