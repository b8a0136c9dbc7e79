"use client";
import { useEffect, useState } from "react";
import type { WireBroadcast } from "@/core/protocol";

export interface Item {
  broadcast: WireBroadcast;
  leaving: boolean;
}

/** As long as the sheet's animation takes, and a little. */
const LEAVE_MS = 200;

/** What is on screen: the given banners, and for a moment those that just went. */
export function useItems(shown: readonly WireBroadcast[]): readonly Item[] {
  const [items, setItems] = useState<readonly Item[]>([]);
  const next = merge(items, shown);
  // Derived while rendering, so that no frame lacks what is leaving.
  if (!isSame(items, next)) setItems(next);

  const leaving = next.some((item) => item.leaving);
  useEffect(() => {
    if (!leaving) return;
    const timer = setTimeout(
      () => setItems((current) => current.filter((item) => !item.leaving)),
      LEAVE_MS,
    );
    return () => clearTimeout(timer);
  }, [leaving]);
  return next;
}

/** The shown ones in their order; each that went stays behind the one it stood behind. */
export function merge(before: readonly Item[], shown: readonly WireBroadcast[]): readonly Item[] {
  const items: Item[] = shown.map((broadcast) => ({ broadcast, leaving: false }));
  const isShown = (id: string) => shown.some((broadcast) => broadcast.id === id);
  before.forEach((item, index) => {
    if (isShown(item.broadcast.id)) return;
    const ahead = before[index - 1]?.broadcast.id;
    const place = items.findIndex(({ broadcast }) => broadcast.id === ahead) + 1;
    items.splice(place, 0, { ...item, leaving: true });
  });
  return items;
}

function isSame(a: readonly Item[], b: readonly Item[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ broadcast, leaving }, index) =>
        broadcast === b[index]?.broadcast && leaving === b[index]?.leaving,
    )
  );
}
