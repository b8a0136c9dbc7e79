import { aBroadcast } from "@/client/testing/a-broadcast";
import { expectAccessible } from "../journey";
import { banner, expect, framesOf, test } from "./page-server";

test("[CLI2] hydrates what the server rendered, then shows what is live", async ({
  page,
  server,
}) => {
  const broadcast = aBroadcast({ title: "News", message: "All good." });
  server.live = [broadcast];
  await page.goto(`${server.url}/react`);
  await expect(banner(page, "News All good.").first()).toBeVisible();
  await expect(page.getByTestId("count")).toHaveText("1 banners, live");
  await page
    .getByRole("region", { name: "Announcements", exact: true })
    .getByRole("button", { name: "Dismiss" })
    .click();
  await expect(page.getByTestId("count")).toHaveText("0 banners, live");
  await expect.poll(() => framesOf(server, "acknowledge_broadcast")).toHaveLength(1);
  // StrictMode mounts twice: the first client must not have stayed.
  expect(server.connections.filter(({ isOpen }) => isOpen)).toHaveLength(1);
});

test("[CLI2] the parts serve a page's own markup", async ({ page, server }) => {
  await page.addInitScript(() => {
    Math.random = () => 0;
  });
  const broadcast = aBroadcast({
    title: "Own",
    content: [{ type: "emphasis", children: [{ type: "text", value: "markup" }] }],
    action: { label: "Details", url: "/#details" },
  });
  server.live = [broadcast];
  await page.goto(`${server.url}/react`);
  const own = page.getByRole("list", { name: "Own markup" });
  await expect(own.locator(".mine-title")).toHaveText("Own");
  await expect(own.locator("em")).toHaveText("markup");
  await page.evaluate(() => addEventListener("click", (event) => event.preventDefault()));
  await own.getByRole("link", { name: "Go" }).click();
  await expect.poll(() => framesOf(server, "broadcast_clicked")).toHaveLength(1);
  await expect.poll(() => framesOf(server, "broadcast_seen")).toHaveLength(1);
  await own.getByRole("button", { name: "Got it" }).click();
  await expect(own.getByRole("listitem")).toHaveCount(0);
});

test("[CLI2] a preview is drawn like the banner, and connected to nothing", async ({
  page,
  server,
}) => {
  await page.goto(`${server.url}/react`);
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview).toContainText("A preview");
  await preview.getByRole("button", { name: "Dismiss" }).click();
  await expect(preview.getByRole("status")).toHaveText("1 dismissed");
  const root = preview.locator(".lh-root");
  expect(await root.evaluate((element) => getComputedStyle(element).position)).toBe("static");
  expect(await root.evaluate((element) => getComputedStyle(element).colorScheme)).toBe("dark");
  expect(framesOf(server, "acknowledge_broadcast")).toEqual([]);
});

test("[CLI5] one after the other, by keyboard, with focus that goes on", async ({
  page,
  server,
}) => {
  server.live = [
    aBroadcast({ message: "first", priority: "high" }),
    aBroadcast({ message: "second" }),
  ];
  await page.goto(`${server.url}/react`);
  const region = page.getByRole("region", { name: "Announcements", exact: true });
  await expect(region).toContainText("first");
  await region.getByRole("button", { name: "1 more" }).focus();
  await page.keyboard.press("Enter");
  await expect(region.locator(".lh-banner")).toHaveCount(2);
  await region.getByRole("button", { name: "Show less" }).click();
  await region.getByRole("button", { name: "Dismiss" }).focus();
  await page.keyboard.press("Enter");
  await expect(region).toContainText("second");
  await expect(region.getByRole("button", { name: "Dismiss" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(region).toHaveCount(0);
  await expect(page.locator(".lh-region").first()).toBeFocused();
});

test("[CLI5] announces through live regions, and axe finds nothing", async ({ page, server }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(`${server.url}/react`);
  await expect(page.getByTestId("count")).toHaveText("0 banners, live");
  server.publish(aBroadcast({ title: "Fire", message: "Leave.", message_type: "alert" }));
  await expect(page.getByRole("alert").first()).toHaveText("Alert: Fire. Leave.");
  server.publish(aBroadcast({ message: "Below", placement: "bottom" }));
  await expect(banner(page, "Below").first()).toBeVisible();
  await expectAccessible(page);
});

test("[PUB5] grows in once, and leaves by shrinking", async ({ page, server }) => {
  await page.goto(`${server.url}/react`);
  await expect(page.getByTestId("count")).toHaveText("0 banners, live");
  server.publish(aBroadcast());
  const item = page.locator(".lh-item").first();
  await expect(item).toHaveAttribute("data-enter", "");
  await page
    .getByRole("region", { name: "Announcements", exact: true })
    .getByRole("button", { name: "Dismiss" })
    .click();
  await expect(page.locator(".lh-item")).toHaveCount(0);
  server.live = [aBroadcast({ message: "next" })];
  await page.reload();
  await expect(banner(page, "next").first()).toBeVisible();
  await page.reload();
  await expect(banner(page, "next").first()).toBeVisible();
  await expect(page.locator(".lh-item").first()).not.toHaveAttribute("data-enter");
});

test("[ACK5] offers to remind later where the page wants it", async ({ page, server }) => {
  server.live = [aBroadcast({ placement: "bottom" })];
  await page.goto(`${server.url}/react`);
  const card = page.locator('[data-look="card"]', { hasText: "Hello" });
  await card.getByRole("button", { name: "Remind me later" }).click();
  await expect(banner(page, "Hello")).toHaveCount(0);
  await expect
    .poll(() => framesOf(server, "snooze_broadcast"))
    .toEqual([expect.objectContaining({ seconds: 3_600 })]);
});
