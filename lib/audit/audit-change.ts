import type { Broadcast } from "@/core/broadcast";
import { contentOf } from "@/core/revisions";
import type { Actor, ServiceContext } from "../context";
import type { AuditInput, ChangeTransaction } from "../ports/broadcast-store";

export const BROADCAST_ACTIONS = [
  "broadcast.created",
  "broadcast.edited",
  "broadcast.published",
  "broadcast.went_live",
  "broadcast.replaced",
  "broadcast.cleared",
  "broadcast.reset",
  "broadcast.archived",
  "broadcast.tested",
] as const;
export type BroadcastAction = (typeof BROADCAST_ACTIONS)[number];

/** The server itself, for what time does. */
export const SYSTEM: Actor = {
  kind: "system",
  id: "system",
  name: "Loudhailer",
  role: "owner",
  address: null,
};

/** [SEC8] Who did what, when and from where: written in the transaction that does it. */
export function auditBroadcast(
  tx: ChangeTransaction,
  ctx: Pick<ServiceContext, "workspace" | "actor">,
  action: BroadcastAction,
  broadcast: Broadcast,
  before: Broadcast | null = null,
): Promise<void> {
  return tx.audit({
    ...auditedBy(ctx.workspace.id, ctx.actor),
    action,
    targetKind: "broadcast",
    targetId: broadcast.id,
    before: before && audited(before),
    after: audited(broadcast),
  });
}

export function auditedBy(
  workspaceId: string,
  actor: Actor,
): Pick<AuditInput, "workspaceId" | "actorKind" | "actorId" | "actorName" | "address"> {
  return {
    workspaceId,
    actorKind: actor.kind,
    actorId: actor.id,
    actorName: actor.name,
    address: actor.address,
  };
}

/** What an author wrote, and how far it has come. */
function audited(broadcast: Broadcast) {
  const { revision, showFromRevision, publishedAt, clearedAt, clearedReason, archivedAt } =
    broadcast;
  return {
    ...contentOf(broadcast),
    revision,
    showFromRevision,
    publishedAt,
    clearedAt,
    clearedReason,
    archivedAt,
  };
}
