"use client";

import { useSyncExternalStore } from "react";

const STEP_MS = 1_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let present = 0;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, STEP_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  present = Date.now();
  for (const listener of listeners) listener();
}

/**
 * The present in ms, in steps of `stepMs` (a multiple of a second); one timer serves all. Null
 * while rendering on the server and during hydration: the two clocks would differ.
 */
export function useNow(stepMs: number = STEP_MS): number | null {
  return useSyncExternalStore(
    subscribe,
    () => {
      if (present === 0) present = Date.now();
      return Math.floor(present / stepMs) * stepMs;
    },
    () => null,
  );
}
