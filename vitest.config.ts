import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL(".", import.meta.url));

/**
 * Real processes on a machine whose other work CI does not choose: a second attempt, and the report
 * names every test that needed one (scripts/test-all.ts).
 */
const retry = process.env.CI ? 1 : 0;

/** Real servers take seconds to start on a small machine; a failure must not look like slowness. */
const WITH_SERVICES = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  retry,
  // Without this a poll gives up after a second, which proves only that the machine is busy.
  expect: { poll: { timeout: 20_000 } },
};

export default defineConfig({
  resolve: { alias: { "@": root.replace(/\/$/, "") } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          // Nothing here is timed: every core may work, and properties take what a busy machine needs.
          maxWorkers: "100%",
          testTimeout: 30_000,
          include: [
            "{app,bench,cli,client,components,core,deploy,lib,scripts,server}/**/*.test.{ts,tsx}",
          ],
        },
      },
      {
        extends: true,
        test: {
          ...WITH_SERVICES,
          name: "contracts",
          sequence: { groupOrder: 1 },
          include: ["tests/contracts/**/*.test.ts"],
          globalSetup: ["tests/support/require-services.ts"],
        },
      },
      {
        extends: true,
        test: {
          ...WITH_SERVICES,
          name: "integration",
          // One at a time: each starts processes enough for a small machine, and some are timed.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          include: ["tests/integration/**/*.test.ts"],
          globalSetup: ["tests/support/require-services.ts", "tests/support/require-build.ts"],
        },
      },
      {
        extends: true,
        test: {
          name: "chaos",
          // As above: what is measured here is how fast things heal.
          fileParallelism: false,
          sequence: { groupOrder: 3 },
          include: ["tests/chaos/**/*.test.ts"],
          globalSetup: ["tests/support/require-services.ts", "tests/support/require-build.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          retry,
        },
      },
      {
        extends: true,
        test: {
          ...WITH_SERVICES,
          name: "security",
          // As above: floods are measured by what others notice of them.
          fileParallelism: false,
          sequence: { groupOrder: 4 },
          include: ["tests/security/**/*.test.ts"],
          globalSetup: ["tests/support/require-services.ts", "tests/support/require-build.ts"],
        },
      },
    ],
  },
});
