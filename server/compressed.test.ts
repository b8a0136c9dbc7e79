import { describe, expect, test } from "vitest";
import { encodingFor } from "./compressed";

describe("the encoding of a text", () => {
  test.each([
    [undefined, "identity"],
    ["", "identity"],
    ["gzip, deflate, br, zstd", "br"],
    ["GZIP", "gzip"],
    ["deflate, gzip;q=0.5", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["br ; q=0.0, *", "gzip"],
    ["*", "br"],
    ["identity", "identity"],
    ["gzip;q=0, br;q=0", "identity"],
    ["*;q=0", "identity"],
    ["gzip;q=much", "identity"],
  ])("asked for as %j is %s", (accepted, expected) => {
    expect(encodingFor(accepted)).toBe(expected);
  });
});
