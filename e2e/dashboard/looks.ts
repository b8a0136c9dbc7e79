import type { PlaywrightTestOptions } from "@playwright/test";
import { test } from "./fixtures";

export interface Look {
  name: string;
  theme: "light" | "dark";
  device: "desktop" | "phone";
  viewport: { width: number; height: number };
  use: Partial<PlaywrightTestOptions>;
}

const DEVICES = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
} as const;

/** Desktop and phone, light and dark. */
export const LOOKS: readonly Look[] = (["desktop", "phone"] as const).flatMap((device) =>
  (["light", "dark"] as const).map((theme) => ({
    name: `${device}, ${theme}`,
    theme,
    device,
    viewport: DEVICES[device].viewport,
    use: { ...DEVICES[device], colorScheme: theme },
  })),
);

/** The tests of `body` once in each look; a worker's server is shared by all four. */
export function inEveryLook(body: (look: Look) => void): void {
  for (const look of LOOKS) {
    test.describe(look.name, () => {
      test.use(look.use);
      body(look);
    });
  }
}
