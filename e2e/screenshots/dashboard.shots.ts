import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AUTHORING_SCREENS } from "../dashboard/authoring-screens";
import { test } from "../dashboard/fixtures";
import { inEveryLook } from "../dashboard/looks";
import { seed } from "../dashboard/seed";

const FOLDER = "docs/screenshots";

inEveryLook((look) => {
  test("pictures of every screen", async ({ page, installation }) => {
    mkdirSync(FOLDER, { recursive: true });
    const data = await seed(installation, { visitors: 9 });
    for (const { name, visit } of AUTHORING_SCREENS) {
      await visit(page, data);
      const file = `${name.replaceAll(/[^a-z0-9]+/g, "-")}-${look.device}-${look.theme}.png`;
      await page.screenshot({ path: join(FOLDER, file), fullPage: true, animations: "disabled" });
    }
    await data.leave();
  });
});
