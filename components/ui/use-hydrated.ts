"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/**
 * False on the server and in the first render, which must agree; true from then on. For what only
 * a browser knows: its theme, its zone.
 */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
