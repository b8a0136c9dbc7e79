import { expect, test } from "vitest";
import { inOrder } from "./rows";

test("a table comes after those it refers to", () => {
  const references = [
    { child: "receipt", parent: "broadcast" },
    { child: "broadcast", parent: "workspace" },
  ];
  expect(inOrder(["broadcast", "receipt", "workspace"], references)).toEqual([
    "workspace",
    "broadcast",
    "receipt",
  ]);
});

test("a circle is refused rather than copied wrongly", () => {
  const references = [
    { child: "a", parent: "b" },
    { child: "b", parent: "a" },
  ];
  expect(() => inOrder(["a", "b"], references)).toThrow("circle");
});
