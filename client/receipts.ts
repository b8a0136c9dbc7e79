import { createTimer } from "./clock";

/** [ACK4] On screen means: at least half of it, in a page that is in view, for a second. */
const SEEN_AFTER_MS = 1_000;
const VISIBLE_PART = 0.5;

/** Calls `seen` once when the element has been on screen for a second. @returns stop */
export function whenSeen(element: Element, seen: () => void): () => void {
  const timer = createTimer(() => {
    stop();
    seen();
  });
  let onScreen = false;
  const look = () => {
    if (onScreen && !document.hidden) timer.set(SEEN_AFTER_MS);
    else timer.clear();
  };
  const observer = new IntersectionObserver(
    (entries) => {
      onScreen = !!entries.at(-1)?.isIntersecting;
      look();
    },
    { threshold: VISIBLE_PART },
  );
  const stop = () => {
    timer.clear();
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
  observer.observe(element);
  document.addEventListener("visibilitychange", look);
  return stop;
}
