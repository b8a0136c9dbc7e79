import { expect, test } from "vitest";
import { ownPath } from "./own-path";

test("a path of this site is followed, with all that belongs to it", () => {
  for (const path of ["/", "/broadcasts", "/sessions?state=active&x=//y#top"]) {
    expect(ownPath(path)).toBe(path);
  }
});

test.each([
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "/\t/evil.example",
  "/\n/evil.example",
  "\t//evil.example",
  " //evil.example",
  "///evil.example",
  "/.//evil.example",
  "/a/..//evil.example",
  "https://evil.example",
  "https:evil.example",
  "https:/evil.example",
  "javascript:alert(1)",
  "data:text/html,x",
  "http://[",
  "http://here.invalid@evil.example",
])("[SEC7] %j leads to nobody else", (wanted) => {
  const path = ownPath(wanted);
  expect(path).toMatch(/^\/(?!\/)/);
  expect(new URL(path, "https://own.example").origin).toBe("https://own.example");
});

test("what is no path is the root", () => {
  for (const wanted of [undefined, null, ["/a"], 3]) expect(ownPath(wanted)).toBe("/");
});
