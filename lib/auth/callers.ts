import type { Viewer } from "@/core/audience";
import type { RecipientCaller } from "../context";
import type { WorkspaceInfo } from "../ports/broadcast-store";
import { recipientOf } from "./session-token";

/** A recipient's stay: what a session token or an open connection says of it. */
export interface Stay {
  viewer: Viewer;
  sessionId: string;
}

export function recipient(
  workspace: WorkspaceInfo,
  viewer: Viewer,
  more: Partial<RecipientCaller> = {},
): RecipientCaller {
  // One by one, so that all of them have one shape: each handshake reads them many times.
  return {
    kind: "recipient",
    workspace,
    viewer,
    sessionId: more.sessionId ?? null,
    expiresAt: more.expiresAt ?? null,
    mergeFrom: more.mergeFrom ?? null,
    credential: more.credential ?? null,
    asOf: more.asOf ?? 0,
  };
}

/**
 * Which stay goes on: one of the same recipient, or an anonymous one that now signs in. Another
 * user's is not carried over.
 */
export function continued(
  stay: Stay | null,
  viewer: Viewer,
): { sessionId: string | null; mergeFrom: string | null } {
  if (stay?.viewer.recipient === viewer.recipient) {
    return { sessionId: stay.sessionId, mergeFrom: null };
  }
  if (stay?.viewer.kind !== "anonymous") return { sessionId: null, mergeFrom: null };
  return { sessionId: stay.sessionId, mergeFrom: stay.viewer.recipient };
}

/** Someone of whom no more is known. */
export function bareViewer(kind: Viewer["kind"], subject: string, locale: string | null): Viewer {
  const viewer = { recipient: recipientOf(kind, subject), kind, subject, locale };
  return { ...viewer, name: null, roles: [], traits: {} };
}

/** The token's own locale is signed; the page's stands in where there is none. */
export function withLocale(viewer: Viewer, locale: string | null): Viewer {
  return viewer.locale === null && locale !== null ? { ...viewer, locale } : viewer;
}
