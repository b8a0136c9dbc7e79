import { createHash } from "node:crypto";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { AppError } from "@/core/errors";
import { networkOf } from "../network";

const WINDOW_S = 600;
/** One address may try this many times as often in all: an office shares one, a sprayer has one. */
const ADDRESS_FACTOR = 10;

/** Counts attempts by key, in windows. */
export interface AttemptLimiter {
  /** Rejects with what is no Error, and has `msBeforeNext`, when there are too many. */
  consume(key: string): Promise<unknown>;
  /** Nothing was attempted. Never rejects. */
  forget(key: string): Promise<void>;
  /** One attempt does not count. Never rejects. */
  giveBack(key: string): Promise<void>;
}

/** Makes a limiter of one worker, or one that all workers share ([DEG2]). */
export type RateLimiterFactory = (options: {
  keyPrefix: string;
  points: number;
  /** Seconds. */
  duration: number;
}) => AttemptLimiter;

/**
 * Counts wrong passwords ([SEC3]), at sign-in and where one is changed: right ones are given back.
 */
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
  limiter: RateLimiterFactory = memoryLimiter,
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
      await perAccount.forget(keyOf(address, account));
      await perAddress.giveBack(keyOf(address));
    },
  };
}

const memoryLimiter: RateLimiterFactory = (options) => {
  const limiter = new RateLimiterMemory(options);
  return {
    consume: (key) => limiter.consume(key),
    forget: async (key) => void (await limiter.delete(key)),
    giveBack: async (key) => void (await limiter.reward(key)),
  };
};

async function consume(limiter: AttemptLimiter, key: string): Promise<void> {
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
function keyOf(address: string, account = ""): string {
  const key = `${networkOf(address)}\n${account}`.toLowerCase();
  return createHash("sha256").update(key).digest("base64url");
}
