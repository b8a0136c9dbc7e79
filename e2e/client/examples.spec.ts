/** The examples that have a bundler: started as their readers start them, and opened. */
import { spawn } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect } from "@playwright/test";
import { aBroadcast } from "@/client/testing/a-broadcast";
import { type BannerServer, startBannerServer } from "@/client/testing/banner-server";
import { ROOT } from "@/scripts/run";
import { guard } from "@/tests/support/processes";
import { dismiss } from "../journey";
import { banner, framesOf } from "./page-server";

const EXAMPLES = {
  "react-vite": { program: "vite/bin/vite.js", args: [], names: "VITE_LOUDHAILER_URL" },
  next: { program: "next/dist/bin/next", args: ["dev"], names: "NEXT_PUBLIC_LOUDHAILER_URL" },
};
type Example = keyof typeof EXAMPLES;

/** Bundlers take their time on a machine with other work. */
const STARTED_MS = 180_000;

/** A copy with the built package in it; all else is found where this project has it. */
function copyOf(example: Example): string {
  const folder = join(ROOT, "dist/examples", example);
  rmSync(folder, { recursive: true, force: true });
  const isSource = (path: string) => !/[/\\](node_modules|\.next|dist)$/.test(path);
  cpSync(join(ROOT, "examples", example), folder, { recursive: true, filter: isSource });
  const installed = join(folder, "node_modules/loudhailer");
  cpSync(join(ROOT, "dist/client"), installed, { recursive: true });
  return folder;
}

async function startExample(example: Example, loudhailer: string) {
  const { program, args, names } = EXAMPLES[example];
  const child = spawn(
    process.execPath,
    [join(ROOT, "node_modules", program), ...args, "--port", "0"],
    {
      cwd: copyOf(example),
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        NODE_ENV: "development",
        NO_COLOR: "1",
        NEXT_TELEMETRY_DISABLED: "1",
        [names]: loudhailer,
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  guard(child);
  let printed = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        printed += text;
        const found = printed.match(/http:\/\/localhost:\d+/)?.[0];
        if (found) resolve(found);
      });
    }
    child.once("exit", () =>
      reject(new Error(`${example} did not start. It printed:\n${printed}`)),
    );
  });
  return { url, stop: () => child.kill() };
}

type Start = (example: Example) => Promise<string>;

const test = base.extend<{ server: BannerServer; start: Start; complaints: string[] }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed
  server: async ({}, use) => {
    const server = await startBannerServer();
    await use(server);
    await server.close();
  },
  start: async ({ server }, use) => {
    const stops: (() => void)[] = [];
    await use(async (example) => {
      const { url, stop } = await startExample(example, server.url);
      stops.push(stop);
      return url;
    });
    for (const stop of stops) stop();
  },
  complaints: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      // They have no icon, which browsers ask for anyway.
      const isExpected = message.location().url.endsWith("/favicon.ico");
      if (message.type() === "error" && !isExpected) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await use(complaints);
  },
});

for (const example of Object.keys(EXAMPLES) as Example[]) {
  test(`[CLI2] examples/${example} shows a banner, and puts it away`, async ({
    complaints,
    page,
    server,
    start,
  }) => {
    test.setTimeout(2 * STARTED_MS);
    server.live = [aBroadcast({ message: "In the example" })];
    await page.goto(await start(example), { timeout: STARTED_MS });
    await expect(page.getByRole("heading", { name: "Orders" })).toBeVisible();
    await expect(banner(page, "In the example")).toBeVisible({ timeout: STARTED_MS });
    await dismiss(page);
    await expect(banner(page, "In the example")).toHaveCount(0);
    await expect.poll(() => framesOf(server, "acknowledge_broadcast").length).toBe(1);
    expect(complaints).toEqual([]);
  });
}
