import { aBroadcast } from "@/client/testing/a-broadcast";
import { banner, expect, test } from "./page-server";

/** What resets, frameworks and careless pages do to everything in them. */
const HOSTILE = `
  * { all: unset; letter-spacing: 4px; z-index: 0 }
  head { display: none }
  html { font-size: 62.5% }
  body { display: flex; max-width: 300px; margin: 40px; visibility: hidden; font-family: cursive;
         text-transform: uppercase; text-align: center; white-space: nowrap }
  div, button { display: none !important }
`;

test("[CLI3] a page's layout and resets leave the banner its typeface and nothing else", async ({
  page,
  server,
}) => {
  await page.addInitScript((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    document.adoptedStyleSheets = [sheet];
  }, HOSTILE);
  server.live = [aBroadcast({ title: "Maintenance", message: "At 22:00" })];
  await page.goto(server.url);
  const bar = banner(page, "Maintenance");
  await expect(bar).toBeVisible();
  const viewport = page.viewportSize();
  expect(await bar.boundingBox()).toMatchObject({ x: 0, y: 0, width: viewport?.width });
  const style = await bar.evaluate((element) => {
    const { fontSize, fontFamily, textTransform, letterSpacing, whiteSpace } =
      getComputedStyle(element);
    return { fontSize, fontFamily, textTransform, letterSpacing, whiteSpace };
  });
  expect(style).toEqual({
    fontSize: "14px",
    fontFamily: "cursive",
    textTransform: "none",
    letterSpacing: "normal",
    whiteSpace: "normal",
  });
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect(bar).toHaveCount(0);
});

test("says how high the bar is, for headers that stick", async ({ page, server }) => {
  const height = () =>
    page.evaluate(() =>
      getComputedStyle(document.documentElement).getPropertyValue("--loudhailer-top"),
    );
  server.live = [aBroadcast()];
  await page.goto(server.url);
  await expect(banner(page, "Hello")).toBeVisible();
  const box = await banner(page, "Hello").boundingBox();
  await expect.poll(height).toBe(`${Math.round(box?.height ?? 0)}px`);
  await page.getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(height).toBe("0px");
});

test("[CLI4] a reload shifts nothing where only the script tag comes first", async ({
  page,
  server,
}) => {
  server.live = [aBroadcast()];
  await page.goto(`${server.url}/?script=`);
  await expect(banner(page, "Hello")).toBeVisible();
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      const { dataset } = document.documentElement;
      dataset.shifts = String(Number(dataset.shifts ?? 0) + list.getEntries().length);
    }).observe({ type: "layout-shift", buffered: true });
  });
  await page.reload();
  await expect(banner(page, "Hello")).toBeVisible();
  await expect.poll(() => server.connections.length).toBe(2);
  await expect(page.locator("html")).not.toHaveAttribute("data-shifts");
});

test("[CLI3] two installations share a page, and the same tag twice is one", async ({
  page,
  server,
}) => {
  server.live = [aBroadcast()];
  const again = '<script src="/embed.js" async></script>';
  const other =
    '<script src="/embed.js" data-name="other" data-workspace="other" data-look="card" async></script>';
  await page.goto(`${server.url}/?top=${encodeURIComponent(again + other)}`);
  await expect(page.locator('[data-look="bar"] .lh-banner')).toHaveCount(1);
  await expect(page.locator('[data-look="card"] .lh-banner')).toHaveCount(1);
  await expect.poll(() => server.connections.length).toBe(2);
  const workspaces = server.connections.map(({ request }) =>
    new URL(request.url ?? "", server.url).searchParams.get("workspace"),
  );
  expect(workspaces.sort()).toEqual(["default", "other"]);
});

test("[CLI4] without BroadcastChannel a tab connects on its own", async ({ page, server }) => {
  await page.addInitScript(() => {
    Object.defineProperty(window, "BroadcastChannel", { value: undefined });
  });
  server.live = [aBroadcast()];
  await page.goto(server.url);
  await expect(banner(page, "Hello")).toBeVisible();
});

test("data-log says each step, and no token", async ({ page, server }) => {
  const lines: string[] = [];
  page.on("console", (message) => lines.push(message.text()));
  server.live = [aBroadcast()];
  await page.goto(`${server.url}/?script=${encodeURIComponent("data-log async")}`);
  await expect.poll(() => lines.join("\n")).toContain("loudhailer active_broadcast");
  expect(lines.join("\n")).toContain("loudhailer connected");
  expect(lines.join("\n")).not.toContain("session.token");
});
