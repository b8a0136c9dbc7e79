"use client";

import { Funnel, type ReceiptCounts } from "./funnel";
import { useCounts } from "./use-counts";

export function LiveFunnel({
  id,
  shown,
  initial,
  hasAction,
}: {
  id: string;
  /** The revision that counts. */
  shown: number;
  initial: ReceiptCounts;
  hasAction: boolean;
}) {
  return <Funnel counts={useCounts(id, shown, initial)} hasAction={hasAction} />;
}
