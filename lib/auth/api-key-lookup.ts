import { AppError } from "@/core/errors";
import type { RateLimiter } from "../http/rate-limit";
import { networkOf } from "../network";
import type { ApiKey, IdentityStore } from "../ports/identity-store";
import { hashApiKey, isWellFormedApiKey } from "./api-key-secret";
import { RecentCache } from "./recent-cache";

const KEPT = { maxAgeMs: 2000, maxEntries: 1000 };
/** How exactly `lastUsedAt` tells when a key was used. */
const TOUCH_INTERVAL_MS = 60_000;
/** Keys that were found lately, by hash. */
const MAX_FOUND = 1000;

type KeyStore = Pick<IdentityStore, "apiKeyByHash" | "apiKeys" | "touchApiKey">;

/**
 * API keys that are in force, from an answer at most 2 s old. Keys that were not met before are
 * looked up so often a minute for one address ([SEC5]): guessing must not cost a query each.
 */
export class ApiKeyLookup {
  readonly #store: KeyStore;
  readonly #now: () => number;
  readonly #limiter: Pick<RateLimiter, "consume">;
  /** Oldest first; whoever floods from the same address does not shut these out. */
  readonly #found = new Set<string>();
  readonly #keys = new RecentCache<ApiKey | null>(KEPT);
  readonly #lists = new RecentCache<ApiKey[]>(KEPT);
  readonly #touches = new RecentCache<void>({ ...KEPT, maxAgeMs: TOUCH_INTERVAL_MS });

  /** @param now the database's clock, ms */
  constructor(store: KeyStore, limiter: Pick<RateLimiter, "consume">, now: () => number) {
    this.#store = store;
    this.#limiter = limiter;
    this.#now = now;
  }

  /**
   * @param address that the key came from
   * @throws AppError `unauthenticated`, `too_many`, `unavailable`
   */
  async find(token: string, address: string): Promise<ApiKey> {
    const key = isWellFormedApiKey(token) ? await this.#byHash(token, address) : null;
    if (!key || !this.#isInForce(key)) {
      throw new AppError("unauthenticated", "This API key is not valid.");
    }
    // For people to look at: a call must not fail over it, or wait for it.
    this.#touches.get(key.id, () => this.#store.touchApiKey(key.id)).catch(() => {});
    return key;
  }

  /** Whether a key is still in force. @throws AppError `unavailable` */
  async stands(workspaceId: string, id: string): Promise<boolean> {
    const keys = await this.#lists.get(workspaceId, () => this.#store.apiKeys(workspaceId));
    return keys.some((key) => key.id === id && this.#isInForce(key));
  }

  forgetAll(): void {
    this.#keys.forgetAll();
    this.#lists.forgetAll();
  }

  #byHash(token: string, address: string): Promise<ApiKey | null> {
    const hash = hashApiKey(token);
    const cacheKey = Buffer.from(hash).toString("base64url");
    return this.#keys.get(cacheKey, async () => {
      if (!this.#found.has(cacheKey)) await this.#spend(address);
      const key = await this.#store.apiKeyByHash(hash);
      if (key) this.#note(cacheKey);
      return key;
    });
  }

  async #spend(address: string): Promise<void> {
    const quota = await this.#limiter.consume("api_calls", `new-keys:${networkOf(address)}`);
    if (quota === null || quota.allowed) return;
    throw new AppError(
      "too_many",
      `Too many API keys were tried from this address. Try again in ${quota.resetS} s.`,
      { retryAfterS: quota.resetS },
    );
  }

  #note(cacheKey: string): void {
    this.#found.delete(cacheKey);
    this.#found.add(cacheKey);
    if (this.#found.size <= MAX_FOUND) return;
    const [oldest] = this.#found;
    if (oldest !== undefined) this.#found.delete(oldest);
  }

  #isInForce({ revokedAt, expiresAt }: ApiKey): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.#now());
  }
}
