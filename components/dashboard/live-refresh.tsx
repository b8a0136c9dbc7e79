"use client";

import { usePathname, useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { useLive } from "./live";

/** Changes come in bursts: a replace is a clear and a publish. */
const SETTLE_MS = 400;

/**
 * Reads a screen's data anew when anything changed, started or ended: here, on a colleague's
 * screen, by API or by the clock. Not while something is being written.
 */
export function LiveRefresh() {
  const router = useRouter();
  const isWriting = /\/(new|edit)$/.test(usePathname());
  const { figures } = useLive();
  // A start and an end change what is live, and no position.
  const live = figures?.receipts?.map(({ broadcast_id }) => broadcast_id).join() ?? "";
  const state = figures === null ? null : `${figures.seq} ${live}`;
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
