import type { BrowserContext, Page } from "@playwright/test";
import { mustCall } from "@/tests/support/api";
import { OWNER } from "@/tests/support/owner";
import { expect, test } from "./fixtures";
import { announcements, becomeOwner, dismiss, expectAccessible, publish, signIn } from "./journey";

const MESSAGE = "Maintenance at 22:00, ten minutes";
const NEXT = "Maintenance is over";

test("from nothing: a broadcast is published, seen, dismissed in every tab, and stays so", async ({
  browser,
  replica,
}) => {
  const visitor = await browser.newContext();
  const tab = await openDemo(visitor, replica.url);
  const otherTab = await openDemo(visitor, replica.url);

  const creator = await browser.newContext();
  const dashboard = await creator.newPage();
  await becomeOwner(dashboard, replica.setupUrl ?? "");
  await expectAccessible(dashboard);
  await publish(dashboard, MESSAGE);

  for (const page of [tab, otherTab]) await expect(announcements(page)).toContainText(MESSAGE);
  await expectAccessible(tab);

  await dismiss(tab);
  for (const page of [tab, otherTab]) await expectGone(page, MESSAGE);

  await tab.reload();
  await announceBeside(replica.url, await cookieOf(creator));
  for (const page of [tab, otherTab]) {
    await expect(announcements(page)).toContainText(NEXT);
    await expectGone(page, MESSAGE);
  }
  const stranger = await openDemo(await browser.newContext(), replica.url);
  await expect(announcements(stranger)).toContainText(NEXT);
});

test("two replicas: published on one, shown on the other; dismissed there, gone here", async ({
  browser,
  cluster,
}) => {
  const [here, there] = cluster.replicas.map(({ url }) => url);
  if (!here || !there) throw new Error("There are two replicas.");
  const visitor = await openDemo(await browser.newContext(), there);

  const creator = await browser.newContext();
  const dashboard = await creator.newPage();
  await signIn(dashboard, here, OWNER);
  const ownHere = await openDemo(creator, here);
  const ownThere = await openDemo(creator, there);
  await publish(dashboard, MESSAGE);

  for (const page of [visitor, ownHere, ownThere]) {
    await expect(announcements(page)).toContainText(MESSAGE);
  }

  // The same person on both: cookies do not know ports, storage does.
  await dismiss(ownThere);
  for (const page of [ownThere, ownHere]) await expectGone(page, MESSAGE);
  await expect(announcements(visitor)).toContainText(MESSAGE);

  await dismiss(visitor);
  await expectGone(visitor, MESSAGE);
  await Promise.all([visitor.reload(), ownHere.reload()]);
  await announceBeside(here, cluster.cookie);
  for (const page of [visitor, ownHere, ownThere]) {
    await expect(announcements(page)).toContainText(NEXT);
    await expectGone(page, MESSAGE);
  }
});

async function openDemo(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/demo`);
  await expect(page.getByRole("heading").first()).toBeVisible();
  return page;
}

async function expectGone(page: Page, message: string): Promise<void> {
  await expect(announcements(page).getByText(message)).toHaveCount(0);
}

/** Publishes a second one beside the first: what is shown after it arrived is what stays. */
async function announceBeside(url: string, cookie: string): Promise<void> {
  const body = { message: NEXT, replace: false };
  await mustCall(url, "POST", "/api/creator/broadcast", { cookie, body });
}

async function cookieOf(context: BrowserContext): Promise<string> {
  return (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
}
