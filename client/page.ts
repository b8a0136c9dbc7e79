/** What happens to the page around the banners. */
export interface PageListener {
  /** Came into view or left it; the network went or came. */
  changed(): void;
  /** Another address, also by client-side navigation. */
  moved(): void;
  /** Left, perhaps for the back/forward cache. */
  left(): void;
  /** Back from there. */
  back(): void;
}

/** Listens to the page. Without one (a server, a worker) does nothing. @returns stop */
export function watchPage(listener: PageListener): () => void {
  if (!globalThis.window) return () => {};
  const stop = new AbortController();
  // As options a controller is its signal.
  const on = (target: EventTarget, types: string, act: (event: Event) => void) => {
    for (const type of types.split(" ")) target.addEventListener(type, act, stop);
  };
  on(window, "visibilitychange online offline", listener.changed);
  on(window, "popstate", listener.moved);
  // Tells of `pushState` too. Where it is missing (before 2026), the router calls `setPath`.
  const { navigation } = window as { navigation?: EventTarget };
  // A moment later: React's routers change the address in the middle of an update.
  if (navigation) on(navigation, "currententrychange", () => queueMicrotask(listener.moved));
  // An open connection or lock would keep the page out of the back/forward cache.
  on(window, "pagehide", listener.left);
  on(window, "pageshow", (event) => {
    if ((event as PageTransitionEvent).persisted) listener.back();
  });
  return () => stop.abort();
}
