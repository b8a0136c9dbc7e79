/** Items of a region that are not on their way out. */
export const STAYING = ".lh-item:not([data-leave])";

/**
 * Focus is never taken by a banner, and never lost with one ([CLI5]).
 *
 * A banner that leaves stays in the region for a moment, marked `data-leave`. Called then, this
 * passes its focus to the next banner's button, else to another's, else to the region.
 */
export function moveFocusOn(region: HTMLElement): void {
  const leaving = "[data-leave]:focus-within";
  const staying = `${STAYING} .lh-dismiss`;
  if (!region.querySelector(leaving)) return;
  const next =
    region.querySelector<HTMLElement>(`${leaving} ~ ${staying}`) ??
    region.querySelector<HTMLElement>(staying) ??
    region;
  next.focus({ preventScroll: true });
}
