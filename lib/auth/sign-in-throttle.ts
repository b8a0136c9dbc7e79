import { createHash } from "node:crypto";
import { type RateLimiterAbstract, RateLimiterMemory } from "rate-limiter-flexible";
import { AppError } from "@/core/errors";

const WINDOW_S = 600;
/** One address may try this many times as often in all: an office shares one, a sprayer has one. */
const ADDRESS_FACTOR = 10;

/** Makes a limiter that all workers share, or that stands in for one ([DEG2]). */
export type RateLimiterFactory = (options: {
  keyPrefix: string;
  points: number;
  /** Seconds. */
  duration: number;
}) => RateLimiterAbstract;

/** Counts failed sign-ins ([SEC3]): successes are given back. */
export interface SignInThrottle {
  /** @throws AppError `too_many`, with the time to wait */
  attempt(address: string, account: string): Promise<void>;
  succeeded(address: string, account: string): Promise<void>;
}

/**
 * @param limit sign-ins in 10 minutes of one account from one address; 0 = no limit
 */
export function createSignInThrottle(
  limit: number,
  limiter: RateLimiterFactory = (options) => new RateLimiterMemory(options),
): SignInThrottle {
  if (limit === 0) return { attempt: async () => {}, succeeded: async () => {} };
  const perAccount = limiter({ keyPrefix: "sign-in", points: limit, duration: WINDOW_S });
  const perAddress = limiter({
    keyPrefix: "sign-in-address",
    points: limit * ADDRESS_FACTOR,
    duration: WINDOW_S,
  });
  return {
    async attempt(address, account) {
      await consume(perAccount, keyOf(address, account));
      await consume(perAddress, keyOf(address));
    },
    async succeeded(address, account) {
      await perAccount.delete(keyOf(address, account));
      await perAddress.reward(keyOf(address));
    },
  };
}

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refusal) {
    if (refusal instanceof Error) throw refusal;
    const retryAfterS = Math.max(1, Math.ceil(waitMs(refusal) / 1000));
    throw new AppError("too_many", `Too many sign-ins. Try again in ${inWords(retryAfterS)}.`, {
      retryAfterS,
    });
  }
}

/** The library rejects with its own result object, which is not an Error. */
function waitMs(refusal: unknown): number {
  const known = typeof refusal === "object" && refusal !== null && "msBeforeNext" in refusal;
  return known ? Number(refusal.msBeforeNext) : WINDOW_S * 1000;
}

function inWords(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "1 second" : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

/** Bounded, whatever was typed as an address. */
function keyOf(...parts: string[]): string {
  return createHash("sha256").update(parts.join("\n").toLowerCase()).digest("base64url");
}
