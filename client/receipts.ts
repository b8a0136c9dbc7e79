/** [ACK4] On screen means: at least half of it, in a page that is in view, for a second. */
const SEEN_AFTER_MS = 1_000;
const VISIBLE_PART = 0.5;

/** Calls `seen` once when the element has been on screen for a second. @returns stop */
export function whenSeen(element: Element, seen: () => void): () => void {
  if (!globalThis.IntersectionObserver) return () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;
  let onScreen = false;
  const look = () => {
    clearTimeout(timer);
    if (onScreen && document.visibilityState === "visible") {
      timer = setTimeout(() => {
        stop();
        seen();
      }, SEEN_AFTER_MS);
    }
  };
  const observer = new IntersectionObserver(
    (entries) => {
      onScreen = entries.at(-1)?.isIntersecting ?? false;
      look();
    },
    { threshold: VISIBLE_PART },
  );
  const stop = () => {
    clearTimeout(timer);
    observer.disconnect();
    document.removeEventListener("visibilitychange", look);
  };
  observer.observe(element);
  document.addEventListener("visibilitychange", look);
  return stop;
}
