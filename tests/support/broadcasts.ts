import type { Viewer } from "@/core/audience";
import type { Broadcast } from "@/core/broadcast";
import { content } from "./content";

/** Noon of an ordinary day: what tests call now, ms. */
export const NOON = Date.parse("2026-11-21T12:00:00Z");

/** A broadcast to everyone, live since an hour before noon. */
export function aBroadcast(changes: Partial<Broadcast> = {}): Broadcast {
  return {
    id: "5b0e7a52-6f1c-4a3e-9d7b-0c5a4f1e2d30",
    workspaceId: "workspace",
    seq: 1,
    changeId: "0d2f0b4e-9f6e-4f0e-8d33-5f0a4b6c7d81",
    revision: 1,
    showFromRevision: 1,
    ...content(),
    publishedAt: NOON - 3_600_000,
    wentLiveAt: null,
    clearedAt: null,
    clearedReason: null,
    archivedAt: null,
    createdById: "author",
    createdByName: "Ada",
    createdAt: NOON - 7_200_000,
    updatedAt: NOON - 3_600_000,
    ...changes,
  };
}

/** A signed-in user without roles or traits. */
export function aViewer(changes: Partial<Viewer> = {}): Viewer {
  return {
    recipient: "user:u1",
    kind: "user",
    subject: "u1",
    name: null,
    roles: [],
    traits: {},
    locale: null,
    ...changes,
  };
}
