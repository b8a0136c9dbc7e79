import { z } from "zod";
import { traitValue } from "@/core/api/trait-value";
import type { Viewer } from "@/core/audience";
import type { StoredSession } from "../ports/session-store";

const KINDS = { user: "user", team: "team", anon: "anonymous" } as const;

const traits = z.record(z.string(), traitValue).catch({});

/** A session's recipient as it was last known, for audience rules. */
export function viewerOfSession(session: StoredSession): Viewer {
  const { recipient, label, roles, locale } = session;
  return {
    ...viewerNamed(recipient),
    name: label,
    roles,
    traits: traits.parse(session.traits),
    locale,
  };
}

/** Somebody of whom only the recipient id is known: `user:<sub>`, `team:<user id>`, `anon:<uuid>`. */
export function viewerNamed(recipient: string): Viewer {
  const [prefix = "", ...rest] = recipient.split(":");
  const kind = prefix === "user" || prefix === "team" ? prefix : "anon";
  return {
    recipient,
    kind: KINDS[kind],
    subject: rest.join(":"),
    name: null,
    roles: [],
    traits: {},
    locale: null,
  };
}
