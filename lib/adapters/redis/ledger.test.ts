import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hash32, Ledger } from "./ledger";

describe("ledger", () => {
  test("sums say the same for the same entries, whatever was written on the way", () => {
    const key = fc.constantFrom("a", "b", "c");
    const writes = fc.array(
      fc.record({
        key,
        weight: fc.integer({ min: 0, max: 3 }),
        hash: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      }),
    );
    fc.assert(
      fc.property(writes, (made) => {
        const ledger = new Ledger();
        const last = new Map<string, { weight: number; hash: number }>();
        for (const { key, weight, hash } of made) {
          ledger.write(key, weight, hash);
          last.set(key, { weight, hash });
        }
        const fresh = new Ledger();
        for (const [key, { weight, hash }] of last) fresh.write(key, weight, hash);
        expect([ledger.count, ledger.digest]).toEqual([fresh.count, fresh.digest]);
      }),
    );
  });

  test("an entry of weight 0 is none", () => {
    const ledger = new Ledger();
    ledger.write("a", 2, 7);
    expect(ledger.has("a")).toBe(true);
    ledger.write("a", 0, 7);
    expect([ledger.has("a"), ledger.count, ledger.digest]).toEqual([false, 0, 0]);
  });

  test("a hash fits 32 bits, is never 0 and differs with the text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const hash = hash32(text);
        expect(Number.isInteger(hash) && hash > 0 && hash < 2 ** 32).toBe(true);
        expect(hash32(`${text}.`)).not.toBe(hash);
      }),
    );
  });
});
