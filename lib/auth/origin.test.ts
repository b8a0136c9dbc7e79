import { describe, expect, test } from "vitest";
import { workspaceSettings } from "@/core/api/settings";
import { forwarded } from "./headers";
import { isAllowedOrigin, isOwnOrigin, type OriginPolicy, ownOrigin } from "./origin";

const local: OriginPolicy = { publicUrl: null, mode: "local", trustProxy: 0 };
const production: OriginPolicy = {
  publicUrl: "https://loud.example.com",
  mode: "production",
  trustProxy: 1,
};

describe("[SEC1] the dashboard's own origin", () => {
  test.each([
    ["http://localhost:3000", "localhost:3000", true],
    ["http://192.168.1.5:3000", "192.168.1.5:3000", true],
    ["https://loud.test", "loud.test", true],
    ["http://LOUD.test", "loud.TEST", true],
    ["http://localhost:3001", "localhost:3000", false],
    ["http://evil.test", "localhost:3000", false],
    ["http://localhost:3000.evil.test", "localhost:3000", false],
    ["null", "localhost:3000", false],
    ["", "localhost:3000", false],
    ["file://localhost:3000", "localhost:3000", false],
  ])("in local mode, a page of %s asking %s: %s", (origin, host, own) => {
    expect(isOwnOrigin(origin, { host }, local)).toBe(own);
  });

  test("in production is PUBLIC_URL's and nothing a request says", () => {
    const headers = { host: "evil.test", "x-forwarded-host": "evil.test" };
    expect(isOwnOrigin("https://loud.example.com", headers, production)).toBe(true);
    expect(isOwnOrigin("http://loud.example.com", headers, production)).toBe(false);
    expect(isOwnOrigin("https://evil.test", headers, production)).toBe(false);
    expect(ownOrigin(headers, production)).toBe("https://loud.example.com");
  });

  test("in local mode is PUBLIC_URL's too, whatever host a proxy passes on", () => {
    const policy: OriginPolicy = { ...local, publicUrl: "https://dev.test" };
    expect(isOwnOrigin("https://dev.test", { host: "127.0.0.1:3000" }, policy)).toBe(true);
    expect(ownOrigin({ host: "dev.test" }, policy)).toBe("https://dev.test");
  });

  test("is read from a proxy's headers only where one is trusted", () => {
    const headers = {
      host: "10.0.0.7:3000",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "dev.test",
    };
    expect(ownOrigin(headers, local)).toBe("http://10.0.0.7:3000");
    expect(ownOrigin(headers, { ...local, trustProxy: 1 })).toBe("https://dev.test");
  });
});

test("what stands left of the trusted proxies' own values is the client's, and not believed", () => {
  const headers = { "x-forwarded-proto": "https, http, ftp" };
  expect(forwarded(headers, "x-forwarded-proto", 0)).toBeNull();
  expect(forwarded(headers, "x-forwarded-proto", 1)).toBe("ftp");
  expect(forwarded(headers, "x-forwarded-proto", 2)).toBe("http");
  expect(forwarded(headers, "x-forwarded-proto", 9)).toBe("https");
});

describe("[SEC1] a page may connect", () => {
  const headers = { host: "localhost:3000" };
  const listed = workspaceSettings.parse({ allowedOrigins: ["https://*.example.com"] });
  const empty = workspaceSettings.parse({});

  test.each([
    ["listed", "https://app.example.com", listed, local, true],
    ["not listed, though others are", "https://evil.test", listed, local, false],
    ["any, on a local trial without a list", "https://evil.test", empty, local, true],
    ["foreign, in production without a list", "https://evil.test", empty, production, false],
    ["listed, in production", "https://app.example.com", listed, production, true],
    ["a sandboxed frame, listed or not", "null", listed, production, false],
  ])("when it is %s", (_, origin, settings, policy, allowed) => {
    expect(isAllowedOrigin(origin, headers, settings, policy)).toBe(allowed);
  });
});
