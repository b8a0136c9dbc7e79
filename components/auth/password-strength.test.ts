import { describe, expect, test } from "vitest";
import { passwordStrength } from "./password-strength";

describe("password hints", () => {
  test("a short password says how long it must be", () => {
    expect(passwordStrength("short")).toEqual({ score: 0, hint: "At least 10 characters" });
  });

  test("length is counted in characters, not in UTF-16 units", () => {
    expect(passwordStrength("😀😀😀😀😀😀😀").score).toBe(0);
  });

  test("common words, runs, repeats and the person's own name are easy to guess", () => {
    expect(passwordStrength("Password2026!").score).toBe(1);
    expect(passwordStrength("aaaaaaaaaaaaaaaa").score).toBe(1);
    expect(passwordStrength("abcdefghijklmnop").score).toBe(1);
    expect(passwordStrength("miriam-river-stone", ["Miriam Weber"]).score).toBe(1);
  });

  test("several unrelated words are strong", () => {
    expect(passwordStrength("copper-lantern-heron-9").score).toBe(3);
    expect(passwordStrength("copper-heron").score).toBe(2);
  });
});
