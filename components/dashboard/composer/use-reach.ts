"use client";

import { useEffect, useState } from "react";
import type { Audience } from "@/core/audience";
import { useBroadcastApi } from "../api/use-api";
import { useLive } from "../live";

/** A pause in writing this long asks; so does somebody who came or went. */
const SETTLE_MS = 400;

/** Who of those connected now would see it: people, or sessions where an audience is asked. */
export interface Reach {
  count: number;
  of: "people" | "sessions";
}

/**
 * How many of those connected now an audience matches, as people come and go; null while that is
 * not known.
 */
export function useReach(audience: Audience): Reach | null {
  const { figures } = useLive();
  const connected = figures?.connectedUsers ?? null;
  const sessions = figures?.connectedSessions ?? null;
  const asked = JSON.stringify(audience);
  const everyone = asked === "{}";
  const [matching, setMatching] = useState<{ asked: string; count: number } | null>(null);
  const api = useBroadcastApi();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another number of sessions asks again
  useEffect(() => {
    if (everyone) return;
    const abort = new AbortController();
    const ask = async () => {
      const { audienceSchema } = await import("@/core/api/audience");
      const { data } = audienceSchema.safeParse(JSON.parse(asked));
      if (data === undefined) return;
      const { matching: count } = await api.reach(data, abort.signal);
      setMatching({ asked, count });
    };
    // No answer: the figure is left out. A question that was dropped is no answer at all.
    const timer = setTimeout(
      () => ask().catch(() => abort.signal.aborted || setMatching(null)),
      SETTLE_MS,
    );
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, asked, everyone, sessions]);

  if (everyone) return connected === null ? null : { count: connected, of: "people" };
  return matching?.asked === asked ? { count: matching.count, of: "sessions" } : null;
}
