import { expect, type Page, type PlaywrightTestOptions } from "@playwright/test";
import { test } from "./fixtures";

export interface Device {
  name: "desktop" | "phone";
  viewport: { width: number; height: number };
  /** The smallest, or largest, window of its kind that a screen has to fit. */
  extreme: { width: number; height: number };
  use: Partial<PlaywrightTestOptions>;
}

const sized = (width: number, height: number) => ({ width, height });

export const DEVICES: readonly Device[] = [
  {
    name: "desktop",
    viewport: sized(1280, 800),
    extreme: sized(3840, 2160),
    use: { viewport: sized(1280, 800) },
  },
  {
    name: "phone",
    viewport: sized(390, 844),
    extreme: sized(320, 640),
    use: { viewport: sized(390, 844), hasTouch: true, isMobile: true },
  },
];

export const THEMES = ["light", "dark"] as const;

/** The tests of `body` once on each device. */
export function onEveryDevice(body: (device: Device) => void): void {
  for (const device of DEVICES) {
    test.describe(device.name, () => {
      test.use(device.use);
      body(device);
    });
  }
}

/** As a person's system would change it: the page stays as it is, in other colours. */
export async function setTheme(page: Page, theme: (typeof THEMES)[number]): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await expect(page.locator("html")).toHaveClass(new RegExp(`\\b${theme}\\b`));
}
