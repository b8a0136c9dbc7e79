import { expect, test } from "vitest";
import { closest } from "./closest";

const KNOWN = ["LOUDHAILER_ADMIN_EMAIL", "LOUDHAILER_ADMIN_PASSWORD", "LOUDHAILER_URL"];

test.each([
  ["LOUDHAILER_ADMIN_MAIL", "LOUDHAILER_ADMIN_EMAIL"],
  ["LOUDHAILER_ADMIN_PASSWROD", "LOUDHAILER_ADMIN_PASSWORD"],
  ["LOUDHAILER_ULR", "LOUDHAILER_URL"],
  ["LOUDHAILER_COLOUR_SCHEME", null],
])("§ 14: %s was meant to be %s", (written, meant) => {
  expect(closest(written, KNOWN)).toBe(meant);
});
