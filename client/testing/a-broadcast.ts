import type { WireBroadcast } from "@/core/protocol";

let ids = 0;

export function aBroadcast(fields: Partial<WireBroadcast> = {}): WireBroadcast {
  const level = fields.message_type ?? "info";
  const message = fields.message ?? "Hello";
  ids += 1;
  return {
    id: `00000000-0000-4000-8000-${String(ids).padStart(12, "0")}`,
    revision: 1,
    show_from_revision: fields.revision ?? 1,
    seq: ids,
    title: null,
    message,
    content: [{ type: "text", value: message }],
    message_type: level,
    type: level,
    created_by: "Ada",
    created_at: "2026-11-21T10:00:00.000Z",
    updated_at: "2026-11-21T10:00:00.000Z",
    starts_at: null,
    ends_at: null,
    dismissible: true,
    priority: "normal",
    placement: "top",
    action: null,
    paths: null,
    locale: "en",
    dir: "ltr",
    snoozed_until: null,
    ...fields,
  };
}
