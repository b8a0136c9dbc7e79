/** 32-bit FNV-1a, never 0: cheap, and only ever compared with itself. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return hash >>> 0 || 1;
}

/**
 * What Redis is known to have of this worker: the weight and hash of every entry, with their
 * sums, which Redis keeps too. One beat compares them and so notices any loss.
 */
export class Ledger {
  readonly #entries = new Map<string, { weight: number; hash: number }>();
  #count = 0;
  #digest = 0;

  /** Sum of all weights. */
  get count(): number {
    return this.#count;
  }

  /** Sum of all hashes, modulo 2^32. */
  get digest(): number {
    return this.#digest;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** @param weight 0 = Redis has it no more */
  write(key: string, weight: number, hash: number): void {
    const before = this.#entries.get(key);
    this.#count += weight - (before?.weight ?? 0);
    const kept = weight > 0 ? hash : 0;
    this.#digest = (this.#digest + kept - (before?.hash ?? 0) + 2 ** 32) % 2 ** 32;
    if (weight > 0) this.#entries.set(key, { weight, hash });
    else this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
    this.#count = 0;
    this.#digest = 0;
  }
}
