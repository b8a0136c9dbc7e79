/** A dismissal to be made durable. */
export interface Acknowledgement {
  broadcastId: string;
  recipient: string;
  revision: number;
}

export type AcknowledgementOutcome = "durable" | "not_found";

/** What a recipient did that changes what it sees. */
export interface RecipientException {
  broadcastId: string;
  /** Highest acknowledged revision; 0 = none. */
  acknowledgedRevision: number;
  /** ms; null = not snoozed. */
  snoozedUntil: number | null;
}

export const RECEIPT_KINDS = ["delivered", "seen", "clicked", "dismissed", "snoozed"] as const;
export type ReceiptKind = (typeof RECEIPT_KINDS)[number];

export interface Receipt {
  broadcastId: string;
  /** The broadcast's `showFromRevision`. */
  revision: number;
  recipient: string;
  kind: Exclude<ReceiptKind, "delivered">;
  /** ms, database time. */
  at: number;
  /** Only for `snoozed`. */
  snoozedUntil?: number;
}

/** Copies written or returned, summed by the worker: a counter, not a row per recipient. */
export interface DeliveryCount {
  broadcastId: string;
  revision: number;
  count: number;
}

/**
 * Acknowledgements and receipts. Writes are idempotent: the same input twice changes nothing
 * the second time. A broadcast that does not exist (any more) never fails the batch.
 */
export interface ReceiptStore {
  /** One multi-row upsert; the greatest revision stays. Outcomes in the input's order. */
  acknowledge(batch: readonly Acknowledgement[]): Promise<AcknowledgementOutcome[]>;
  /** Exceptions of many recipients to many broadcasts in one query; recipients without any are absent. */
  exceptionsOf(
    recipients: readonly string[],
    broadcastIds: readonly string[],
  ): Promise<Map<string, RecipientException[]>>;
  /** Those committed at or after `since` (ms, database time), oldest first. */
  acknowledgedSince(since: number): Promise<(Acknowledgement & { at: number })[]>;
  /** Receipts and delivery counts in one transaction; sums counts by minute of what was new. */
  record(receipts: readonly Receipt[], deliveries: readonly DeliveryCount[]): Promise<void>;
  /** Sets the snooze; not behind the receipts queue, because the recipient waits for it. */
  snooze(receipt: Receipt & { kind: "snoozed"; snoozedUntil: number }): Promise<void>;
  /** Moves dismissals and snoozes of an anonymous visitor to the user it signed in as. */
  merge(from: string, to: string): Promise<void>;
  /** Totals of one broadcast by kind, of its present shown revision. */
  counts(broadcastId: string, revision: number): Promise<Record<ReceiptKind, number>>;
  /** The same of many, in one query; in the input's order. */
  countsOf(
    broadcasts: readonly { id: string; showFromRevision: number }[],
  ): Promise<Record<ReceiptKind, number>[]>;
}
