import type { Broadcast } from "@/core/broadcast";
import type { BroadcastContent } from "@/core/revisions";
import type { AuditInput } from "./broadcast-store";
import type { ReceiptKind } from "./receipt-store";

/** What a broadcast said at a revision. */
export interface BroadcastRevision {
  revision: number;
  content: BroadcastContent;
  /** It was shown again to those who had dismissed it. */
  showAgain: boolean;
  byName: string;
  /** ms. */
  at: number;
}

export interface AuditEntry extends AuditInput {
  /** Grows with time. */
  id: string;
  /** ms. */
  at: number;
}

export interface AuditFilter {
  workspaceId: string;
  /** Exactly, or a group by its first word: `broadcast` has `broadcast.published`. */
  action?: string;
  /** Leaves a group out. */
  without?: string;
  actorId?: string;
  targetId?: string;
}

/** Receipts in one step of time; kinds without any are 0. */
export interface TimelineStep {
  /** Start of the step, ms. */
  at: number;
  counts: Record<ReceiptKind, number>;
}

/** What one recipient did with a broadcast. Times are ms; null = not. */
export interface RecipientReceipts {
  recipient: string;
  seenAt: number | null;
  clickedAt: number | null;
  dismissedAt: number | null;
  snoozedAt: number | null;
  snoozedUntil: number | null;
}

/** A broadcast in someone's inbox. */
export interface InboxEntry {
  broadcast: Broadcast;
  /** The recipient has a receipt or an acknowledgement of it, whatever the audience says now. */
  hasReceipt: boolean;
  /** Highest acknowledged revision; 0 = none. */
  acknowledgedRevision: number;
  snoozedUntil: number | null;
}

export interface Page {
  limit: number;
  /** Opaque; null = from the beginning. */
  cursor: string | null;
}

/** What happened, for those who look back. Reads only. Errors: `unavailable`. */
export interface History {
  /** Newest first. */
  revisions(workspaceId: string, broadcastId: string): Promise<BroadcastRevision[]>;
  /** Newest first. `next` is null at the end. */
  audit(filter: AuditFilter, page: Page): Promise<{ entries: AuditEntry[]; next: string | null }>;
  /** Steps in which something happened, oldest first. */
  timeline(broadcastId: string, revision: number, stepS: number): Promise<TimelineStep[]>;
  /**
   * By recipient. A list that was begun goes on with the revision it began with, though the
   * broadcast be shown again meanwhile. Errors: `invalid` for a cursor of another list.
   * @param revision the shown one: `showFromRevision`
   * @param page `search`: only those whose id, without its kind, begins so
   */
  recipients(
    broadcastId: string,
    revision: number,
    page: Page & { search?: string | undefined },
  ): Promise<{ recipients: RecipientReceipts[]; next: string | null }>;
  /**
   * Broadcasts of a workspace that were live at any moment since `since` (ms), or of which this
   * recipient has a receipt; newest first, at most `limit`. The audience is the caller's to ask.
   */
  inbox(
    workspaceId: string,
    recipient: string,
    since: number,
    limit: number,
  ): Promise<InboxEntry[]>;
}
