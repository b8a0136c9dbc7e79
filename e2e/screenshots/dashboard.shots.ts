import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BrowserContext, expect, type Page } from "@playwright/test";
import { z } from "zod";
import { signUserToken } from "@/lib/auth/user-token";
import { startReplica } from "@/tests/support/replica";
import { AUTHORING_SCREENS } from "../dashboard/authoring-screens";
import { type Installation, installationOf, NO_LIMITS } from "../dashboard/fixtures";
import { DEVICES, type Device, setTheme, THEMES } from "../dashboard/looks";
import { PEOPLE_SCREENS, seedPeople } from "../dashboard/people-screens";
import { open } from "../dashboard/screen";
import { seed } from "../dashboard/seed";
import { test } from "../fixtures";
import { becomeOwner } from "../journey";

const FOLDER = "docs/screenshots";
const TALLEST = 2_600;
const VISITORS = 240;

/** Those the README shows, one window high: they are kept in the repository, the others are not. */
const README: Readonly<Record<string, string>> = {
  "composer-a-draft-desktop-light": "composer",
  "overview-desktop-light": "overview",
  "one-broadcast-live-desktop-dark": "broadcast",
  "why-desktop-light": "why",
  "overview-phone-dark": "phone",
};

const OWNER = {
  name: "Maya Lindholm",
  email: "maya@northwind.example",
  password: "copper lantern heron nine",
};

/** A workspace in which nothing has happened yet. */
const EMPTY_SCREENS = [
  ["overview", "/", "Overview"],
  ["broadcasts", "/broadcasts", "Broadcasts"],
  ["drafts", "/broadcasts?tab=draft", "Broadcasts"],
  ["sessions", "/sessions", "Sessions"],
  ["team", "/team", "Team"],
  ["API keys", "/api-keys", "API keys"],
  ["audit", "/audit", "Audit"],
] as const;

for (const device of DEVICES) {
  test.describe(device.name, () => {
    test.use(device.use);
    test("pictures of every screen, light and dark", async ({ page, context, browser }) => {
      mkdirSync(FOLDER, { recursive: true });
      // A name of the machine has no place in a picture.
      const replica = await startReplica({
        env: { ...NO_LIMITS, WORKER_ID: "eu-1", NODE_ID: "eu-1" },
      });
      const { url, setupUrl } = replica;
      await page.goto(setupUrl ?? "");
      await take(page, device, "set-up");
      await becomeOwner(page, setupUrl ?? "", OWNER, "Northwind");
      const at = (path: string) => new URL(path, url).href;
      for (const [name, path, heading] of EMPTY_SCREENS) {
        await open(page, at(path), heading);
        await take(page, device, `empty ${name}`);
      }

      const installation = installationOf(url, await cookieOf(context, url));
      const data = await seed(installation, {
        visitors: VISITORS,
        tokenOf: await tokens(installation),
      });
      const people = await seedPeople(installation);
      // Screens name their paths alone.
      const nobody = { cookies: [], origins: [] };
      const inside = await browser.newContext({
        ...device.use,
        baseURL: url,
        storageState: await context.storageState(),
      });
      const outside = await browser.newContext({
        ...device.use,
        baseURL: url,
        storageState: nobody,
      });
      const member = await inside.newPage();
      const stranger = await outside.newPage();
      for (const { name, visit } of AUTHORING_SCREENS) {
        await visit(member, data);
        await take(member, device, name);
      }
      for (const { name, signedOut, visit } of PEOPLE_SCREENS) {
        const shown = signedOut ? stranger : member;
        await visit(shown, people);
        await take(shown, device, name);
      }
      await stranger.goto("/nothing");
      await take(stranger, device, "no such page, signed out");
      await Promise.all([inside.close(), outside.close(), data.leave()]);
      expect(await replica.stop()).toBe(0);
    });
  });
}

const secretsView = z.object({ tokenSecrets: z.array(z.object({ secret: z.string() })) });

/** People with a plan; every fourth is anonymous. */
async function tokens({ call }: Installation) {
  const { tokenSecrets } = secretsView.parse(await call("GET", "/api/v1/token-secrets"));
  const secret = tokenSecrets[0]?.secret ?? "";
  return async (visitor: number) =>
    visitor % 4 === 3
      ? undefined
      : signUserToken(secret, {
          sub: `u_${1042 + visitor * 17}`,
          traits: { plan: visitor % 3 === 0 ? "pro" : "free" },
        });
}

async function cookieOf(context: BrowserContext, url: string): Promise<string> {
  return (await context.cookies(url)).map(({ name, value }) => `${name}=${value}`).join("; ");
}

async function take(page: Page, device: Device, screen: string): Promise<void> {
  for (const theme of THEMES) {
    await setTheme(page, theme);
    const file = `${screen.replaceAll(/[^A-Za-z0-9]+/g, "-")}-${device.name}-${theme}`;
    const kept = README[file];
    if (kept !== undefined) await photograph(page, kept);
    await asTallAsItsPage(page);
    await photograph(page, file);
    await page.setViewportSize(device.viewport);
  }
}

async function photograph(page: Page, name: string): Promise<void> {
  await nothingOnItsWay(page);
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: "disabled" });
}

/** The bars that stick to the window's edges stand where a reader would see them. */
async function asTallAsItsPage(page: Page): Promise<void> {
  await nothingOnItsWay(page);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const { width } = page.viewportSize() ?? { width: 1280 };
  await page.setViewportSize({ width, height: Math.min(height, TALLEST) });
}

/** Charts are drawn anew for each size. */
async function nothingOnItsWay(page: Page): Promise<void> {
  await page.waitForFunction(() => document.querySelectorAll("[data-waiting]").length === 0);
}
