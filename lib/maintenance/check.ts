/** What a look at one thing found. */
export interface Check {
  /** Of what: `Database`, `Redis`. */
  name: string;
  state: "ok" | "warning" | "problem";
  /** In words, with what to do where something is to be done. */
  says: string;
}

/** Clocks further apart than this are worth a word, ms. */
const CLOCK_TOLERANCE_MS = 2_000;

/**
 * @param theirs the other clock, ms, read between `askedAt` and `answeredAt` of this one
 * @param whose "the database"
 */
export function checkClock(
  whose: string,
  theirs: number,
  askedAt: number,
  answeredAt: number,
): Check {
  const uncertainty = (answeredAt - askedAt) / 2;
  const aheadMs = (askedAt + answeredAt) / 2 - theirs;
  const name = "Clock";
  if (Math.abs(aheadMs) <= CLOCK_TOLERANCE_MS + uncertainty) {
    return { name, state: "ok", says: `agrees with ${whose}'s` };
  }
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const how = aheadMs > 0 ? "ahead of" : "behind";
  return {
    name,
    state: "warning",
    says:
      `this machine's is ${seconds} s ${how} ${whose}'s. Broadcasts go by the database's; ` +
      "user tokens signed by a wrong clock may be refused",
  };
}

/** The innermost reason, without the addresses and secrets that a URL may hold. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return reasonOf(error.cause);
  const [first] = error instanceof AggregateError ? error.errors : [];
  if (first !== undefined) return reasonOf(first);
  return error.message;
}
