"use client";

import { Meter, type ReceiptCounts } from "../broadcast/funnel";
import { useCounts } from "../broadcast/use-counts";
import { useLive } from "../live";
import { RollingNumber } from "../rolling-number";

/**
 * Receipts of one live broadcast in a line, moving. Seen is measured against who is connected now:
 * copies delivered count every reconnect.
 */
export function LiveCounts({
  id,
  shown,
  initial,
}: {
  id: string;
  /** The revision that counts. */
  shown: number;
  initial: ReceiptCounts;
}) {
  const { seen, dismissed, clicked } = useCounts(id, shown, initial);
  const connected = useLive().figures?.connectedUsers ?? 0;
  return (
    <dl className="flex flex-wrap gap-x-6 gap-y-1.5 pl-6 text-sm">
      <Count label="Seen" value={seen} whole={Math.max(seen, connected)} />
      <Count label="Dismissed" value={dismissed} whole={seen} />
      <Count label="Clicked" value={clicked} whole={seen} />
    </dl>
  );
}

function Count({ label, value, whole }: { label: string; value: number; whole: number }) {
  return (
    <div className="flex items-center gap-2">
      <dt className="text-ink-3 max-sm:w-18">{label}</dt>
      <dd className="flex items-center gap-2">
        <RollingNumber value={value} className="min-w-8 font-medium" />
        <Meter share={whole > 0 ? value / whole : 0} className="w-16" />
      </dd>
    </div>
  );
}
