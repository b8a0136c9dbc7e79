import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CLOSE } from "@/core/close-codes";
import { backoffMs, NO_RECONNECT, TOKEN_INVALID } from "./transport";

describe("the transport", () => {
  test("[DEG8] waits anything from nothing to a ceiling that doubles up to 30 s", () => {
    fc.assert(
      fc.property(fc.nat(40), (failures) => {
        const ceiling = Math.min(30_000, 1_000 * 2 ** failures);
        const delays = Array.from({ length: 20 }, () => backoffMs(failures));
        expect(Math.max(...delays)).toBeLessThan(ceiling);
        expect(Math.min(...delays)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  test("keeps to the table of close codes", () => {
    const refused = Object.values(CLOSE).filter(({ reconnect }) => !reconnect);
    expect([...NO_RECONNECT].sort()).toEqual(refused.map(({ code }) => code).sort());
    expect(TOKEN_INVALID).toBe(CLOSE.tokenInvalid.code);
  });
});
