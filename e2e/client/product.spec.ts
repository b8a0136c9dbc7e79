/**
 * The whole product on a page of another origin: the built server, the script tag that it serves,
 * and examples/strict-csp around it.
 */
import type { BrowserContext, Page } from "@playwright/test";
import { announcements, dismiss, expectAccessible } from "../journey";
import { banner } from "./page-server";
import { expect, type Product, startProxy, test } from "./product";

// One server for all of them, one after the other.
test.describe.configure({ mode: "default", timeout: 240_000 });

const HOUR_MS = 3_600_000;
/** For what waits until a client has come back by itself: up to 30 s apart ([DEG8]). */
const RECONNECTED = { timeout: 80_000 };

test.beforeEach(({ product }) => product.clear());

async function open(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await expectState(page, "live");
  return page;
}

async function expectState(page: Page, state: string): Promise<void> {
  const stateOf = () =>
    page.evaluate(() => {
      const { loudhailer } = window;
      return loudhailer && "getSnapshot" in loudhailer && loudhailer.getSnapshot().connection;
    });
  await expect.poll(stateOf, RECONNECTED).toBe(state);
}

/** From now on the page's user is this one; null = nobody. */
async function identify(page: Page, token: string | null): Promise<void> {
  await page.evaluate((value) => {
    window.loudhailer?.push(["identify", () => value]);
  }, token);
}

async function expectGone(page: Page, text: string): Promise<void> {
  await expect(banner(page, text)).toHaveCount(0);
}

/** What is shown after the news came is what stays. */
async function expectOnlyNews(product: Product, pages: Page[], gone: string): Promise<void> {
  await product.publish("And some news");
  for (const page of pages) {
    await expect(banner(page, "And some news")).toBeVisible(RECONNECTED);
    await expectGone(page, gone);
  }
}

test("[CLI3] under a strict policy on another origin: shown, dismissed, and so after a reload", async ({
  page,
  product,
}) => {
  const response = await page.goto(product.page);
  expect(new URL(product.page).hostname).not.toBe(new URL(product.url).hostname);
  expect(response?.headers()["content-security-policy"]).toContain("default-src 'none'");
  const id = await product.publish("**Maintenance** at 22:00", {
    action: { label: "Details", url: "https://example.com/" },
  });
  await expect(banner(page, "Maintenance at 22:00")).toBeVisible();
  await expect(page.locator("html")).toHaveAttribute("data-shown", "**Maintenance** at 22:00");
  await expectAccessible(page);
  await dismiss(page);
  await expectGone(page, "Maintenance");
  await expect.poll(() => product.dismissals(id)).toBe(1);
  await page.reload();
  await expectOnlyNews(product, [page], "Maintenance");
});

test("[CLI4] ten tabs: one connection, and dismissed in all", async ({ context, product }) => {
  await expect.poll(() => product.connections()).toBe(0);
  let sockets = 0;
  context.on("page", (page) => page.on("websocket", () => sockets++));
  const tabs: Page[] = [];
  for (let i = 0; i < 10; i++) tabs.push(await open(context, product.page));
  await product.publish("In every tab");
  for (const tab of tabs) await expect(banner(tab, "In every tab")).toBeVisible();
  expect(await product.connections()).toBe(1);
  expect(sockets).toBe(1);
  const [first] = tabs;
  if (first) await dismiss(first);
  for (const tab of tabs) await expectGone(tab, "In every tab");
  await expectOnlyNews(product, tabs, "In every tab");
});

test("[CLI4] offline: banners stay, what is dismissed is kept, and sent when it is back", async ({
  context,
  product,
}) => {
  const first = await product.publish("Before the tunnel");
  await product.publish("Stays");
  const page = await open(context, product.page);
  await expect(banner(page, "Stays")).toBeVisible();
  await context.setOffline(true);
  await expectState(page, "offline");
  await dismiss(page);
  await expect(banner(page, "Before the tunnel")).toBeVisible();
  await dismiss(page);
  await expect(announcements(page)).toHaveCount(0);
  expect(await product.dismissals(first)).toBe(0);
  await product.publish("Meanwhile");
  await context.setOffline(false);
  await expect(banner(page, "Meanwhile")).toBeVisible(RECONNECTED);
  await expect.poll(() => product.dismissals(first)).toBe(1);
  await expectGone(page, "Before the tunnel");
});

test("[CLI6] a broadcast that ends while the page is offline is not shown any more", async ({
  context,
  product,
}) => {
  await context.clock.install();
  await product.publish("Until one", { endsAt: new Date(Date.now() + HOUR_MS).toISOString() });
  await product.publish("Without an end", { priority: "low" });
  const page = await open(context, product.page);
  await expect(banner(page, "Until one")).toBeVisible();
  await context.setOffline(true);
  await page.clock.fastForward(HOUR_MS - 60_000);
  await expect(banner(page, "Until one")).toBeVisible();
  await page.clock.fastForward(61_000);
  await expect(banner(page, "Without an end")).toBeVisible();
  await expectGone(page, "Until one");
});

test("[CLI6] a machine that slept shows nothing that ended meanwhile", async ({
  context,
  product,
}) => {
  await context.clock.install();
  await product.publish("Until one", { endsAt: new Date(Date.now() + HOUR_MS).toISOString() });
  const page = await open(context, product.page);
  await expect(banner(page, "Until one")).toBeVisible();
  await context.setOffline(true);
  // Asleep, timers stand still while time goes on; awake, they run on from where they were.
  await page.clock.pauseAt(Date.now() + 1_000);
  await page.clock.setSystemTime(Date.now() + 2 * HOUR_MS);
  await expect(banner(page, "Until one")).toBeVisible();
  await page.clock.runFor(31_000);
  await expectGone(page, "Until one");
});

test("[DEG7] the server restarts: the banner stays, and news arrives", async ({
  context,
  product,
}) => {
  await product.publish("Before the restart");
  const page = await open(context, product.page);
  await expect(banner(page, "Before the restart")).toBeVisible();
  await product.stop();
  await expect(banner(page, "Before the restart")).toBeVisible();
  await product.start();
  await product.publish("After the restart", { priority: "high" });
  await expect(banner(page, "After the restart")).toBeVisible(RECONNECTED);
  await dismiss(page);
  await expect(banner(page, "Before the restart")).toBeVisible();
  await dismiss(page);
  await expectOnlyNews(product, [page], "Before the restart");
});

test("[CLI4] where no WebSocket gets through: polls, shows, updates, dismisses", async ({
  page,
  product,
}) => {
  const proxy = await startProxy(product.url);
  const host = await product.behind(proxy);
  await page.clock.install();
  const first = await product.publish("By a poll");
  await page.goto(host.url);
  /** Longer than any wait between two polls. */
  const nextPoll = async () => {
    const before = proxy.polls.length;
    await page.clock.fastForward(40_000);
    await expect.poll(() => proxy.polls.length).toBeGreaterThan(before);
  };
  await expect(page.locator("loudhailer-banner").first()).toBeAttached();
  await nextPoll();
  await expect(banner(page, "By a poll")).toBeVisible();
  await expectState(page, "polling");
  // The second one is the first that has a session; what it brings is then known.
  await nextPoll();
  await nextPoll();
  expect(proxy.polls).toEqual([200, 200, 304]);
  await product.publish("By a later poll", { priority: "high" });
  await nextPoll();
  await expect(banner(page, "By a later poll")).toBeVisible();
  expect(proxy.polls.at(-1)).toBe(200);
  await dismiss(page);
  await expect(banner(page, "By a poll")).toBeVisible();
  await dismiss(page);
  await expect.poll(() => product.dismissals(first)).toBe(1);
  await nextPoll();
  await expect(announcements(page)).toHaveCount(0);
  host.close();
  proxy.close();
});

test("[CLI4] a storage that throws: shown and dismissed all the same", async ({
  context,
  product,
}) => {
  await context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", {
      get() {
        throw new DOMException("blocked", "SecurityError");
      },
    });
  });
  const id = await product.publish("Without a storage");
  const page = await open(context, product.page);
  await expect(banner(page, "Without a storage")).toBeVisible();
  await dismiss(page);
  await expect.poll(() => product.dismissals(id)).toBe(1);
  await expectOnlyNews(product, [page], "Without a storage");
});

test("[CLI4] back from the back/forward cache: what changed meanwhile is there", async ({
  launchOptions,
  playwright,
  product,
}) => {
  // Playwright switches this cache off.
  const ignoreDefaultArgs = ["--disable-back-forward-cache"];
  const browser = await playwright.chromium.launch({ ...launchOptions, ignoreDefaultArgs });
  const context = await browser.newContext();
  await context.addInitScript(() => {
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted) document.documentElement.dataset.persisted = "";
    });
  });
  await product.publish("Before leaving");
  const page = await open(context, product.page);
  await expect(banner(page, "Before leaving")).toBeVisible();
  await page.goto("about:blank");
  await expect.poll(() => product.connections()).toBe(0);
  await product.publish("While away", { priority: "high" });
  // Playwright's own way back waits for a load that never comes.
  await page.evaluate(() => history.back()).catch(() => {});
  await expect(page.locator("html")).toHaveAttribute("data-persisted", "");
  await expect(banner(page, "While away")).toBeVisible();
  await expect.poll(() => product.connections()).toBe(1);
  await browser.close();
});

test("[CLI4] another user: nothing of the first is shown or sent, and it waits for their return", async ({
  browser,
  context,
  product,
}) => {
  const [ada, bob] = await Promise.all([
    product.tokenFor("ada", ["editor"]),
    product.tokenFor("bob"),
  ]);
  const targeted = await product.publish("For editors", { audience: { roles: ["editor"] } });
  const common = await product.publish("For everyone", { priority: "high" });
  const page = await context.newPage();
  await page.goto(product.page);
  await identify(page, ada);
  await expect(banner(page, "For everyone")).toBeVisible();
  await context.setOffline(true);
  await expectState(page, "offline");
  await dismiss(page);
  await expect(banner(page, "For editors")).toBeVisible();
  await identify(page, bob);
  await expect(announcements(page)).toHaveCount(0);
  await context.setOffline(false);
  await expect(banner(page, "For everyone")).toBeVisible(RECONNECTED);
  await expectGone(page, "For editors");
  await dismiss(page);
  await expect.poll(() => product.dismissals(common)).toBe(1);

  await identify(page, ada);
  await expect(banner(page, "For editors")).toBeVisible(RECONNECTED);
  await expect.poll(() => product.dismissals(common)).toBe(2);
  await expectGone(page, "For everyone");
  expect(await product.dismissals(targeted)).toBe(0);
  const elsewhere = await browser.newContext();
  const other = await elsewhere.newPage();
  await other.goto(product.page);
  await identify(other, ada);
  await expect(banner(other, "For editors")).toBeVisible();
  await expectGone(other, "For everyone");
  await elsewhere.close();
});

test("[ACK5] snoozed: hidden in every tab and after a reload, and back in time", async ({
  context,
  product,
}) => {
  await context.clock.install();
  const id = await product.publish("Remind me");
  const page = await open(context, product.page);
  const other = await open(context, product.page);
  await expect(banner(other, "Remind me")).toBeVisible();
  await page.evaluate((broadcast) => {
    window.loudhailer?.push(["snooze", broadcast, 3_600]);
  }, id);
  for (const tab of [page, other]) await expectGone(tab, "Remind me");
  await other.reload();
  await expectState(other, "live");
  await expectOnlyNews(product, [page, other], "Remind me");
  await dismiss(page);
  // A connection that has been silent for an hour is opened anew, and would bring the real time.
  await context.setOffline(true);
  await page.clock.fastForward(HOUR_MS - 60_000);
  await expect(announcements(page)).toHaveCount(0);
  await page.clock.fastForward(61_000);
  await expect(banner(page, "Remind me")).toBeVisible();
});

test("[CLI5] right to left, 320 px wide, without motion: all of it fits, and axe finds nothing", async ({
  browser,
  product,
}) => {
  const context = await browser.newContext({
    viewport: { width: 320, height: 640 },
    reducedMotion: "reduce",
  });
  const page = await open(context, product.page);
  await page.evaluate(() => window.loudhailer?.push(["setLocale", "ar"]));
  await expectState(page, "live");
  await product.publish("Maintenance tonight at ten, for about ten minutes", {
    title: "Maintenance",
    action: { label: "Details", url: "https://example.com/" },
    translations: {
      ar: {
        title: "صيانة",
        message: "صيانة مجدولة الليلة في العاشرة، وتستغرق نحو عشر دقائق ".repeat(3).trim(),
        actionLabel: "التفاصيل",
      },
    },
  });
  await expect(banner(page, "صيانة مجدولة")).toBeVisible();
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("loudhailer-banner")].flatMap(
      ({ shadowRoot }) => shadowRoot?.getAnimations() ?? [],
    ),
  );
  expect(moving).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
  const button = await announcements(page).getByRole("button", { name: "Dismiss" }).boundingBox();
  expect(button?.x).toBeLessThan(40);
  await expectAccessible(page);
  await dismiss(page);
  await expect(page.locator(".lh-item")).toHaveCount(0);
  await context.close();
});

test("[CLI5] the keyboard comes to the banner before the page, and goes on from where it was", async ({
  context,
  product,
}) => {
  await product.publish("By keyboard", {
    action: { label: "Details", url: "https://example.com/" },
  });
  const page = await open(context, product.page);
  await expect(banner(page, "By keyboard")).toBeVisible();
  const order: string[] = [];
  for (let i = 0; i < 3; i++) {
    await page.keyboard.press("Tab");
    order.push(
      await page.evaluate(() => {
        const focused = document.activeElement?.shadowRoot?.activeElement ?? document.activeElement;
        return focused?.getAttribute("aria-label") ?? focused?.textContent ?? "";
      }),
    );
  }
  expect(order).toEqual(["Details", "Dismiss", "Pricing"]);
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await expectGone(page, "By keyboard");
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Pricing" })).toBeFocused();
});
