/**
 * The server's time, as far as this browser knows it. Banners end by it, also offline
 * ([CLI6]), so a browser whose own clock is wrong is still right here.
 */
export interface Clock {
  /** ms since 1970 by the server's clock; this machine's until the server has been heard. */
  now(): number;
  /** Server − this machine, ms. Kept and shared between tabs, so that offline it stands. */
  offset: number;
}

export function createClock(): Clock {
  const clock: Clock = { offset: 0, now: () => Date.now() + clock.offset };
  return clock;
}

/** `setTimeout` takes at most 2^31 − 1 ms and fires at once beyond. */
const MAX_DELAY_MS = 86_400_000;

export interface Timer {
  /** In place of what was set before. Fires after a day at the latest: then look again. */
  set(delayMs: number): void;
  clear(): void;
}

export function createTimer(fire: () => void): Timer {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const clear = () => clearTimeout(timer);
  return {
    set(delayMs) {
      clear();
      timer = setTimeout(fire, Math.min(delayMs, MAX_DELAY_MS));
    },
    clear,
  };
}
