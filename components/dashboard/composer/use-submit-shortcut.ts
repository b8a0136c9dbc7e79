"use client";

import { useEffect, useEffectEvent } from "react";

/** ⌘↵ (or Ctrl+Enter) anywhere on the page. */
export function useSubmitShortcut(act: () => void): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    act();
  });
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
