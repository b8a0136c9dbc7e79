/**
 * Focus is never taken by a banner, and never lost with one ([CLI5]).
 *
 * A banner that leaves stays in the region for a moment, marked `data-leave`. Called then, this
 * passes its focus to the next banner's button, else to the last before it, else to the region.
 */
export function moveFocusOn(region: HTMLElement): void {
  const leaving = region.querySelector("[data-leave]:focus-within");
  if (!leaving) return;
  const staying = ".lh-item:not([data-leave]) .lh-dismiss";
  const buttons = [...region.querySelectorAll<HTMLElement>(staying)];
  const isAfter = (button: Element) =>
    leaving.compareDocumentPosition(button) & Node.DOCUMENT_POSITION_FOLLOWING;
  (buttons.find(isAfter) ?? buttons.at(-1) ?? region).focus({ preventScroll: true });
}
