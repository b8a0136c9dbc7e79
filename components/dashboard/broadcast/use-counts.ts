"use client";

import { useLive } from "../live";
import type { ReceiptCounts } from "./funnel";

/**
 * Receipt counts of a broadcast that follow what happens while it is live, over the socket.
 * @param shown the revision that counts: `showFromRevision`
 * @param initial as the page was rendered
 */
export function useCounts(id: string, shown: number, initial: ReceiptCounts): ReceiptCounts {
  const told = useLive().figures?.receipts?.find(({ broadcast_id }) => broadcast_id === id);
  if (!told || told.revision !== shown) return initial;
  // Counts of a revision only grow: of two answers the larger is the newer.
  const later = (kind: keyof ReceiptCounts) => Math.max(initial[kind], told[kind]);
  return {
    delivered: later("delivered"),
    seen: later("seen"),
    clicked: later("clicked"),
    dismissed: later("dismissed"),
    snoozed: later("snoozed"),
  };
}
