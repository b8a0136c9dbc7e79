"use client";

import { Funnel, type ReceiptCounts } from "./funnel";
import { useCounts } from "./use-counts";

export function LiveFunnel({
  id,
  initial,
  isLive,
  hasAction,
}: {
  id: string;
  initial: ReceiptCounts;
  isLive: boolean;
  hasAction: boolean;
}) {
  return <Funnel counts={useCounts(id, initial, isLive)} hasAction={hasAction} />;
}
