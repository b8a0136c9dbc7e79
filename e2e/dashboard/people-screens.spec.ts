import { test } from "./fixtures";
import { onEveryDevice } from "./looks";
import { PEOPLE_SCREENS, seedPeople } from "./people-screens";
import { expectGoodScreen, SCREENS_TIMEOUT_MS } from "./screen";
import { seed } from "./seed";

onEveryDevice((device) => {
  test("[§ 13] axe finds nothing on any screen of people and settings, light and dark, and each fits its window", async ({
    page,
    browser,
    installation,
    contextOptions,
  }) => {
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
        await expectGoodScreen(shown, device);
      });
    }
    await outside.close();
    await leave();
  });
});
