import { lookup as dnsLookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import type { LookupFunction } from "node:net";
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from "jose";
import { LRUCache } from "lru-cache";
import { AppError } from "@/core/errors";
import { isPrivateAddress, literalAddress } from "./private-address";

/** Public-key algorithms only: a key that is published must never be taken for a shared secret. */
export const JWKS_ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
];

const TIMEOUT_MS = 3000;
const MAX_BYTES = 256 * 1024;
const CACHE_MS = 10 * 60 * 1000;
/** An unknown `kid` asks for the keys again at most this often; so does a fetch that failed. */
const COOLDOWN_MS = 30_000;
const FAILURE_COOLDOWN_MS = 5000;
const MAX_URLS = 200;

export type Mode = "local" | "production";

/** Why a workspace may not use this URL; null = it may. */
export function jwksUrlFault(value: string, mode: Mode): string | null {
  if (!URL.canParse(value)) return "The JWKS address is not a URL.";
  const url = new URL(value);
  if (url.username || url.password) return "The JWKS address must not contain credentials.";
  if (mode === "local") {
    return /^https?:$/.test(url.protocol) ? null : "The JWKS address must be a web address.";
  }
  if (url.protocol !== "https:") return "The JWKS address must start with https://.";
  const address = literalAddress(url.hostname);
  if (address && isPrivateAddress(address)) return "The JWKS address must be a public one.";
  return null;
}

/**
 * Keys that host products publish: fetched when needed, kept 10 minutes. In production only over
 * https and only from public addresses, checked on the address that is connected to, so that no
 * workspace can make this server call into its own network.
 */
export class JwksCache {
  readonly #mode: Mode;
  readonly #sets = new LRUCache<string, JWTVerifyGetKey>({ max: MAX_URLS });

  constructor(mode: Mode) {
    this.#mode = mode;
  }

  /** @throws AppError `token_invalid` where the workspace's URL is one that must not be asked */
  keysAt(url: string): JWTVerifyGetKey {
    const known = this.#sets.get(url);
    if (known) return known;
    const fault = jwksUrlFault(url, this.#mode);
    if (fault) throw new AppError("token_invalid", fault);
    const created = createRemoteJWKSet(new URL(url), {
      timeoutDuration: TIMEOUT_MS,
      cooldownDuration: COOLDOWN_MS,
      cacheMaxAge: CACHE_MS,
      [customFetch]: afterFailureWait((at, { signal }) => fetchKeys(at, signal, this.#mode)),
    });
    this.#sets.set(url, created);
    return created;
  }
}

type Fetch = (url: string, options: { signal: AbortSignal }) => Promise<Response>;

/** Bad tokens must not turn into a stream of requests to a server that is down. */
function afterFailureWait(fetch: Fetch): Fetch {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (url, options) => {
    if (performance.now() - failedAt < FAILURE_COOLDOWN_MS) throw keysUnavailable();
    try {
      return await fetch(url, options);
    } catch (cause) {
      failedAt = performance.now();
      throw keysUnavailable(cause);
    }
  };
}

function keysUnavailable(cause?: unknown): AppError {
  return new AppError("unavailable", "The keys of the user tokens cannot be fetched now.", {
    retryAfterS: FAILURE_COOLDOWN_MS / 1000,
    cause,
  });
}

function fetchKeys(at: string, signal: AbortSignal, mode: Mode): Promise<Response> {
  const url = new URL(at);
  const get = url.protocol === "https:" ? httpsGet : httpGet;
  const options = {
    signal,
    headers: { accept: "application/json" },
    // A pooled connection would skip the look-up that refuses private addresses.
    agent: false as const,
    ...(mode === "production" ? { lookup: publicLookup } : {}),
  };
  return new Promise((resolve, reject) => {
    get(url, options, (response) => {
      readBounded(response).then((body) => resolve(new Response(body)), reject);
    }).on("error", reject);
  });
}

/** Redirects are not followed: they could lead anywhere. */
async function readBounded(response: IncomingMessage): Promise<string> {
  if (response.statusCode !== 200) {
    response.destroy();
    throw new Error(`The key server answered ${response.statusCode}.`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new Error(`The key set is longer than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Resolves a name as usual, and to nothing when any of its addresses is not a public one. */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  const all: LookupAllOptions = { ...options, all: true };
  dnsLookup(hostname, all, (error, addresses) => {
    if (error) return callback(error, []);
    if (addresses.some(({ address }) => isPrivateAddress(address))) {
      return callback(new Error(`${hostname} has a private address.`), []);
    }
    answer(addresses, options.all === true, callback);
  });
};

function answer(
  addresses: LookupAddress[],
  all: boolean,
  callback: Parameters<LookupFunction>[2],
): void {
  const [first] = addresses;
  if (all) callback(null, addresses);
  else if (first) callback(null, first.address, first.family);
  else callback(new Error("The name has no address."), []);
}
