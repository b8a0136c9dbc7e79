import { CLOSE, type CloseReason } from "@/core/close-codes";
import { getOrMake } from "@/lib/collections";
import type { Limits } from "@/lib/env";
import { networkOf } from "@/lib/network";

/** Clients that are turned away come back spread over this, ms. */
const RETRY_SPREAD_MS = 5_000;
const RETRY_FLOOR_MS = 1_000;

export type Admission =
  | { ok: true }
  /** Told in words on an accepted socket. */
  | { ok: false; close: CloseReason; afterMs: number };

/** How fast and how many connections are let in ([SEC5], [DEG8]). */
export class AdmissionControl {
  readonly #limits: Limits;
  /** By network: see `networkOf`. */
  readonly #perAddress = new Map<string, number>();
  /** By workspace and recipient. */
  readonly #perUser = new Map<string, Map<string, number>>();
  #tokens: number;
  #tokensAt = performance.now();
  open = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#tokens = limits.admissionsPerSecond;
  }

  /** Entries of each map. */
  get sizes(): { addresses: number; users: number } {
    let users = 0;
    for (const recipients of this.#perUser.values()) users += recipients.size;
    return { addresses: this.#perAddress.size, users };
  }

  /** Beyond the hard cap even an accepted socket is too much. */
  get full(): boolean {
    const { connectionsPerWorker } = this.#limits;
    return connectionsPerWorker > 0 && this.open >= connectionsPerWorker;
  }

  /** Takes one place in the rate and of the address; `release` gives the latter back. */
  admit(address: string): Admission {
    const { connectionsPerAddress } = this.#limits;
    const network = networkOf(address);
    const here = this.#perAddress.get(network) ?? 0;
    if (connectionsPerAddress > 0 && here >= connectionsPerAddress) {
      return { ok: false, close: CLOSE.tooMany, afterMs: retryAfterMs() };
    }
    if (!this.#takeToken()) return { ok: false, close: CLOSE.tryLater, afterMs: retryAfterMs() };
    this.#perAddress.set(network, here + 1);
    this.open += 1;
    return { ok: true };
  }

  release(address: string): void {
    this.open -= 1;
    decrement(this.#perAddress, networkOf(address));
  }

  /** One more connection of a recipient; false when it has too many. */
  admitUser(workspaceId: string, recipient: string): boolean {
    const { connectionsPerUser } = this.#limits;
    const recipients = getOrMake(this.#perUser, workspaceId, () => new Map<string, number>());
    const open = recipients.get(recipient) ?? 0;
    if (connectionsPerUser > 0 && open >= connectionsPerUser) return false;
    recipients.set(recipient, open + 1);
    return true;
  }

  releaseUser(workspaceId: string, recipient: string): void {
    const recipients = this.#perUser.get(workspaceId);
    if (!recipients) return;
    decrement(recipients, recipient);
    if (recipients.size === 0) this.#perUser.delete(workspaceId);
  }

  #takeToken(): boolean {
    const rate = this.#limits.admissionsPerSecond;
    if (rate === 0) return true;
    const now = performance.now();
    this.#tokens = Math.min(rate, this.#tokens + ((now - this.#tokensAt) / 1000) * rate);
    this.#tokensAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

function decrement(counts: Map<string, number>, key: string): void {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}

/** Full jitter above a floor: those turned away together do not return together. */
function retryAfterMs(): number {
  return Math.round(RETRY_FLOOR_MS + Math.random() * RETRY_SPREAD_MS);
}
