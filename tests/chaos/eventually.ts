const LOOK_INTERVAL_MS = 25;

/** ms since 1970, of a clock that is the same in every process of the suite. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Looks until nothing is wrong any more; says what was when time runs out. */
export async function eventually(
  what: string,
  timeoutMs: number,
  wrong: () => string | null | Promise<string | null>,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const found = await wrong();
    if (found === null) return;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${timeoutMs} ms for ${what}: ${found}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
  }
}
