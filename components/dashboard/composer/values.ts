import type { z } from "zod";
import type { BroadcastView, broadcastFields } from "@/core/api/broadcasts";
import type { Audience } from "@/core/audience";
import type { Level, Placement, Priority } from "@/core/broadcast";
import { linesOf } from "../lines";
import { instantOf, wallTime } from "../zoned-time";

/** What the REST API takes; times are ISO 8601. */
export type BroadcastInput = z.input<typeof broadcastFields>;

export interface TranslationValues {
  locale: string;
  title: string;
  message: string;
  actionLabel: string;
}

/** The composer's form: text as it stands in the fields. */
export interface ComposerValues {
  level: Level;
  title: string;
  message: string;
  hasAction: boolean;
  actionLabel: string;
  actionUrl: string;
  dismissible: boolean;
  placement: Placement;
  priority: Priority;
  replace: boolean;
  /** IANA name: the zone that the two times below are in. */
  zone: string;
  /** Wall time, `2026-11-21T22:00`; empty = at once. */
  startsAt: string;
  /** Wall time; empty = no end. */
  endsAt: string;
  /** One page rule a line. */
  paths: string;
  audience: Audience;
  translations: TranslationValues[];
}

export function emptyValues(zone: string): ComposerValues {
  return {
    level: "info",
    title: "",
    message: "",
    hasAction: false,
    actionLabel: "",
    actionUrl: "",
    dismissible: true,
    placement: "top",
    priority: "normal",
    replace: false,
    zone,
    startsAt: "",
    endsAt: "",
    paths: "",
    audience: {},
    translations: [],
  };
}

export function valuesOf(broadcast: BroadcastView, zone: string): ComposerValues {
  const { level, message, dismissible, placement, priority, replace, action } = broadcast;
  return {
    level,
    title: broadcast.title ?? "",
    message,
    hasAction: action !== null,
    actionLabel: action?.label ?? "",
    actionUrl: action?.url ?? "",
    dismissible,
    placement,
    priority,
    replace,
    zone,
    startsAt: toWall(broadcast.startsAt, zone),
    endsAt: toWall(broadcast.endsAt, zone),
    paths: (broadcast.paths ?? []).join("\n"),
    audience: broadcast.audience ?? {},
    translations: Object.entries(broadcast.translations ?? {}).map(([locale, text]) => ({
      locale,
      title: text.title ?? "",
      message: text.message ?? "",
      actionLabel: text.actionLabel ?? "",
    })),
  };
}

/** What is sent: complete, so that an emptied field is emptied on the server too. */
export function inputOf(values: ComposerValues): BroadcastInput {
  const { level, message, dismissible, placement, priority, replace, hasAction } = values;
  return {
    level,
    title: values.title.trim() || null,
    message,
    action: hasAction ? { label: values.actionLabel, url: values.actionUrl } : null,
    dismissible,
    placement,
    priority,
    replace,
    startsAt: toIso(values.startsAt, values.zone),
    endsAt: toIso(values.endsAt, values.zone),
    paths: pathRulesOf(values.paths),
    audience: Object.keys(values.audience).length > 0 ? values.audience : null,
    translations: translationsOf(values.translations),
  };
}

/** The page rules that are written; null = none. */
export function pathRulesOf(text: string): string[] | null {
  const rules = linesOf(text);
  return rules.length > 0 ? rules : null;
}

/** The same times on another zone's clock. */
export function inZone(values: ComposerValues, zone: string): Partial<ComposerValues> {
  const moved = (wall: string) => toWall(toIso(wall, values.zone), zone);
  return { zone, startsAt: moved(values.startsAt), endsAt: moved(values.endsAt) };
}

function translationsOf(translations: readonly TranslationValues[]) {
  if (translations.length === 0) return null;
  return Object.fromEntries(
    translations.map(({ locale, title, message, actionLabel }) => [
      locale,
      { title: title.trim() || undefined, message, actionLabel },
    ]),
  );
}

function toWall(iso: string | null, zone: string): string {
  return iso === null ? "" : wallTime(Date.parse(iso), zone);
}

function toIso(wall: string, zone: string): string | null {
  const at = wall === "" ? null : instantOf(wall, zone);
  return at === null ? null : new Date(at).toISOString();
}
