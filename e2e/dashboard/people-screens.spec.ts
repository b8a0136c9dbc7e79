import { expect, test } from "./fixtures";
import { inEveryLook } from "./looks";
import { PEOPLE_SCREENS, seedPeople } from "./people-screens";
import { expectFits, expectGoodScreen, open } from "./screen";
import { seed } from "./seed";

/** Long for a minute of work: a busy machine takes three. */
const SCREENS_TIMEOUT_MS = 360_000;

inEveryLook(() => {
  test("[§ 13] axe finds nothing on any screen of people and settings, and each fits its window", async ({
    page,
    browser,
    installation,
    contextOptions,
  }) => {
    // Fourteen screens, each loaded, measured and gone over by axe.
    test.setTimeout(SCREENS_TIMEOUT_MS);
    const { leave } = await seed(installation);
    const data = await seedPeople(installation);
    const nobody = { cookies: [], origins: [] };
    const baseURL = installation.url;
    const outside = await browser.newContext({ ...contextOptions, baseURL, storageState: nobody });
    const stranger = await outside.newPage();
    for (const { name, signedOut, visit } of PEOPLE_SCREENS) {
      await test.step(name, async () => {
        const shown = signedOut ? stranger : page;
        await visit(shown, data);
        await expectGoodScreen(shown);
      });
    }
    await outside.close();
    await leave();
  });
});

test("[§ 13] every screen fits from 320 px to 4K", async ({ page, installation }) => {
  test.setTimeout(SCREENS_TIMEOUT_MS);
  const { liveId, leave } = await seed(installation);
  const { sessionId } = await seedPeople(installation);
  const screens = [
    ["/", "Overview"],
    ["/broadcasts", "Broadcasts"],
    ["/broadcasts/new", "New broadcast"],
    [`/broadcasts/${liveId}`, "Maintenance at 22:00"],
    ["/sessions?state=all", "Sessions"],
    [`/sessions/${sessionId}`, /./],
    ["/sessions/why", /^Why/],
    ["/team", "Team"],
    ["/api-keys", "API keys"],
    ["/audit", "Audit"],
    ["/settings", "Settings"],
  ] as const;
  for (const [path, heading] of screens) {
    await test.step(path, async () => {
      await open(page, path, heading);
      await expect(page.locator("[data-waiting]")).toHaveCount(0);
      for (const [width, height] of [
        [320, 640],
        [3840, 2160],
      ] as const) {
        await page.setViewportSize({ width, height });
        await expectFits(page);
      }
    });
  }
  await leave();
});
