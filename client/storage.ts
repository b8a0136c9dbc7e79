/** The part of `localStorage` that is used. */
export interface TextStorage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

export interface SafeStorage extends TextStorage {
  /** False when what was written last is known to this page only. */
  readonly shared: boolean;
}

/**
 * A storage that never throws: what the given one refuses (blocked, full, absent) is kept in
 * memory for the life of the page.
 * @param storage default: the page's `localStorage`; null = memory only
 */
export function safeStorage(storage?: TextStorage | null): SafeStorage {
  const memory = new Map<string, string>();
  // Reading the property alone throws where site data is blocked.
  const real = () => (storage === undefined ? globalThis.localStorage : storage);
  return {
    get shared() {
      return !memory.size;
    },
    getItem(key) {
      try {
        return memory.get(key) ?? real()?.getItem(key) ?? null;
      } catch {
        return null;
      }
    },
    setItem(key, value) {
      memory.set(key, value);
      try {
        const target = real();
        target?.setItem(key, value);
        if (target) memory.delete(key);
      } catch {
        // Full or blocked: it stays in memory.
      }
    },
  };
}
