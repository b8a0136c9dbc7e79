import { expect, test } from "vitest";
import { parseTrait } from "./token";

test.each([
  ["plan=pro", ["plan", "pro"]],
  ["seats=5", ["seats", 5]],
  ["beta=true", ["beta", true]],
  ['tags=["a","b"]', ["tags", ["a", "b"]]],
  ["note=a=b", ["note", "a=b"]],
  ["empty=", ["empty", ""]],
])("§ 9: the trait %s is %j", (written, trait) => {
  expect(parseTrait(written)).toEqual(trait);
});

test.each(["plan", "=pro", 'plan={"a":1}'])("§ 9: %s is refused in words", (written) => {
  expect(() => parseTrait(written)).toThrow(/trait/);
});
