/**
 * The server's time, as far as this browser knows it. Banners end by it, also offline
 * ([CLI6]), so a browser whose own clock is wrong is still right here.
 */
export interface Clock {
  /** ms since 1970 by the server's clock; this machine's until the server has been heard. */
  now(): number;
  /** Takes the server's word. @param serverTime ISO 8601; anything else is ignored */
  sync(serverTime: string): void;
  /** Server − this machine, ms. Kept and shared between tabs, so that offline it stands. */
  offset: number;
}

export function createClock(local: () => number = Date.now): Clock {
  return {
    offset: 0,
    now() {
      return local() + this.offset;
    },
    sync(serverTime) {
      this.offset = Date.parse(serverTime) - local() || 0;
    },
  };
}

/** `setTimeout` takes at most 2^31 − 1 ms and fires at once beyond. */
const MAX_TIMEOUT_MS = 3_600_000;

/** One timer that moves: each `set` replaces the last, far times are waited for in steps. */
export function createTimer(fire: () => void): { set(delayMs: number): void; clear(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const set = (delayMs: number) => {
    clearTimeout(timer);
    if (delayMs === Number.POSITIVE_INFINITY) return;
    const step = Math.min(Math.max(delayMs, 0), MAX_TIMEOUT_MS);
    timer = setTimeout(() => (delayMs > step ? set(delayMs - step) : fire()), step);
  };
  return { set, clear: () => clearTimeout(timer) };
}
