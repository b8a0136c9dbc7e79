import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 2;

/**
 * Watches the event loop of the bench itself, which has next to nothing to do: what the machine
 * does to any process that wants to run. The answer is its longest block until then, ms.
 */
export function watchOwnLoop(): () => number {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return () => {
    delays.disable();
    return Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
  };
}
