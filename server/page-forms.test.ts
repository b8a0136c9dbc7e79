import { expect, test } from "vitest";
import { pageRefusal } from "./page-forms";

const policy = { publicUrl: "https://own.example", mode: "production", trustProxy: 0 } as const;
const origin = "https://own.example";
const action = { "next-action": "0a".repeat(21) };

function refusal(method: string, path: string, headers: Record<string, string> = {}) {
  return pageRefusal({ method, headers }, path, policy)?.code ?? null;
}

test("pages are read by anybody, and take their own forms", () => {
  for (const method of ["GET", "HEAD", "OPTIONS"]) {
    expect(refusal(method, "/team", { origin: "https://evil.example" })).toBeNull();
  }
  expect(refusal("POST", "/setup", { origin, ...action })).toBeNull();
});

test("[SEC3] forms of other sites, and of no page at all, are refused", () => {
  expect(refusal("POST", "/setup", { origin: "https://evil.example", ...action })).toBe(
    "foreign_origin",
  );
  expect(refusal("POST", "/setup", { origin: "null", ...action })).toBe("foreign_origin");
  expect(refusal("POST", "/setup", action)).toBe("bad_request");
  expect(refusal("POST", "/setup", { origin })).toBe("bad_request");
  expect(refusal("POST", "/setup", { origin, "next-action": "x" })).toBe("bad_request");
  expect(refusal("DELETE", "/team", { origin, ...action })).toBe("bad_request");
});

test("the API has its own rules", () => {
  expect(refusal("POST", "/api/creator/broadcast")).toBeNull();
});
