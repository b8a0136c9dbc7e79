"use client";

import { useEffect, useState } from "react";
import type { Audience } from "@/core/audience";
import { useBroadcastApi } from "../api/use-api";
import { useLive } from "../live";

const SETTLE_MS = 400;

/** How many of the people connected now an audience matches; null while that is not known. */
export function useReach(audience: Audience): number | null {
  const { figures } = useLive();
  const connected = figures?.connectedUsers ?? null;
  const asked = JSON.stringify(audience);
  const everyone = asked === "{}";
  const [matching, setMatching] = useState<{ asked: string; count: number } | null>(null);
  const api = useBroadcastApi();

  useEffect(() => {
    if (everyone) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.reach(JSON.parse(asked), abort.signal).then(
        (reach) => setMatching({ asked, count: reach.matching }),
        // Not a valid audience yet, or no answer: the figure is left out.
        () => setMatching(null),
      );
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, asked, everyone]);

  if (everyone) return connected;
  return matching?.asked === asked ? matching.count : null;
}
