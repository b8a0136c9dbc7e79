import { AppError } from "@/core/errors";
import type { ApiKey, IdentityStore } from "../ports/identity-store";
import { hashApiKey, isWellFormedApiKey } from "./api-key-secret";
import { RecentCache } from "./recent-cache";

const KEPT = { maxAgeMs: 2000, maxEntries: 1000 };
/** How exactly `lastUsedAt` tells when a key was used. */
const TOUCH_INTERVAL_MS = 60_000;

type KeyStore = Pick<IdentityStore, "apiKeyByHash" | "apiKeys" | "touchApiKey">;

/** API keys that are in force, from an answer at most 2 s old. */
export class ApiKeyLookup {
  readonly #store: KeyStore;
  readonly #now: () => number;
  readonly #keys = new RecentCache<ApiKey | null>(KEPT);
  readonly #lists = new RecentCache<ApiKey[]>(KEPT);
  readonly #touches = new RecentCache<void>({ ...KEPT, maxAgeMs: TOUCH_INTERVAL_MS });

  /** @param now the database's clock, ms */
  constructor(store: KeyStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @throws AppError `unauthenticated`, `unavailable` */
  async find(token: string): Promise<ApiKey> {
    const key = isWellFormedApiKey(token) ? await this.#byHash(token) : null;
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

  #byHash(token: string): Promise<ApiKey | null> {
    const hash = hashApiKey(token);
    const cacheKey = Buffer.from(hash).toString("base64url");
    return this.#keys.get(cacheKey, () => this.#store.apiKeyByHash(hash));
  }

  #isInForce({ revokedAt, expiresAt }: ApiKey): boolean {
    return revokedAt === null && (expiresAt === null || expiresAt > this.#now());
  }
}
