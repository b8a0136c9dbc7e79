import { expect, type Page } from "@playwright/test";
import { expectAccessible, expectReadable } from "../journey";
import { type Device, setTheme } from "./looks";

/** Of a test that visits them all. Long for a minute of work: a busy machine takes three. */
export const SCREENS_TIMEOUT_MS = 360_000;

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

/**
 * What holds for every screen: in light and in dark axe finds nothing, and in windows of the
 * device, up to its extreme, nothing stands out of the page. The screen is loaded once for it.
 */
export async function expectGoodScreen(page: Page, device: Device): Promise<void> {
  await expect(page.locator("[data-waiting]")).toHaveCount(0);
  await setTheme(page, "light");
  await expectAccessible(page);
  await setTheme(page, "dark");
  await expectReadable(page);
  await expectFits(page);
  await page.setViewportSize(device.extreme);
  await expectFits(page);
  await page.setViewportSize(device.viewport);
}

/**
 * The page does not scroll sideways. A chart is drawn again after its window has changed, so this
 * waits for it. What stands out is named.
 */
export async function expectFits(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate(standingOut), {
      message: "what makes the page wider than its window",
    })
    .toEqual([]);
}

/** Runs in the page. Empty where it does not scroll sideways. */
function standingOut(): string[] {
  const { clientWidth, scrollWidth } = document.documentElement;
  if (scrollWidth <= clientWidth) return [];
  const found = [`the page: ${scrollWidth} px of ${clientWidth} px`];
  const look = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll("*:not(svg *)")) {
      const { left, right } = element.getBoundingClientRect();
      if (right > clientWidth)
        found.push(`${left} to ${right}: ${(element.cloneNode() as Element).outerHTML}`);
      if (element.shadowRoot) look(element.shadowRoot);
    }
  };
  look(document);
  return found;
}
