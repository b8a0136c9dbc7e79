import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { AUTHORING_SCREENS } from "../dashboard/authoring-screens";
import { test } from "../dashboard/fixtures";
import { inEveryLook } from "../dashboard/looks";
import { PEOPLE_SCREENS, seedPeople } from "../dashboard/people-screens";
import { seed } from "../dashboard/seed";

const FOLDER = "docs/screenshots";
const TALLEST = 2_600;

/** Those the README shows, one window high: they are kept in the repository, the others are not. */
const README: Readonly<Record<string, string>> = {
  "composer-a-draft-desktop-light": "composer",
  "overview-desktop-light": "overview",
  "one-broadcast-live-desktop-dark": "broadcast",
  "why-desktop-light": "why",
  "overview-phone-dark": "phone",
};

inEveryLook((look) => {
  test("pictures of every screen", async ({ page, installation }) => {
    mkdirSync(FOLDER, { recursive: true });
    const data = await seed(installation, { visitors: 9 });
    const people = await seedPeople(installation);
    const screens = [
      ...AUTHORING_SCREENS.map(({ name, visit }) => ({ name, show: () => visit(page, data) })),
      ...PEOPLE_SCREENS.filter(({ signedOut }) => !signedOut).map(({ name, visit }) => ({
        name,
        show: () => visit(page, people),
      })),
    ];
    for (const { name, show } of screens) {
      await show();
      const file = `${name.replaceAll(/[^A-Za-z0-9]+/g, "-")}-${look.device}-${look.theme}`;
      const kept = README[file];
      if (kept !== undefined) await take(page, kept);
      await asTallAsItsPage(page);
      await take(page, file);
      await page.setViewportSize(look.viewport);
    }
    await data.leave();
  });
});

async function take(page: Page, name: string): Promise<void> {
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
