/** Environment of a server whose machine's clock is wrong by so much. */
export function wrongClock(shiftMs: number): Record<string, string> {
  const preload = new URL("./shifted-clock.mjs", import.meta.url).href;
  return { NODE_OPTIONS: `--import ${preload}`, CLOCK_SHIFT_MS: String(shiftMs) };
}
