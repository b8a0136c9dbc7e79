import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalOriginPattern, originAllowed } from "./origin";

const OWN = ["https://dash.example.org"];

describe("originAllowed", () => {
  test.each([
    ["https://app.example.com", ["https://app.example.com"]],
    ["https://APP.example.com", ["https://app.EXAMPLE.com"]],
    ["https://app.example.com", ["https://app.example.com/"]],
    ["https://app.example.com", ["https://app.example.com:443"]],
    ["http://localhost:5173", ["http://localhost:5173"]],
    ["http://[::1]:3000", ["http://[::1]:3000"]],
    ["https://xn--exmple-cua.com", ["https://exämple.com"]],
    ["https://a.example.com", ["https://*.example.com"]],
    ["https://a.b.example.com", ["https://*.Example.com"]],
    ["https://a.example.com", ["*.example.com"]],
    ["https://a.example.com:8443", ["https://*.example.com:8443"]],
    ["http://a.example.com", ["http://*.example.com"]],
    ["https://b.test", ["https://a.test", "https://b.test"]],
    ["https://dash.example.org", []],
  ])("[SEC1] %s is in %j", (origin, patterns) => {
    expect(originAllowed(origin, patterns, OWN)).toBe(true);
  });

  test.each([
    ["https://example.com.evil.test", ["https://example.com", "https://*.example.com"]],
    ["https://evilexample.com", ["https://*.example.com"]],
    ["https://example.com", ["https://*.example.com", "*.example.com"]],
    ["https://a.example.com", ["https://example.com"]],
    ["http://app.example.com", ["https://app.example.com"]],
    ["http://a.example.com", ["*.example.com"]],
    ["https://app.example.com:8443", ["https://app.example.com"]],
    ["https://a.example.com:8443", ["https://*.example.com"]],
    ["https://a.example.com", ["https://*.example.com:8443"]],
    ["null", ["null", "*", "https://*"]],
    ["", [""]],
    ["*", ["*"]],
    ["https://a.test", ["*", "https://*", "https://*.test", "*.test", "https://*.*.test"]],
    ["https://a.test", ["a.test", "//a.test", "https:a.test", "https://a.test/path"]],
    ["https://10.0.0.1", ["https://*.0.0.1", "*.0.1"]],
    ["https://evil.test", ["https://app.example.com"]],
    ["https://evil.test#.example.com", ["https://*.example.com"]],
    ["https://evil.test/.example.com", ["https://*.example.com"]],
    ["https://evil.test?.example.com", ["https://*.example.com"]],
    ["https://evil.test\\.example.com", ["https://*.example.com"]],
    ["https://a.example.com@evil.test", ["https://*.example.com"]],
    ["https://evil.test@a.example.com", ["https://*.example.com"]],
    [" https://a.test", ["https://a.test"]],
    ["https://a.test\n", ["https://a.test"]],
    ["https://a.test, https://b.test", ["https://a.test", "https://b.test"]],
    ["ftp://a.test", ["ftp://a.test"]],
    ["file://", ["file://"]],
    ["chrome-extension://abc", ["chrome-extension://abc"]],
    ["https://a.dash.example.org", []],
    ["https://a.dash.example.org", ["https://app.example.com"]],
  ])("[SEC1] %s is not in %j", (origin, patterns) => {
    expect(originAllowed(origin, patterns, OWN)).toBe(false);
  });

  test("[SEC1] the dashboard's own origin is never a wildcard", () => {
    expect(originAllowed("https://a.example.com", [], ["https://*.example.com"])).toBe(false);
  });

  const hosts = fc.domain();
  test("[SEC1] a wildcard covers exactly the names below its own", () => {
    fc.assert(
      fc.property(hosts, hosts, (host, base) => {
        const allowed = originAllowed(`https://${host}`, [`https://*.${base}`], []);
        expect(allowed).toBe(host.endsWith(`.${base}`));
        expect(originAllowed(`https://${host}.${base}`, [`*.${base}`], [])).toBe(true);
        expect(originAllowed(`https://${base}.${host}`, [`*.${base}`], [])).toBe(
          `${base}.${host}`.endsWith(`.${base}`),
        );
      }),
    );
  });

  test("[SEC6] anything has an outcome", () => {
    const any = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(any, fc.array(any), (origin, patterns) => {
        expect(originAllowed(origin, patterns, patterns)).toBe(false);
      }),
    );
  });
});

describe("canonicalOriginPattern", () => {
  test.each([
    ["https://App.Example.com/", "https://app.example.com"],
    ["https://example.com:443", "https://example.com"],
    ["http://localhost:3000", "http://localhost:3000"],
    ["*.Example.com", "https://*.example.com"],
    ["http://*.example.com:8080", "http://*.example.com:8080"],
    ["https://*", null],
    ["https://*.com", null],
    ["https://*.0.0.1", null],
    ["https://a.*.com", null],
    ["https://example.com/path", null],
    ["https://user@example.com", null],
    ["example.com", null],
    ["null", null],
    ["javascript:alert(1)", null],
    ["", null],
  ])("[SEC1] %j is %j", (pattern, canonical) => {
    expect(canonicalOriginPattern(pattern)).toBe(canonical);
  });
});
