import { expect, type Page } from "@playwright/test";
import { expectAccessible } from "../journey";

/** The screen is there and its script runs: what is clicked from here on is heard. */
export async function open(page: Page, path: string, heading: string | RegExp): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
  await expectAwake(page);
}

/** Live figures have come: the page has hydrated and its socket is open. */
export async function expectAwake(page: Page): Promise<void> {
  await expect(page.locator("[data-live=open]")).toBeAttached();
}

/** What holds for every screen: axe finds nothing and nothing stands out of the page. */
export async function expectGoodScreen(page: Page): Promise<void> {
  await expect(page.locator("[data-waiting]")).toHaveCount(0);
  await expectFits(page);
  await expectAccessible(page);
}

/** The page does not scroll sideways. */
export async function expectFits(page: Page): Promise<void> {
  const beyond = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
  expect(beyond, "pixels that the page is wider than its window").toBeLessThanOrEqual(0);
}
