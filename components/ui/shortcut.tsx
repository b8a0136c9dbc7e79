"use client";

import { Kbd } from "./kbd";
import { useHydrated } from "./use-hydrated";

/** A key with the platform's command key: `⌘K` on Apple's, `Ctrl K` elsewhere. */
export function Shortcut({ keys }: { keys: string }) {
  const hydrated = useHydrated();
  const isApple = !hydrated || /Mac|iPhone|iPad/.test(navigator.userAgent);
  return <Kbd>{isApple ? `⌘${keys}` : `Ctrl ${keys}`}</Kbd>;
}
