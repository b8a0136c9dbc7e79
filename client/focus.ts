/**
 * Focus is never taken by a banner, and never lost with one ([CLI5]).
 *
 * A banner that leaves stays in the region for a moment, marked `data-leave`. Called then,
 * `moveOn` passes its focus to the next banner's button, else to where the focus came from when
 * it entered the region, else to the region itself.
 */
export interface FocusKeeper {
  moveOn(): void;
  stop(): void;
}

export function keepFocus(region: HTMLElement): FocusKeeper {
  let cameFrom: HTMLElement | null = null;
  const entered = ({ relatedTarget }: FocusEvent) => {
    if (relatedTarget instanceof HTMLElement && !region.contains(relatedTarget)) {
      cameFrom = relatedTarget;
    }
  };
  region.addEventListener("focusin", entered);
  return {
    moveOn() {
      const root = region.getRootNode();
      if (!(root instanceof Document || root instanceof ShadowRoot)) return;
      const leaving = root.activeElement?.closest("[data-leave]");
      if (!leaving || !region.contains(leaving)) return;
      const next = neighbour(leaving) ?? (cameFrom?.isConnected ? cameFrom : region);
      next.focus({ preventScroll: true });
    },
    stop() {
      region.removeEventListener("focusin", entered);
    },
  };
}

/** The button of the banner after this one, else of the last before it. */
function neighbour(leaving: Element): HTMLElement | null {
  const region = leaving.parentElement;
  const staying = ":not([data-leave]) :is(button, a)";
  const after = region?.querySelectorAll<HTMLElement>(`[data-leave] ~ ${staying}`) ?? [];
  const all = region?.querySelectorAll<HTMLElement>(`:scope > ${staying}`) ?? [];
  const isDismiss = (element: HTMLElement) => element.matches(".lh-dismiss");
  return [...after].find(isDismiss) ?? [...all].findLast(isDismiss) ?? all[0] ?? null;
}
