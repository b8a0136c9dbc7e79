import { AUTHORING_SCREENS } from "./authoring-screens";
import { test } from "./fixtures";
import { inEveryLook } from "./looks";
import { expectGoodScreen } from "./screen";
import { seed } from "./seed";

inEveryLook(() => {
  test("[§ 13] axe finds nothing on any authoring screen, and each fits its window", async ({
    page,
    installation,
  }) => {
    // Ten screens, each loaded, measured and gone over by axe.
    test.slow();
    const data = await seed(installation);
    for (const { name, visit } of AUTHORING_SCREENS) {
      await test.step(name, async () => {
        await visit(page, data);
        await expectGoodScreen(page);
      });
    }
    await data.leave();
  });
});
