import { expect, test } from "vitest";
import { aBroadcast, NOON } from "@/tests/support/broadcasts";
import { toWire } from "./wire";

const broadcast = aBroadcast({
  id: "5b0e7a52-6f1c-4a3e-9d7b-0c5a4f1e2d30",
  revision: 4,
  showFromRevision: 3,
  seq: 17,
  level: "warning",
  title: "Maintenance",
  message: "Back at **five**",
  action: { label: "Status", url: "/status" },
  priority: "high",
  placement: "bottom",
  audience: { roles: ["admin"] },
  paths: ["/docs/*"],
  translations: { ar: { message: "نعود في *الخامسة*" } },
  startsAt: NOON - 60_000,
  endsAt: NOON + 60_000,
});

test("[PUB2] a broadcast on the wire has the fields of the specification, and no audience", () => {
  expect(toWire(broadcast, null, null, undefined, "en")).toEqual({
    id: "5b0e7a52-6f1c-4a3e-9d7b-0c5a4f1e2d30",
    revision: 4,
    show_from_revision: 3,
    seq: 17,
    title: "Maintenance",
    message: "Back at **five**",
    content: [
      { type: "text", value: "Back at " },
      { type: "strong", children: [{ type: "text", value: "five" }] },
    ],
    message_type: "warning",
    type: "warning",
    created_by: "Ada",
    created_at: "2026-11-21T10:00:00.000Z",
    updated_at: "2026-11-21T11:00:00.000Z",
    live_from: "2026-11-21T11:59:00.000Z",
    starts_at: "2026-11-21T11:59:00.000Z",
    ends_at: "2026-11-21T12:01:00.000Z",
    dismissible: true,
    priority: "high",
    placement: "bottom",
    action: { label: "Status", url: "/status" },
    paths: ["/docs/*"],
    locale: "en",
    dir: "ltr",
    snoozed_until: null,
  });
});

test("[BC10] a translation brings its locale and direction", () => {
  const wire = toWire(broadcast, "ar-EG", null, undefined, "en");
  expect(wire).toMatchObject({ locale: "ar", dir: "rtl", title: "Maintenance" });
  expect(wire.content[1]).toEqual({
    type: "emphasis",
    children: [{ type: "text", value: "الخامسة" }],
  });
});

test("[BC10] the default text of an unknown locale is written from left to right", () => {
  expect(toWire(broadcast, "de", null)).toMatchObject({ locale: null, dir: "ltr" });
});

test("[ACK5] a snooze is said as a time", () => {
  expect(toWire(broadcast, null, NOON).snoozed_until).toBe("2026-11-21T12:00:00.000Z");
});

test("[BC4] content that was parsed before is taken as it is", () => {
  const content = [{ type: "text" as const, value: "parsed" }];
  expect(toWire(broadcast, null, null, content).content).toBe(content);
});

test("[BC9] a draft can be sent as a test", () => {
  const draft = aBroadcast({ publishedAt: null });
  expect(toWire(draft, null, null).live_from).toBeNull();
});
