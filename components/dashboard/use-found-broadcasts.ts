"use client";

import { useEffect, useState } from "react";
import type { BroadcastView } from "@/core/api/broadcasts";
import { useBroadcastApi } from "./api/use-api";

const SETTLE_MS = 150;
const LEAST_CHARS = 2;
const MOST = "6";

/** Broadcasts with these words, newest first; none while little is written. */
export function useFoundBroadcasts(words: string): readonly BroadcastView[] {
  const api = useBroadcastApi();
  const search = words.trim();
  const [found, setFound] = useState<{ search: string; broadcasts: BroadcastView[] } | null>(null);
  const isAsked = search.length >= LEAST_CHARS;

  useEffect(() => {
    if (!isAsked) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      api.list({ search, limit: MOST }, abort.signal).then(
        ({ broadcasts }) => setFound({ search, broadcasts }),
        // Screens can still be jumped to.
        () => undefined,
      );
    }, SETTLE_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [api, search, isAsked]);

  return isAsked && found ? found.broadcasts : [];
}
