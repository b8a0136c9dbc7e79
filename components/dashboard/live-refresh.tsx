"use client";

import { usePathname, useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { useBanners } from "@/components/banner";
import { useLive } from "./live";

/** Changes come in bursts: a replace is a clear and a publish. */
const SETTLE_MS = 400;

/**
 * Reads a screen's data anew when a broadcast came, changed or went, here or on a colleague's
 * screen. Not while something is being written.
 */
export function LiveRefresh() {
  const router = useRouter();
  const isWriting = /\/(new|edit)$/.test(usePathname());
  const { banners } = useBanners();
  const published = useLive().figures?.broadcastsToday ?? null;
  const shown = banners.map(({ id, revision }) => `${id} ${revision}`).join();
  const state = published === null ? null : `${published} ${shown}`;
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
