import type { Broadcast } from "./broadcast";

/** What an author writes; what a revision keeps. */
export const CONTENT_FIELDS = [
  "level",
  "title",
  "message",
  "action",
  "dismissible",
  "priority",
  "placement",
  "audience",
  "paths",
  "translations",
  "replace",
  "startsAt",
  "endsAt",
] as const satisfies readonly (keyof Broadcast)[];

export type BroadcastContent = Pick<Broadcast, (typeof CONTENT_FIELDS)[number]>;

/** The part of a broadcast that an edit may change: what a revision keeps. */
export function contentOf(broadcast: BroadcastContent): BroadcastContent {
  const { level, title, message, action, dismissible, priority, placement } = broadcast;
  const { audience, paths, translations, replace, startsAt, endsAt } = broadcast;
  return {
    level,
    title,
    message,
    action,
    dismissible,
    priority,
    placement,
    audience,
    paths,
    translations,
    replace,
    startsAt,
    endsAt,
  };
}

export interface Difference {
  /** `message`, `audience`, `translations.fr.title`. */
  field: string;
  /** `undefined` = was not there. */
  before: unknown;
  after: unknown;
}

/** What changed between two revisions, field by field, in a fixed order. */
export function differences(before: BroadcastContent, after: BroadcastContent): Difference[] {
  return CONTENT_FIELDS.flatMap((field) => {
    if (field === "translations") return translationDifferences(before, after);
    if (isSame(before[field], after[field])) return [];
    return [{ field, before: before[field], after: after[field] }];
  });
}

const TEXTS = ["title", "message", "actionLabel"] as const;

function translationDifferences(
  before: Pick<Broadcast, "translations">,
  after: Pick<Broadcast, "translations">,
): Difference[] {
  const old = new Map(Object.entries(before.translations ?? {}));
  const fresh = new Map(Object.entries(after.translations ?? {}));
  const locales = [...new Set([...old.keys(), ...fresh.keys()])].sort();
  return locales.flatMap((locale) =>
    TEXTS.map((text) => ({
      field: `translations.${locale}.${text}`,
      before: old.get(locale)?.[text],
      after: fresh.get(locale)?.[text],
    })).filter((difference) => difference.before !== difference.after),
  );
}

/** Edited fields; an absent one stays as it was. */
export type EditedFields = Partial<BroadcastContent>;

export interface NextRevision {
  revision: number;
  showFromRevision: number;
  showAgain: boolean;
}

/**
 * The revision an edit makes ([BC5]). Without a choice it shows again when message or title (in
 * any language) or dismissible changed. A reset is an edit of nothing with `show-again`.
 */
export function nextRevision(
  before: Broadcast,
  after: EditedFields,
  choice: "silent" | "show-again" | undefined,
): NextRevision {
  const revision = before.revision + 1;
  const showAgain =
    choice === undefined ? saysSomethingElse(before, after) : choice === "show-again";
  return { revision, showFromRevision: showAgain ? revision : before.showFromRevision, showAgain };
}

const SHOWN = /^(title|message|dismissible|translations\..+\.(title|message))$/;

function saysSomethingElse(before: BroadcastContent, edited: EditedFields): boolean {
  const after = { ...contentOf(before), ...withoutUndefined(edited) };
  return differences(before, after).some(({ field }) => SHOWN.test(field));
}

function withoutUndefined(edited: EditedFields): EditedFields {
  return Object.fromEntries(Object.entries(edited).filter(([, value]) => value !== undefined));
}

/** Equal as JSON, whatever the order of keys (PostgreSQL's jsonb changes it). */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = definedKeys(a);
  return (
    keys.length === definedKeys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
  );
}

function definedKeys(object: Record<string, unknown>): string[] {
  return Object.keys(object).filter((key) => object[key] !== undefined);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
