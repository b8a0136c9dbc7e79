import { defineConfig } from "@playwright/test";
import base from "../../playwright.config";

/** `npm run screenshots`: pictures of every screen of the dashboard, into docs/screenshots. */
export default defineConfig({
  ...base,
  testDir: ".",
  // All screens in one look are one test.
  timeout: 400_000,
  testMatch: "*.shots.ts",
  globalSetup: "../../tests/support/require-build.ts",
  outputDir: "../../test-results/screenshots",
});
