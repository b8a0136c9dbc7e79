import { describe, expect, test } from "vitest";
import { workspaceSettings } from "./settings";

describe("workspaceSettings", () => {
  test("every setting has a default, which is itself valid", () => {
    const defaults = workspaceSettings.parse({});
    expect(workspaceSettings.parse(defaults)).toEqual(defaults);
  });

  test("[SEC1] origins come out in their normal form", () => {
    const { allowedOrigins } = workspaceSettings.parse({
      allowedOrigins: ["https://App.Example.com/", "*.example.com", " http://localhost:5173 "],
    });
    expect(allowedOrigins).toEqual([
      "https://app.example.com",
      "https://*.example.com",
      "http://localhost:5173",
    ]);
  });

  test.each([
    { allowedOrigins: ["*"] },
    { allowedOrigins: ["example.com"] },
    { allowedOrigins: ["https://example.com/path"] },
    { timeZone: "Mars/Olympus" },
    { timeZone: "" },
    { defaultLocale: "not a locale" },
    { stackSize: 4 },
    { retentionDays: 0 },
    { jwksUrl: "file:///etc/passwd" },
    { jwksUrl: "not a URL" },
  ])("%j is refused", (settings) => {
    expect(workspaceSettings.safeParse(settings).success).toBe(false);
  });

  test.each(["UTC", "Europe/Paris", "America/New_York", "Asia/Kolkata"])(
    "%s is a time zone",
    (timeZone) => {
      expect(workspaceSettings.parse({ timeZone }).timeZone).toBe(timeZone);
    },
  );

  test("[BC10] the default locale comes out canonical", () => {
    expect(workspaceSettings.parse({ defaultLocale: "fr_ca" }).defaultLocale).toBe("fr-CA");
  });
});
