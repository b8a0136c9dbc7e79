/** Items of a region that are not on their way out. */
export const STAYING = ".lh-item:not([aria-hidden])";

/**
 * Focus is never taken by a banner, and never lost with one ([CLI5]).
 *
 * A banner that leaves stays in the region for a moment, marked `aria-hidden`. Called then, this
 * passes its focus to the next banner's button, else to another's, else to the region; and lets
 * nobody come to the banner that leaves any more.
 */
export function moveFocusOn(region: HTMLElement): void {
  const leaving = "[aria-hidden]:focus-within";
  const staying = `${STAYING} .lh-dismiss`;
  const isLost = region.querySelector(leaving);
  // First, or one that returns while it leaves could not be given the focus.
  for (const item of region.querySelectorAll<HTMLElement>(".lh-item")) {
    item.inert = !!item.ariaHidden;
  }
  if (!isLost) return;
  const next =
    region.querySelector<HTMLElement>(`${leaving} ~ ${staying}`) ??
    region.querySelector<HTMLElement>(staying) ??
    region;
  next.focus({ preventScroll: true });
}
