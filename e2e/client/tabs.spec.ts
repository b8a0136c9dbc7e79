import type { BrowserContext, Page } from "@playwright/test";
import { aBroadcast } from "@/client/testing/a-broadcast";
import type { BannerServer } from "@/client/testing/banner-server";
import { banner, expect, framesOf, test } from "./page-server";

/** Connections that have not been closed. */
const openOf = (server: BannerServer) => server.connections.filter(({ isOpen }) => isOpen);

async function openTabs(context: BrowserContext, server: BannerServer, count: number) {
  const tabs: Page[] = [];
  for (let i = 0; i < count; i++) {
    const page = await context.newPage();
    await page.goto(server.url);
    tabs.push(page);
  }
  return tabs;
}

/** What a browser tells a page that goes to the background; Playwright's pages are all in view. */
async function setVisible(page: Page, visible: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
      Object.defineProperty(document, "hidden", { value: state === "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
    },
    visible ? "visible" : "hidden",
  );
}

test("[CLI4] ten tabs have one connection, show the same and dismiss together", async ({
  context,
  server,
}) => {
  const broadcast = aBroadcast();
  server.live = [broadcast];
  const tabs = await openTabs(context, server, 10);
  for (const tab of tabs) await expect(banner(tab, "Hello")).toBeVisible();
  expect(server.connections).toHaveLength(1);
  server.publish(aBroadcast({ message: "News", priority: "high" }));
  for (const tab of tabs) await expect(banner(tab, "News")).toBeVisible();
  await tabs[7]?.getByRole("button", { name: "Dismiss" }).dispatchEvent("click");
  for (const tab of tabs) await expect(banner(tab, "Hello")).toBeVisible();
  await tabs[3]?.getByRole("button", { name: "Dismiss" }).dispatchEvent("click");
  for (const tab of tabs) await expect(tab.locator(".lh-banner")).toHaveCount(0);
  expect(framesOf(server, "acknowledge_broadcast")).toHaveLength(2);
  expect(server.connections).toHaveLength(1);
});

test("[CLI4] another tab connects when the one that did is closed", async ({ context, server }) => {
  const [first, second] = await openTabs(context, server, 2);
  await expect.poll(() => server.connections.length).toBe(1);
  await first?.close();
  await expect.poll(() => server.connections.length).toBe(2);
  await expect.poll(() => openOf(server).length).toBe(1);
  server.publish(aBroadcast());
  if (second) await expect(banner(second, "Hello")).toBeVisible();
});

test("[CLI4] a tab in view takes over from one that is hidden, and not from one in view", async ({
  context,
  server,
}) => {
  const [first, second] = await openTabs(context, server, 2);
  if (!first || !second) throw new Error("two tabs were opened");
  await expect.poll(() => server.connections.length).toBe(1);
  await setVisible(second, true);
  await setVisible(first, false);
  await setVisible(second, false);
  await setVisible(second, true);
  await expect.poll(() => server.connections.length).toBe(2);
  await expect.poll(() => openOf(server).length).toBe(1);
  server.publish(aBroadcast());
  await expect(banner(second, "Hello")).toBeVisible();
  await expect(banner(first, "Hello")).toBeAttached();
  await setVisible(first, true);
  await second.getByRole("button", { name: "Dismiss" }).click();
  await expect(banner(first, "Hello")).toHaveCount(0);
  await setVisible(second, true);
  server.publish(aBroadcast({ message: "More" }));
  await expect(banner(first, "More")).toBeVisible();
  expect(server.connections).toHaveLength(2);
});

test("[CLI4] of two windows in view the other one takes over when the first is hidden", async ({
  context,
  server,
}) => {
  const [first] = await openTabs(context, server, 2);
  await expect.poll(() => server.connections.length).toBe(1);
  if (first) await setVisible(first, false);
  await expect.poll(() => server.connections.length).toBe(2);
  await expect.poll(() => openOf(server).length).toBe(1);
});

test("[PUB5] of many tabs one announces, and only one in view", async ({ context, server }) => {
  const [first, second, third] = await openTabs(context, server, 3);
  if (!first || !second || !third) throw new Error("three tabs were opened");
  await setVisible(first, false);
  await setVisible(second, false);
  server.publish(aBroadcast());
  for (const tab of [first, second, third]) await expect(banner(tab, "Hello")).toBeAttached();
  await expect(third.locator("html")).toHaveAttribute("data-shown", "Hello;");
  await setVisible(first, true);
  await expect(first.locator("html")).not.toHaveAttribute("data-shown");
});

test("[CLI4] signing out in one tab asks the others who is there", async ({ context, server }) => {
  const [first, second] = await openTabs(context, server, 2);
  if (!first || !second) throw new Error("two tabs were opened");
  const token = `e30.${Buffer.from(JSON.stringify({ sub: "ada" })).toString("base64url")}.x`;
  server.greeting = ({ protocols }) => ({
    user_id: protocols.includes(`loudhailer.token.${token}`) ? "ada" : null,
  });
  for (const tab of [first, second]) {
    await tab.evaluate((value) => {
      localStorage.setItem("token", value);
      window.loudhailer?.push(["identify", () => localStorage.getItem("token")]);
    }, token);
  }
  const named = () => openOf(server).filter(({ protocols }) => protocols.join().includes("token."));
  await expect.poll(() => named().length).toBe(1);
  await expect.poll(() => openOf(server).length).toBe(1);
  await first.evaluate(() => {
    localStorage.removeItem("token");
    window.loudhailer?.push(["signOut"]);
  });
  await expect.poll(() => named().length).toBe(0);
  await expect.poll(() => openOf(server).length).toBe(1);
});

test("[CLI4] a page in the back/forward cache holds no connection, and has one when it is back", async ({
  page,
  server,
}) => {
  server.live = [aBroadcast()];
  await page.goto(server.url);
  await expect(banner(page, "Hello")).toBeVisible();
  await page.evaluate(() =>
    dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })),
  );
  await expect.poll(() => openOf(server).length).toBe(0);
  await expect(banner(page, "Hello")).toBeVisible();
  server.publish(aBroadcast({ message: "Meanwhile", priority: "high" }));
  await page.evaluate(() =>
    dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })),
  );
  await expect(banner(page, "Meanwhile")).toBeVisible();
  expect(openOf(server)).toHaveLength(1);
});

test("[CLI4] offline and back", async ({ page, server }) => {
  await page.goto(server.url);
  await expect.poll(() => openOf(server).length).toBe(1);
  server.acceptsSockets = false;
  server.connections[0]?.terminate();
  server.live = [aBroadcast()];
  await expect.poll(() => openOf(server).length).toBe(0);
  server.acceptsSockets = true;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(banner(page, "Hello")).toBeVisible();
});

test("[CLI4] tabs that cannot share a storage connect on their own", async ({
  context,
  server,
}) => {
  await context.addInitScript(() => {
    Object.defineProperty(window, "localStorage", {
      get() {
        throw new DOMException("blocked", "SecurityError");
      },
    });
  });
  const broadcast = aBroadcast();
  server.live = [broadcast];
  const tabs = await openTabs(context, server, 2);
  for (const tab of tabs) await expect(banner(tab, "Hello")).toBeVisible();
  expect(openOf(server)).toHaveLength(2);
  await tabs[0]?.getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(() => framesOf(server, "acknowledge_broadcast").length).toBe(1);
});

test("[CLI4] without Web Locks each tab connects on its own", async ({ context, server }) => {
  await context.addInitScript(() => {
    Object.defineProperty(navigator, "locks", { value: undefined });
  });
  server.live = [aBroadcast()];
  const tabs = await openTabs(context, server, 2);
  for (const tab of tabs) await expect(banner(tab, "Hello")).toBeVisible();
  expect(openOf(server)).toHaveLength(2);
});

test("[CLI4] what a tab has to say is sent once, however many tabs hear it", async ({
  context,
  server,
}) => {
  server.live = [aBroadcast({ action: { label: "Details", url: "/#details" } })];
  const tabs = await openTabs(context, server, 4);
  for (const tab of tabs) await expect(banner(tab, "Hello")).toBeVisible();
  const last = tabs[3];
  if (!last) throw new Error("four tabs were opened");
  await last.getByRole("link", { name: "Details" }).click();
  await last.getByRole("button", { name: "Dismiss" }).click();
  for (const tab of tabs) await expect(banner(tab, "Hello")).toHaveCount(0);
  await expect.poll(() => framesOf(server, "acknowledge_broadcast")).toHaveLength(1);
  // Later than any echo of the click: a click in the tab that is connected goes the same way.
  server.publish(aBroadcast({ message: "More", action: { label: "Again", url: "/#again" } }));
  await last.getByRole("link", { name: "Again" }).click();
  await expect.poll(() => framesOf(server, "broadcast_clicked")).toHaveLength(2);
  await last.getByRole("button", { name: "Dismiss" }).click();
  await expect.poll(() => framesOf(server, "acknowledge_broadcast")).toHaveLength(2);
  expect(framesOf(server, "broadcast_clicked")).toHaveLength(2);
});

test("[CLI4] a tab whose place in the queue comes just as it takes the lead stays connected", async ({
  page,
  server,
}) => {
  // A browser too busy to grant a free lock before the tab stops waiting for it.
  await page.addInitScript(() => {
    const locks = navigator.locks;
    const request = locks.request.bind(locks) as (...given: unknown[]) => Promise<unknown>;
    let stealing = () => {};
    const stolen = new Promise<void>((resolve) => {
      stealing = resolve;
    });
    const busy = async (name: string, how: LockOptions, hold: () => unknown) => {
      if (!how.steal) {
        await stolen;
        return request(name, how, hold);
      }
      stealing();
      // After the other one, which is asked for in a microtask.
      await new Promise((resolve) => setTimeout(resolve));
      return request(name, how, hold);
    };
    Object.defineProperty(locks, "request", { value: busy });
  });
  await page.goto(server.url);
  await expect.poll(() => openOf(server).length).toBe(1);
  await expect
    .poll(() => page.evaluate(async () => (await navigator.locks.query()).held?.length))
    .toBe(1);
  server.publish(aBroadcast());
  await expect(banner(page, "Hello")).toBeVisible();
});
