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
      const file = `${name.replaceAll(/[^a-z0-9]+/g, "-")}-${look.device}-${look.theme}.png`;
      await asTallAsItsPage(page);
      await page.screenshot({ path: join(FOLDER, file), animations: "disabled" });
      await page.setViewportSize(look.viewport);
    }
    await data.leave();
  });
});

/** The bars that stick to the window's edges stand where a reader would see them. */
async function asTallAsItsPage(page: Page): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const { width } = page.viewportSize() ?? { width: 1280 };
  await page.setViewportSize({ width, height: Math.min(height, TALLEST) });
  // Charts are drawn anew for the new size.
  await page.waitForFunction(() => document.querySelectorAll("[data-waiting]").length === 0);
}
