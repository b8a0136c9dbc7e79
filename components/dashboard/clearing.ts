"use client";

import { useSyncExternalStore } from "react";
import type { Status } from "@/core/broadcast";

const NOTHING: ReadonlySet<string> = new Set();
let clearing = NOTHING;
const listeners = new Set<() => void>();

/**
 * Says that these are being cleared: every screen shows them as cleared from now on, before the
 * server has answered. Returns what takes that back, for when it refuses.
 */
export function showAsCleared(ids: readonly string[]): () => void {
  change((before) => new Set([...before, ...ids]));
  return () => change((before) => new Set([...before].filter((id) => !ids.includes(id))));
}

/** The status to show: the server's, or what it will be once a clear has gone through. */
export function useShownStatus(): (broadcast: { id: string; status: Status }) => Status {
  const cleared = useSyncExternalStore(
    subscribe,
    () => clearing,
    () => NOTHING,
  );
  return ({ id, status }) => {
    const isOut = status === "live" || status === "scheduled";
    return isOut && cleared.has(id) ? "cleared" : status;
  };
}

function change(to: (before: ReadonlySet<string>) => ReadonlySet<string>): void {
  clearing = to(clearing);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
