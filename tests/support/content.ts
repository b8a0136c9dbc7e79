import type { BroadcastContent } from "@/core/revisions";

/** What an author writes: a message to everyone, at once, beside what is live. */
export function content(changes: Partial<BroadcastContent> = {}): BroadcastContent {
  return {
    level: "info",
    title: null,
    message: "The kitchen closes at five",
    action: null,
    dismissible: true,
    priority: "normal",
    placement: "top",
    audience: null,
    paths: null,
    translations: null,
    replace: false,
    startsAt: null,
    endsAt: null,
    ...changes,
  };
}
