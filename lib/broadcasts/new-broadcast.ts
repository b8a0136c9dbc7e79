import { randomUUID } from "node:crypto";
import type { BroadcastContent } from "@/core/revisions";
import type { ServiceContext } from "../context";
import type { BroadcastDraft } from "../ports/broadcast-store";

/** A draft that says `content`, by whoever calls. @param now the database's clock, ms */
export function newBroadcast(
  { workspace, actor }: ServiceContext,
  content: BroadcastContent,
  now: number,
): BroadcastDraft {
  return {
    ...content,
    id: randomUUID(),
    workspaceId: workspace.id,
    revision: 1,
    showFromRevision: 1,
    publishedAt: null,
    wentLiveAt: null,
    clearedAt: null,
    clearedReason: null,
    archivedAt: null,
    createdById: actor.id,
    createdByName: actor.name,
    createdAt: now,
    updatedAt: now,
  };
}
