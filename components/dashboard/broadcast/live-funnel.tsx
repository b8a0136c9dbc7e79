"use client";

import type { BroadcastView } from "@/core/api/broadcasts";
import { useReach } from "../composer/use-reach";
import { Funnel, type ReceiptCounts } from "./funnel";
import { useCounts } from "./use-counts";

/** The funnel that follows what happens; while the broadcast is out it begins with its reach. */
export function LiveFunnel({
  broadcast,
  initial,
}: {
  broadcast: BroadcastView;
  initial: ReceiptCounts;
}) {
  const { id, showFromRevision, action, status, audience } = broadcast;
  const counts = useCounts(id, showFromRevision, initial);
  const hasAction = action !== null;
  const isOut = status === "live" || status === "scheduled";
  // A test is for nobody but its author.
  if (!isOut || audience?.only !== undefined) return <Funnel {...{ counts, hasAction }} />;
  return <WithReach {...{ counts, hasAction }} audience={audience ?? EVERYONE} />;
}

const EVERYONE = {};

function WithReach({
  audience,
  ...shown
}: {
  audience: NonNullable<BroadcastView["audience"]>;
  counts: ReceiptCounts;
  hasAction: boolean;
}) {
  return <Funnel {...shown} eligible={useReach(audience)} />;
}
