import { AUTHORING_SCREENS } from "./authoring-screens";
import { test } from "./fixtures";
import { onEveryDevice } from "./looks";
import { expectGoodScreen, SCREENS_TIMEOUT_MS } from "./screen";
import { seed } from "./seed";

onEveryDevice((device) => {
  test("[§ 13] axe finds nothing on any authoring screen, light and dark, and each fits its window", async ({
    page,
    installation,
  }) => {
    test.setTimeout(SCREENS_TIMEOUT_MS);
    const data = await seed(installation);
    for (const { name, visit } of AUTHORING_SCREENS) {
      await test.step(name, async () => {
        await visit(page, data);
        await expectGoodScreen(page, device);
      });
    }
    await data.leave();
  });
});
