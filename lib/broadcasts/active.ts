import type { WireBroadcast } from "@/core/protocol";
import { toWire } from "@/core/wire";
import type { MemberCaller, RecipientCaller } from "../context";
import { runtime } from "../runtime-context";
import { exceptionsOf } from "./exceptions";
import { mergeVisitor } from "./merge-visitor";

export interface Active {
  /** In screen order. */
  broadcasts: WireBroadcast[];
  /** The database is away: the caller applies its own dismissals. */
  acks?: "unknown";
}

/**
 * What a recipient should have on screen now, from memory (SPEC § 8); also what a client without
 * a socket polls. Off for everybody but the team while the embed is ([CLI7]).
 */
export async function active(caller: RecipientCaller | MemberCaller): Promise<Active> {
  const { workspace, viewer } = caller;
  if (caller.kind === "recipient" && !workspace.settings.embedEnabled) return { broadcasts: [] };
  await mergeVisitor(caller);
  const exceptions = await exceptionsOf({
    workspaceId: workspace.id,
    recipient: viewer.recipient,
  });
  const snoozes = new Map(exceptions?.map((one) => [one.broadcastId, one.snoozedUntil]));
  const rows = runtime().feed.visibleTo(workspace.id, viewer, exceptions ?? []);
  return {
    broadcasts: rows.map((row) =>
      toWire(
        row,
        viewer.locale,
        snoozes.get(row.id) ?? null,
        undefined,
        workspace.settings.defaultLocale,
      ),
    ),
    ...(exceptions === null && { acks: "unknown" }),
  };
}

/** Counts what an answer brought to a recipient's screen ([ACK4]). */
export function countDelivered(broadcasts: readonly WireBroadcast[]): void {
  const { receiptQueue } = runtime();
  for (const { id, revision, show_from_revision } of broadcasts) {
    receiptQueue.addDelivered(id, show_from_revision ?? revision, 1);
  }
}
