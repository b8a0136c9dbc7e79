import { describe, expect, test } from "vitest";
import { readAudit, toLines } from "./advisory-report";

const metadata = { dependencies: { prod: 170 } };
const known = {
  name: "ws",
  severity: "high",
  title: "Memory exhaustion by tiny fragments",
  url: "https://github.com/advisories/GHSA-96hv-2xvq-fx4p",
  range: ">=8.0.0 <8.21.0",
};

describe("what npm says of advisories", () => {
  test("nothing is known", () => {
    const audit = readAudit(JSON.stringify({ vulnerabilities: {}, metadata }));
    expect(audit).toEqual({ kind: "clean", packages: 170 });
    expect(toLines(audit)).toEqual(["Nothing is known against 170 production packages."]);
  });

  test("each advisory once, whoever brings the package in", () => {
    const vulnerabilities = {
      ws: { via: [known] },
      "some-client": { via: ["ws"] },
      "other-client": { via: [known, "some-client"] },
    };
    const audit = readAudit(JSON.stringify({ vulnerabilities, metadata }));
    expect(audit).toMatchObject({ kind: "found", advisories: [{ package: "ws" }] });
    expect(toLines(audit)).toEqual([
      "high: ws >=8.0.0 <8.21.0: Memory exhaustion by tiny fragments (https://github.com/advisories/GHSA-96hv-2xvq-fx4p)",
    ]);
  });

  test("a package that is affected through another counts, though no advisory names it", () => {
    const vulnerabilities = { "some-client": { via: ["ws"] } };
    expect(readAudit(JSON.stringify({ vulnerabilities, metadata })).kind).toBe("found");
  });

  test.each([
    [
      "a mirror without an audit API",
      { message: "405 Method Not Allowed - POST https://me:secret@mirror.test/-/npm/v1" },
      "405 Method Not Allowed - POST its audit address",
    ],
    ["a registry that is away", { error: { summary: "connect ECONNREFUSED" } }, "ECONNREFUSED"],
    ["something else", ["?"], "no answer"],
  ])("%s did not say that all is well", (_, answer, reason) => {
    const audit = readAudit(JSON.stringify(answer));
    expect(audit).toMatchObject({ kind: "unanswered", reason: expect.stringContaining(reason) });
    expect(toLines(audit).join()).toMatch(/NOT CHECKED/);
    expect(toLines(audit).join()).not.toMatch(/secret/);
  });

  test("no answer at all is none", () => {
    expect(readAudit("").kind).toBe("unanswered");
  });
});
