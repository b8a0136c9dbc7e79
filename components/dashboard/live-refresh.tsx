"use client";

import { usePathname, useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { useLive } from "./live";
import type { LiveFigures } from "./live-frames";

/** Changes come in bursts: a replace is a clear and a publish. */
const SETTLE_MS = 400;

/**
 * Reads a screen's data anew when anything changed, started or ended: here, on a colleague's
 * screen, by API or by the clock. Not while something is being written, nor while the database is
 * away: what is on screen would give way to the page that says that nothing can be read.
 */
export function LiveRefresh() {
  const router = useRouter();
  const isWriting = /\/(new|edit)$/.test(usePathname());
  const { figures } = useLive();
  const state = figures === null ? null : stateOf(figures);
  const known = useRef<string | null>(null);

  useEffect(() => {
    if (state === null) return;
    const before = known.current;
    known.current = state;
    if (before === null || before === state || isWriting) return;
    const timer = setTimeout(() => router.refresh(), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [state, isWriting, router]);

  return null;
}

/** Changes with what a screen shows; null while that cannot be read. */
function stateOf({ seq, receipts, troubles }: LiveFigures): string | null {
  if (receipts === null || troubles.includes("database")) return null;
  // A start and an end change what is live, and no position.
  return `${seq} ${receipts.map(({ broadcast_id }) => broadcast_id).join()}`;
}
