import { defineConfig, devices } from "@playwright/test";
import { findChromium, requireTools } from "./tests/support/tools";

requireTools(["chromium"]);

export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/e2e",
  globalSetup: "./tests/support/require-build.ts",
  forbidOnly: true,
  fullyParallel: true,
  workers: 2,
  // As in vitest.config.ts: what needed the second attempt is named at the end.
  retries: process.env.CI ? 1 : 0,
  timeout: 90_000,
  // Long for a person, short for a busy machine of two cores.
  expect: { timeout: 20_000 },
  reporter: "list",
  use: {
    ...devices["Desktop Chrome"],
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    screenshot: "only-on-failure",
    // A trace photographs the page at every step of every test, for the few that fail.
    trace: process.env.CI ? "off" : "retain-on-failure",
    launchOptions: {
      executablePath: findChromium() ?? undefined,
      args: [
        // Chromium refuses its sandbox as root, which containers and CI run as.
        ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
