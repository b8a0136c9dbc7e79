import type { z } from "zod";
import { type BroadcastView, viewOf } from "@/core/api/broadcast-view";
import type { deliveryView } from "@/core/api/delivery-view";
import type { auditEntryView, recipientView, revisionView } from "@/core/api/history-view";
import type { apiKeyView, invitationView, memberView } from "@/core/api/people-view";
import type { sessionView } from "@/core/api/session-view";
import { isoOf, isoOrNull } from "@/core/api/time";
import type { Broadcast } from "@/core/broadcast";
import type { Delivered } from "../broadcasts/delivered";
import type { AuditEntry, BroadcastRevision, RecipientReceipts } from "../ports/history";
import type { ApiKey, Invitation, Member } from "../ports/identity-store";
import type { StoredSession } from "../ports/session-store";
import { type DeliveryReport, runtime } from "../runtime-context";
import { invitationPath } from "../team/invitations";

/** What services answer, as the REST API writes it. */

/** This process's idea of the time may lag; a row is never from the future. */
export function toBroadcastView(broadcast: Broadcast): BroadcastView {
  return viewOf(broadcast, Math.max(runtime().feed.now(), broadcast.updatedAt));
}

export function toDelivered({ broadcast, report, storedForSessions }: Delivered) {
  return {
    broadcast: toBroadcastView(broadcast),
    delivery: toDelivery(report, storedForSessions),
  };
}

export function toDelivery(
  report: DeliveryReport,
  storedForSessions: number | null,
): z.output<typeof deliveryView> {
  const { mode, sentToConnections, sentToRecipients, workersAnswered, workersExpected } = report;
  return {
    mode,
    sentToUsers: sentToConnections,
    sentToRecipients,
    workersAnswered,
    workersExpected,
    storedForSessions,
  };
}

export function toRevisionView({
  content,
  at,
  ...revision
}: BroadcastRevision): z.output<typeof revisionView> {
  const { startsAt, endsAt } = content;
  return {
    ...revision,
    content: { ...content, startsAt: isoOrNull(startsAt), endsAt: isoOrNull(endsAt) },
    at: isoOf(at),
  };
}

export function toRecipientView(receipts: RecipientReceipts): z.output<typeof recipientView> {
  return {
    recipient: receipts.recipient,
    seenAt: isoOrNull(receipts.seenAt),
    clickedAt: isoOrNull(receipts.clickedAt),
    dismissedAt: isoOrNull(receipts.dismissedAt),
    snoozedAt: isoOrNull(receipts.snoozedAt),
    snoozedUntil: isoOrNull(receipts.snoozedUntil),
  };
}

export function toAuditEntryView(entry: AuditEntry): z.output<typeof auditEntryView> {
  const { id, at, action, before, after, address } = entry;
  return {
    id,
    at: isoOf(at),
    actor: { kind: entry.actorKind, id: entry.actorId, name: entry.actorName },
    action,
    target: { kind: entry.targetKind, id: entry.targetId },
    before,
    after,
    address,
  };
}

export function toSessionView(session: StoredSession): z.output<typeof sessionView> {
  const { workspaceId: _workspaceId, label, firstSeenAt, lastSeenAt, ...shown } = session;
  return {
    ...shown,
    name: label,
    roles: [...shown.roles],
    firstSeenAt: isoOf(firstSeenAt),
    lastSeenAt: isoOf(lastSeenAt),
  };
}

export function toMemberView({ joinedAt, ...member }: Member): z.output<typeof memberView> {
  return { ...member, joinedAt: isoOf(joinedAt) };
}

export function toInvitationView(invitation: Invitation): z.output<typeof invitationView> {
  const { id, email, role, status, inviterName, createdAt, expiresAt } = invitation;
  return {
    id,
    email,
    role,
    status,
    inviterName,
    path: invitationPath(id),
    createdAt: isoOf(createdAt),
    expiresAt: isoOf(expiresAt),
  };
}

export function toApiKeyView(key: ApiKey): z.output<typeof apiKeyView> {
  const { id, name, prefix, role, createdAt, lastUsedAt, expiresAt, revokedAt } = key;
  return {
    id,
    name,
    prefix,
    role,
    createdAt: isoOf(createdAt),
    lastUsedAt: isoOrNull(lastUsedAt),
    expiresAt: isoOrNull(expiresAt),
    revokedAt: isoOrNull(revokedAt),
  };
}
