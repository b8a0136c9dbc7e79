import { MAX_RETENTION_DAYS } from "@/core/api/settings";

const REACHED_BY_INBOXES_HOURS = MAX_RETENTION_DAYS * 24;

/**
 * What is kept only for a time, in the order in which it is looked at, and for how many hours:
 * answers under an `Idempotency-Key` after they were given ([PUB5]); control entries after they
 * were written, but never the newest; acknowledgements and receipts after their broadcast was
 * cleared, archived or ended, so that no inbox can reach back to it, whatever its workspace's
 * retention is set to ([ACK6], [PUB8]). A receipt's share in counters and time lines stays.
 * What hung on a workspace goes at once after its deletion: children before their parents.
 */
export const KEPT_HOURS = {
  idempotency_keys: 24,
  control_entries: 7 * 24,
  acknowledgements: REACHED_BY_INBOXES_HOURS,
  receipts: REACHED_BY_INBOXES_HOURS,
  deleted_receipts: 0,
  deleted_acknowledgements: 0,
  deleted_receipt_counts: 0,
  deleted_broadcasts: 0,
  deleted_workspaces: 0,
} as const;

export type Perishable = keyof typeof KEPT_HOURS;
export const PERISHABLES = Object.keys(KEPT_HOURS) as readonly Perishable[];

/** Removes what is past its time, by the database's clock. Errors: `unavailable`. */
export interface Housekeeping {
  /**
   * One short transaction; rows that somebody else has locked are left for later.
   * @param limit rows removed at most
   * @returns how many it removed; fewer than `limit` = there is nothing more to do. Null =
   *   another worker is at it now.
   */
  removePast(what: Perishable, limit: number): Promise<number | null>;
}
