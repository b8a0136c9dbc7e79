import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { AppError } from "@/core/errors";

/** scrypt's cost: N = 2^15 at r = 8 takes 32 MiB for each hash. Source: OWASP, password storage. */
const COST = { log2N: 15, r: 8, p: 3 };
const KEY_BYTES = 32;
const SALT_BYTES = 16;
const MAX_MEMORY = 128 * 1024 * 1024;

/** Hashes made at a time: the other half of the thread pool is for files and names. */
export const AT_ONCE = 2;
/** Beyond, it would be half a minute's wait: better to be told. */
export const MAX_WAITING = 50;

interface Cost {
  log2N: number;
  r: number;
  p: number;
}

/**
 * `scrypt$log2N$r$p$salt$key`, base64url. Runs in the thread pool, not on the event loop.
 * @throws AppError `unavailable` where too many wait for theirs
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, salt, COST);
  const cost = `${COST.log2N}$${COST.r}$${COST.p}`;
  return `scrypt$${cost}$${salt.toString("base64url")}$${key.toString("base64url")}`;
}

/**
 * Compares in constant time; false also for a hash that is not one of ours.
 * @throws AppError `unavailable` where too many wait for theirs
 */
export async function verifyPassword(password: string, hash: string): Promise<boolean> {
  const parsed = parse(hash);
  if (!parsed) return false;
  const key = await derive(password, parsed.salt, parsed.cost);
  return timingSafeEqual(key, parsed.key);
}

function parse(hash: string): { cost: Cost; salt: Buffer; key: Buffer } | null {
  const match = /^scrypt\$(\d{1,2})\$(\d{1,2})\$(\d{1,2})\$([\w-]+)\$([\w-]+)$/.exec(hash);
  if (!match) return null;
  const [, log2N, r, p, salt = "", key = ""] = match;
  const cost = { log2N: Number(log2N), r: Number(r), p: Number(p) };
  const parsed = { cost, salt: Buffer.from(salt, "base64url"), key: Buffer.from(key, "base64url") };
  return parsed.key.length === KEY_BYTES ? parsed : null;
}

let running = 0;
const waiting: (() => void)[] = [];

/** In the order of arrival. */
async function derive(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  if (waiting.length >= MAX_WAITING) {
    throw new AppError("unavailable", "Too many people sign in at once. Try again soon.", {
      retryAfterS: 5,
    });
  }
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await scryptOf(password, salt, cost);
  } finally {
    // The place goes to the next in line.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** NFKC: the same password typed on another keyboard is the same password. */
function scryptOf(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  const options = { N: 2 ** cost.log2N, r: cost.r, p: cost.p, maxmem: MAX_MEMORY };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });
}
