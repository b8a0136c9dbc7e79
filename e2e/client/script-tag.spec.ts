import type { Page } from "@playwright/test";
import { aBroadcast } from "@/client/testing/a-broadcast";
import { expectAccessible, expectReadable } from "../journey";
import { banner, expect, framesOf, TOKEN, test } from "./page-server";

const LEVELS = ["info", "success", "warning", "alert"] as const;

const region = (page: Page) => page.getByRole("region", { name: "Announcements", exact: true });
const dismiss = (page: Page) => region(page).getByRole("button", { name: "Dismiss" });

test("[CLI3] one script tag shows a banner above the page, under a strict policy", async ({
  page,
  server,
}) => {
  await page.goto(server.url);
  const before = await page.locator("main").boundingBox();
  server.publish(
    aBroadcast({
      title: "Maintenance",
      message: "At 22:00.",
      content: [
        { type: "strong", children: [{ type: "text", value: "At 22:00." }] },
        { type: "text", value: " <b>no</b> " },
        { type: "link", url: "/status", children: [{ type: "text", value: "Status" }] },
        { type: "link", url: "javascript:alert(1)", children: [{ type: "text", value: "Bad" }] },
      ],
      action: { label: "Details", url: "https://example.com/details" },
    }),
  );
  await expect(banner(page, "Maintenance At 22:00. <b>no</b> Status")).toBeVisible();
  await expect(page.getByRole("link", { name: "Status" })).toHaveAttribute("href", "/status");
  await expect(page.getByRole("link", { name: "Bad" })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Details" })).toBeVisible();
  // Pushed down by as much as the banner is high, never covered.
  await expect(async () => {
    const after = await page.locator("main").boundingBox();
    const bar = await banner(page, "Maintenance").boundingBox();
    expect(bar?.y).toBe(0);
    expect(bar?.width).toBe(page.viewportSize()?.width);
    expect((after?.y ?? 0) - (before?.y ?? 0)).toBeCloseTo(bar?.height ?? 0, 0);
  }).toPass();
});

test("[CLI3] calls from before it has loaded are made in order", async ({ page, server }) => {
  server.live = [aBroadcast({ message: "Bonjour" })];
  await page.goto(server.url);
  await expect(page.locator("html")).toHaveAttribute("data-shown", "Bonjour;");
  await expect.poll(() => server.connections.at(-1)?.request.url).toContain("locale=fr");
});

test("[CLI3] a user who is named before it has loaded is no visitor first", async ({
  page,
  server,
}) => {
  server.greeting = () => ({ user_id: "ada" });
  server.live = [aBroadcast()];
  await page.goto(`${server.url}/?queue=/identify.js`);
  await expect(banner(page, "Hello")).toBeVisible();
  await page.reload();
  await expect(banner(page, "Hello")).toBeVisible();
  await expect.poll(() => server.connections.length).toBe(2);
  for (const { protocols } of server.connections) {
    expect(protocols).toContain(`loudhailer.token.${TOKEN}`);
  }
});

test("[ACK1] dismissing takes the banner off and tells the server", async ({ page, server }) => {
  const broadcast = aBroadcast();
  server.live = [broadcast];
  await page.goto(server.url);
  await dismiss(page).click();
  await expect(banner(page, "Hello")).toHaveCount(0);
  await expect(region(page)).toHaveCount(0);
  expect(framesOf(server, "acknowledge_broadcast")).toEqual([
    { type: "acknowledge_broadcast", broadcast_id: broadcast.id, revision: 1 },
  ]);
});

test("[ACK4] what was on screen for a second is seen, what was clicked is clicked", async ({
  page,
  server,
}) => {
  await page.addInitScript(() => {
    Math.random = () => 0;
  });
  server.live = [aBroadcast({ action: { label: "Details", url: "/#details" } })];
  await page.goto(server.url);
  await page.getByRole("link", { name: "Details" }).click();
  await expect.poll(() => framesOf(server, "broadcast_clicked")).toHaveLength(1);
  expect(framesOf(server, "broadcast_seen")).toHaveLength(0);
  await expect.poll(() => framesOf(server, "broadcast_seen")).toHaveLength(1);
});

test("[BC7] one is shown, the others wait behind a button, critical first", async ({
  page,
  server,
}) => {
  server.live = [
    aBroadcast({ message: "one" }),
    aBroadcast({ message: "two" }),
    aBroadcast({ message: "urgent", priority: "critical" }),
  ];
  await page.goto(server.url);
  await expect(banner(page, "urgent")).toBeVisible();
  await expect(page.locator(".lh-banner")).toHaveCount(1);
  await page.getByRole("button", { name: "2 more" }).click();
  await expect(page.locator(".lh-banner")).toHaveCount(3);
  await expect(page.getByRole("button", { name: "Show less" })).toBeFocused();
  await page.getByRole("button", { name: "Show less" }).click();
  await expect(banner(page, "one")).toHaveCount(0);
});

test("[BC7] a workspace may show several at once", async ({ page, server }) => {
  server.greeting = () => ({ stack_size: 2 });
  server.live = [aBroadcast(), aBroadcast(), aBroadcast()];
  await page.goto(server.url);
  await expect(page.locator(".lh-banner")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "1 more" })).toBeVisible();
});

test("[CLI5] focus goes on to the next banner, and rests in the region after the last", async ({
  page,
  server,
}) => {
  server.live = [
    aBroadcast({ message: "first", priority: "high" }),
    aBroadcast({ message: "second" }),
  ];
  await page.goto(server.url);
  await expect(banner(page, "first")).toBeVisible();
  const focused = () =>
    page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.className);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("lh-dismiss");
  await page.keyboard.press("Enter");
  await expect(banner(page, "second")).toBeVisible();
  expect(await focused()).toBe("lh-dismiss");
  await page.keyboard.press("Space");
  await expect(page.locator(".lh-banner")).toHaveCount(0);
  expect(await focused()).toBe("lh-region");
});

test("[CLI5] a banner that comes or changes takes no focus and loses none", async ({
  page,
  server,
}) => {
  const broadcast = aBroadcast({ message: "first" });
  server.live = [broadcast];
  await page.goto(server.url);
  await page.getByRole("button", { name: "Work" }).focus();
  server.publish(aBroadcast({ message: "second", priority: "high" }));
  await expect(banner(page, "second")).toBeVisible();
  await expect(page.getByRole("button", { name: "Work" })).toBeFocused();
  server.clear(server.live[1]?.id ?? "");
  await dismiss(page).focus();
  server.publish({
    ...broadcast,
    seq: 999,
    revision: 2,
    message: "x",
    content: [{ type: "text", value: "fixed" }],
  });
  await expect(banner(page, "fixed")).toBeVisible();
  await expect(dismiss(page)).toBeFocused();
});

test("[CLI5] announcements go through live regions that were there before", async ({
  page,
  server,
}) => {
  await page.goto(server.url);
  const polite = page.getByRole("status").first();
  const urgent = page.getByRole("alert").first();
  await expect(polite).toHaveText("");
  await expect(urgent).toHaveText("");
  server.publish(aBroadcast({ title: "News", message: "All good." }));
  await expect(polite).toHaveText("Information: News All good.");
  server.publish(aBroadcast({ message: "Fire", message_type: "alert" }));
  await expect(urgent).toHaveText("Alert: Fire");
  await expect(polite).toHaveText("");
});

for (const look of ["bar", "card", "inline"] as const) {
  test(`[CLI5] axe finds nothing: ${look}, light and dark`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    server.greeting = () => ({ stack_size: 3 });
    server.live = LEVELS.map((level) =>
      aBroadcast({
        title: "A title",
        message_type: level,
        content: [
          { type: "text", value: "Text with " },
          { type: "code", value: "code" },
          { type: "link", url: "/x", children: [{ type: "text", value: "a link" }] },
        ],
        action: { label: "Details", url: "/details" },
      }),
    );
    await page.goto(`${server.url}/?script=${encodeURIComponent(`data-look=${look}`)}`);
    await page.getByRole("button", { name: "1 more" }).click();
    await expect(page.locator(".lh-banner")).toHaveCount(4);
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: "dark" });
    await expectReadable(page);
  });
}

test("[CLI5] fits in 320 px, both ways of writing, with targets of 44 px on touch", async ({
  browser,
  server,
}) => {
  const context = await browser.newContext({
    viewport: { width: 320, height: 640 },
    hasTouch: true,
    isMobile: true,
  });
  const page = await context.newPage();
  server.greeting = () => ({ stack_size: 3 });
  const long = "A long message that goes on and on ".repeat(6);
  server.live = [
    aBroadcast({ message: long, action: { label: "Details of what it is about", url: "/" } }),
    aBroadcast({ message: "https://example.com/".repeat(9), title: "Long words" }),
    aBroadcast({ message: "رسالة طويلة جدا ".repeat(10), dir: "rtl", locale: "ar" }),
    aBroadcast(),
  ];
  await page.goto(server.url);
  await expect(page.locator(".lh-banner")).toHaveCount(3);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  for (const target of await page.locator(".lh-dismiss, .lh-action, .lh-more").all()) {
    const box = await target.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect(box?.width).toBeGreaterThanOrEqual(44);
  }
  const [rtl, ltr] = [banner(page, "رسالة"), banner(page, "Long words")];
  const xOf = async (of: typeof rtl) => (await of.locator(".lh-dismiss").boundingBox())?.x ?? -1;
  expect(await xOf(rtl)).toBeLessThan(40);
  expect(await xOf(ltr)).toBeGreaterThan(240);
  await context.close();
});

test("[CLI5] nothing moves under reduced motion", async ({ page, server }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.goto(server.url);
  const before = await page.locator("main").boundingBox();
  // Of what moves, how far each has come, from its first frame to its last.
  await page.evaluate(() => {
    document
      .querySelector("loudhailer-banner")
      ?.shadowRoot?.addEventListener("animationstart", (event) => {
        const { elapsedTime } = event as AnimationEvent;
        const [animation] = (event.target as Element).getAnimations();
        const duration = Number(animation?.effect?.getComputedTiming().duration ?? 0);
        document.documentElement.dataset.moved = String(duration - elapsedTime);
      });
  });
  server.publish(aBroadcast());
  await expect(banner(page, "Hello")).toBeVisible();
  await dismiss(page).click();
  await expect(page.locator(".lh-item")).toHaveCount(0);
  await expect(page.locator("html")).toHaveAttribute("data-moved", "0");
  expect(await page.locator("main").boundingBox()).toEqual(before);
});

test("[PUB5] a banner grows in once, and stands there at once after a reload", async ({
  page,
  server,
}) => {
  await page.goto(server.url);
  server.publish(aBroadcast());
  await expect(page.locator(".lh-item")).toHaveAttribute("data-enter", "");
  await page.reload();
  await expect(banner(page, "Hello")).toBeVisible();
  await expect(page.locator(".lh-item")).not.toHaveAttribute("data-enter");
  await expect(page.locator("html")).not.toHaveAttribute("data-shown");
});

test("[CLI4] a reload shifts nothing where the page has the element and loads the script first", async ({
  page,
  server,
}) => {
  server.live = [aBroadcast()];
  const query = new URLSearchParams({
    script: "",
    top: '<loudhailer-banner placement="top inline"></loudhailer-banner>',
  });
  await page.goto(`${server.url}/?${query}`);
  await expect(banner(page, "Hello")).toBeVisible();
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      const { dataset } = document.documentElement;
      dataset.shifts = String(Number(dataset.shifts ?? 0) + list.getEntries().length);
    }).observe({ type: "layout-shift", buffered: true });
  });
  const before = server.connections.length;
  await page.reload();
  await expect(banner(page, "Hello")).toBeVisible();
  await expect.poll(() => server.connections.length).toBeGreaterThan(before);
  await expect(page.locator("html")).not.toHaveAttribute("data-shifts");
});

test("[AUD3] follows client-side navigation", async ({ page, server }) => {
  server.live = [aBroadcast({ message: "docs only", paths: ["/docs*"] })];
  await page.goto(server.url);
  await expect.poll(() => server.connections.length).toBe(1);
  await page.evaluate(() => history.pushState(null, "", "/docs/start"));
  await expect(banner(page, "docs only")).toBeVisible();
  await page.goBack();
  await expect(banner(page, "docs only")).toHaveCount(0);
});

test("places: bottom stands at the bottom, inline where the page wants it, else on top", async ({
  page,
  server,
}) => {
  server.live = [
    aBroadcast({ message: "below", placement: "bottom" }),
    aBroadcast({ message: "within", placement: "inline" }),
  ];
  await page.goto(server.url);
  const height = page.viewportSize()?.height ?? 0;
  await expect(async () => {
    const box = await banner(page, "below").boundingBox();
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeCloseTo(height, 0);
  }).toPass();
  expect((await banner(page, "within").boundingBox())?.y).toBe(0);
  const own =
    '<p>Above</p><loudhailer-banner look="inline" placement="inline"></loudhailer-banner>';
  await page.goto(`${server.url}/?top=${encodeURIComponent(own)}`);
  await expect(banner(page, "within")).toHaveCount(1);
  expect((await banner(page, "within").boundingBox())?.y).toBeGreaterThan(10);
});

test("takes the theme of the page: its switch, or the attribute", async ({ page, server }) => {
  server.live = [aBroadcast()];
  await page.goto(server.url);
  const root = page.locator(".lh-root").first();
  const scheme = () => root.evaluate((element) => getComputedStyle(element).colorScheme);
  await expect(banner(page, "Hello")).toBeVisible();
  expect(await scheme()).toBe("light dark");
  await page.evaluate(() => document.documentElement.classList.add("dark"));
  await expect.poll(scheme).toBe("dark");
  await page.evaluate(() => {
    document.documentElement.dataset.theme = "light";
  });
  await expect.poll(scheme).toBe("light");
  await page.evaluate(() =>
    document.querySelector("loudhailer-banner")?.setAttribute("theme", "dark"),
  );
  await expect.poll(scheme).toBe("dark");
});

test("[ACK5] a page may offer to be reminded later of what can be put away", async ({
  page,
  server,
}) => {
  server.greeting = () => ({ stack_size: 2 });
  const broadcast = aBroadcast({ message: "later" });
  const endsAt = new Date(Date.now() + 3_600_000).toISOString();
  server.live = [broadcast, aBroadcast({ message: "stays", dismissible: false, ends_at: endsAt })];
  await page.goto(`${server.url}/?script=${encodeURIComponent("data-snooze=3600")}`);
  await expect(page.locator(".lh-banner")).toHaveCount(2);
  await page.getByRole("button", { name: "Remind me later" }).click();
  await expect(banner(page, "later")).toHaveCount(0);
  await expect(banner(page, "stays")).toBeVisible();
  await expect
    .poll(() => framesOf(server, "snooze_broadcast"))
    .toEqual([{ type: "snooze_broadcast", broadcast_id: broadcast.id, seconds: 3_600 }]);
});

test("[CLI5] a banner on its way out takes no focus", async ({ page, server }) => {
  server.live = [aBroadcast({ action: { label: "Details", url: "/#details" } })];
  await page.goto(server.url);
  await dismiss(page).focus();
  // Slow enough that the next key comes while it still shrinks.
  await page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(".lh-item { animation-duration: 60s !important }");
    document.querySelector("loudhailer-banner")?.shadowRoot?.adoptedStyleSheets.push(sheet);
  });
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Work" })).toBeFocused();
});

test("[CLI4] with a plain async tag a bar that comes after the first paint moves the page once", async ({
  page,
  server,
}) => {
  await page.addInitScript(() => {
    new PerformanceObserver((list) => {
      const { dataset } = document.documentElement;
      for (const entry of list.getEntries()) {
        const { value } = entry as PerformanceEntry & { value: number };
        dataset.shift = String(Number(dataset.shift ?? 0) + value);
      }
    }).observe({ type: "layout-shift", buffered: true });
  });
  const painted = () =>
    page.evaluate(() => performance.getEntriesByName("first-contentful-paint").length);
  await page.route("**/embed.js", async (route) => {
    await expect.poll(painted).toBe(1);
    await route.continue();
  });
  server.live = [aBroadcast()];
  await page.goto(server.url);
  await expect(banner(page, "Hello")).toBeVisible();
  const { height = 0 } = (await banner(page, "Hello").boundingBox()) ?? {};
  const share = height / (page.viewportSize()?.height ?? 1);
  const shift = async () => Number((await page.locator("html").getAttribute("data-shift")) ?? 0);
  await expect.poll(shift).toBeGreaterThan(0);
  // Grown to its full height.
  await expect
    .poll(async () => (await page.locator(".lh-item").boundingBox())?.height)
    .toBeCloseTo(height, 0);
  expect(await shift()).toBeLessThanOrEqual(share);
});
