import type { Broadcast } from "@/core/broadcast";
import type { WireBroadcast } from "@/core/protocol";
import { isBlank } from "@/core/text";
import { toWire } from "@/core/wire";
import { previewTexts } from "./preview-texts";
import type { ComposerValues } from "./values";

/** Shown where nothing is written yet. */
export const PLACEHOLDER_MESSAGE = "Your message appears here as you write it.";
const PREVIEW_ID = "00000000-0000-4000-8000-000000000000";

/**
 * The banner as a recipient with this locale would get it, also of a form that is not valid yet.
 * @param now ms
 */
export function previewBroadcast(
  values: ComposerValues,
  locale: string | null,
  defaultLocale: string,
  author: string,
  now: number,
): WireBroadcast {
  const wire = toWire(
    {
      ...FIXED,
      level: values.level,
      ...previewTexts(values),
      message: isBlank(values.message) ? PLACEHOLDER_MESSAGE : values.message,
      dismissible: values.dismissible,
      priority: values.priority,
      placement: values.placement,
      createdByName: author,
      createdAt: now,
      updatedAt: now,
    },
    locale,
    null,
    undefined,
    defaultLocale,
  );
  // The preview is shown whatever the schedule and the page rules say.
  return { ...wire, starts_at: null, ends_at: null, paths: null };
}

const FIXED = {
  id: PREVIEW_ID,
  workspaceId: "",
  seq: 0,
  changeId: PREVIEW_ID,
  revision: 1,
  showFromRevision: 1,
  audience: null,
  paths: null,
  replace: false,
  startsAt: null,
  endsAt: null,
  publishedAt: null,
  wentLiveAt: null,
  clearedAt: null,
  clearedReason: null,
  archivedAt: null,
  createdById: null,
} satisfies Partial<Broadcast>;
