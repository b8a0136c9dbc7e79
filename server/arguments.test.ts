import { expect, test } from "vitest";
import { UsageError, variablesOf } from "./arguments";

test("§ 14: --workers is the variable of that name, and nothing is nothing", () => {
  expect(variablesOf(["--workers", "2"])).toEqual({ WORKERS: "2" });
  expect(variablesOf(["--workers=4"])).toEqual({ WORKERS: "4" });
  expect(variablesOf([])).toEqual({});
});

test.each([[["--port", "80"]], [["2"]], [["--workers"]]])(
  "§ 14: %j is refused, with how it goes",
  (args) => {
    expect(() => variablesOf(args)).toThrow(UsageError);
    expect(() => variablesOf(args)).toThrow("Usage: npm start -- [--workers <count>]");
  },
);
