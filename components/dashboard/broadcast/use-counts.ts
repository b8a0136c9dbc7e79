"use client";

import { useEffect, useState } from "react";
import { useBroadcastApi } from "../api/use-api";
import { useLive } from "../live";
import type { ReceiptCounts } from "./funnel";

const EVERY_MS = 3_000;

/**
 * Receipt counts that follow what happens while the broadcast is live and the page is looked at.
 * @param initial as the page was rendered
 */
export function useCounts(id: string, initial: ReceiptCounts, isLive: boolean): ReceiptCounts {
  const api = useBroadcastApi();
  const connected = useLive().connection === "open";
  const [counts, setCounts] = useState(initial);

  useEffect(() => {
    if (!isLive || !connected) return;
    const abort = new AbortController();
    const timer = setInterval(() => {
      if (document.visibilityState !== "visible") return;
      api.counts(id, abort.signal).then(setCounts, () => undefined);
    }, EVERY_MS);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, [api, id, isLive, connected]);

  return counts;
}
