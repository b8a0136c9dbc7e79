"use client";
import { useCallback, useMemo, useSyncExternalStore } from "react";
import { type BannerClient, type BannerSnapshot, EMPTY_SNAPSHOT } from "@/client/banner-client";
import { useBannerClient } from "./provider";

export interface Banners extends BannerSnapshot {
  dismiss(broadcastId: string): void;
  snooze(broadcastId: string, seconds: number): void;
  markSeen(broadcastId: string): void;
  click(broadcastId: string, url?: string): void;
}

const nothing = () => {};

/**
 * What this page should show now, and what can be done with it. Empty on the server and while
 * hydrating, so that both agree.
 */
export function useBanners(): Banners {
  const client = useBannerClient();
  const snapshot = useSyncExternalStore(
    useCallback((listener) => client?.subscribe(listener) ?? nothing, [client]),
    () => client?.getSnapshot() ?? EMPTY_SNAPSHOT,
    () => EMPTY_SNAPSHOT,
  );
  return useMemo(() => ({ ...snapshot, ...actionsOf(client) }), [snapshot, client]);
}

function actionsOf(client: BannerClient | null): Omit<Banners, keyof BannerSnapshot> {
  return {
    dismiss: (id) => client?.dismiss(id),
    snooze: (id, seconds) => client?.snooze(id, seconds),
    markSeen: (id) => client?.markSeen(id),
    click: (id, url) => client?.click(id, url),
  };
}
