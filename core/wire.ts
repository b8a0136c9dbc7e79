import { type Broadcast, liveFrom } from "./broadcast";
import { dirOf, localize } from "./locale";
import type { MarkdownNode } from "./markdown";
import { parseMarkdown } from "./markdown-parse";
import type { WireBroadcast } from "./protocol";

/**
 * A broadcast as a recipient gets it (SPEC § 6). The audience stays here ([AUD2]).
 * @param locale the recipient's; null = the broadcast's own text
 * @param snoozedUntil ms
 * @param content the parsed message, when the caller has it already
 * @param defaultLocale of the broadcast's own text: the workspace's setting
 */
export function toWire(
  broadcast: Broadcast,
  locale: string | null,
  snoozedUntil: number | null,
  content?: MarkdownNode[],
  defaultLocale: string | null = null,
): WireBroadcast {
  const text = localize(broadcast, locale);
  const usedLocale = text.locale ?? defaultLocale;
  return {
    id: broadcast.id,
    revision: broadcast.revision,
    show_from_revision: broadcast.showFromRevision,
    seq: broadcast.seq,
    title: text.title,
    message: text.message,
    content: content ?? parseMarkdown(text.message),
    message_type: broadcast.level,
    type: broadcast.level,
    created_by: broadcast.createdByName,
    created_at: iso(broadcast.createdAt),
    updated_at: iso(broadcast.updatedAt),
    live_from: liveFromIso(broadcast),
    starts_at: isoOrNull(broadcast.startsAt),
    ends_at: isoOrNull(broadcast.endsAt),
    dismissible: broadcast.dismissible,
    priority: broadcast.priority,
    placement: broadcast.placement,
    action: text.action,
    paths: broadcast.paths,
    locale: usedLocale,
    dir: dirOf(usedLocale),
    snoozed_until: isoOrNull(snoozedUntil),
  };
}

/** A draft has no such moment; its author may still send it to itself as a test. */
function liveFromIso(broadcast: Broadcast): string | null {
  const start = liveFrom(broadcast);
  return Number.isFinite(start) ? iso(start) : null;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}
