import type { Page } from "@playwright/test";
import { announcements } from "../journey";
import { expect, stateOf, test } from "./fixtures";
import { expectAwake, open } from "./screen";
import { draft, publish, seed } from "./seed";

const KEY_DOWN_MS = 100;

const dialog = (page: Page) => page.getByRole("dialog");
const toast = (page: Page, text: string | RegExp) =>
  page.getByRole("listitem").filter({ hasText: text });

test("[§ 13] a broadcast is written and published by keyboard alone", async ({ page }) => {
  await open(page, "/", "Overview");
  await page.keyboard.press("n");
  await expect(page.getByRole("heading", { name: "New broadcast" })).toBeVisible();
  await tabTo(page, "Info");
  // Held as a person holds it: Radix chooses what gets the focus while an arrow is down.
  await page.keyboard.press("ArrowRight", { delay: KEY_DOWN_MS });
  await expect(page.getByRole("radio", { name: "Success" })).toBeChecked();
  await page.keyboard.press("ArrowRight", { delay: KEY_DOWN_MS });
  await expect(page.getByRole("radio", { name: "Warning" })).toBeChecked();
  await page.keyboard.press("Tab");
  await page.keyboard.type("Written without a mouse");
  await page.keyboard.press("Tab");
  await page.keyboard.type("The keyboard is **enough**.");
  await page.keyboard.press("Control+Enter");
  await expect(dialog(page)).toContainText(/Publish to 1 person\?/);
  await expect(dialog(page)).toContainText("Seen by 1 connected person now");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Written without a mouse" })).toBeVisible();
  await expect(announcements(page)).toContainText("The keyboard is enough.");
});

test("[§ 13] the command menu opens screens, finds broadcasts and is left by Escape", async ({
  page,
  installation,
}) => {
  await draft(installation, { title: "Quarterly numbers", message: "They are out." });
  await open(page, "/", "Overview");
  await page.keyboard.press("Control+k");
  await page.keyboard.type("sess");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.keyboard.type("quarterly");
  await expect(page.getByRole("option", { name: /Quarterly numbers/ })).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Title")).toHaveValue("Quarterly numbers");
  await page.keyboard.press("Control+k");
  await expect(dialog(page)).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog(page)).toBeHidden();
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await expect(page.getByRole("heading", { name: "Broadcasts", level: 1 })).toBeVisible();
});

test("[BC9] what a creator clears is gone at once for every creator, and undone by the toast", async ({
  page,
  browser,
  installation,
}) => {
  const colleague = await (
    await browser.newContext({ storageState: stateOf(installation) })
  ).newPage();
  await open(colleague, `${installation.url}/`, "Overview");
  await open(page, "/", "Overview");
  await expect(page.getByText("Nothing is live")).toBeVisible();

  await publish(installation, { title: "From a colleague", message: "Hello from the other desk." });
  const row = (at: Page) => at.getByRole("region", { name: "Live" }).getByText("From a colleague");
  for (const at of [page, colleague]) await expect(row(at)).toBeVisible();

  await page.getByRole("button", { name: "Clear", exact: true }).click();
  for (const at of [page, colleague]) await expect(row(at)).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(toast(page, "Live again")).toBeVisible();
  for (const at of [page, colleague]) await expect(row(at)).toBeVisible();
});

test("[§ 13] a clear that the server refuses is shown at once and taken back, saying why", async ({
  page,
  installation,
}) => {
  await publish(installation, { title: "Stays up", message: "Until it is really cleared." });
  await publish(installation, { title: "Stays too", message: "For as long." });
  await open(page, "/", "Overview");
  const live = page.getByRole("region", { name: "Live" });
  const one = live.getByText("Stays up");
  const other = live.getByText("Stays too");

  const refuseOne = await holdClears(page);
  const its = live.getByRole("listitem").filter({ hasText: "Stays up" });
  await its.getByRole("button", { name: "Clear" }).click();
  await expect(one).toHaveCount(0);
  await expect(other).toBeVisible();
  await refuseOne();
  await expect(one).toBeVisible();
  await expect(toast(page, "Not cleared")).toContainText(
    "The database is away. Try again shortly.",
  );

  const refuseAll = await holdClears(page);
  await live.getByRole("button", { name: "Clear all" }).click();
  await dialog(page).getByRole("button", { name: "Clear all" }).click();
  await expect(page.getByText("Nothing is live")).toBeVisible();
  await refuseAll();
  for (const row of [one, other]) await expect(row).toBeVisible();
});

/** Lets the next clear wait; returns what has the server refuse it. */
async function holdClears(page: Page): Promise<() => Promise<void>> {
  let refuse = () => {};
  const held = new Promise<void>((resolve) => {
    refuse = resolve;
  });
  await page.route("**/clear?*", async (route) => {
    await held;
    await route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({ detail: "The database is away. Try again shortly." }),
    });
  });
  return async () => {
    const refused = page.waitForResponse(/\/clear\?/);
    refuse();
    await refused;
    await page.unroute("**/clear?*");
  };
}

test("[§ 13] drafts of colleagues appear without a reload", async ({ page, installation }) => {
  await open(page, "/broadcasts?tab=draft", "Broadcasts");
  const title = `Draft of ${Date.now()}`;
  await draft(installation, { title, message: "Not out yet." });
  await expect(page.getByRole("link", { name: title })).toBeVisible();
});

test("[ACK4] figures of a live broadcast move over the socket, none is asked for", async ({
  page,
  installation,
}) => {
  const asked: string[] = [];
  page.on("request", (request) => {
    if (/\/stats|\/receipts/.test(request.url())) asked.push(request.url());
  });
  const data = await seed(installation, { visitors: 3 });
  await open(page, `/broadcasts/${data.liveId}`, "Maintenance at 22:00");
  const funnel = page.getByRole("region", { name: "Receipts" });
  await expect(figure(funnel, "Clicked")).toHaveText(/^2/);
  await expect(figure(funnel, "Dismissed")).toHaveText(/^1/);
  await data.another();
  await expect(figure(funnel, "Clicked")).toHaveText(/^3/);
  expect(asked).toEqual([]);
  await data.leave();
});

test("[AUD4] the funnel of a live broadcast begins with those connected now whom it is for", async ({
  page,
  installation,
}) => {
  const data = await seed(installation, { visitors: 2 });
  const audience = { signedIn: "anonymous" };
  const id = await publish(installation, { title: "For visitors", message: "Sign up.", audience });
  await open(page, `/broadcasts/${id}`, "For visitors");
  const funnel = page.getByRole("region", { name: "Receipts" });
  await expect(figure(funnel, "Eligible now")).toHaveText("2");
  await data.another();
  await expect(figure(funnel, "Eligible now")).toHaveText("3");
  await data.leave();
  await expect(figure(funnel, "Eligible now")).toHaveText("0");
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(page.getByText("Cleared", { exact: true })).toBeVisible();
  await expect(funnel.getByText("Eligible now")).toHaveCount(0);
});

test("[§ 13] toasts stand above the composer's bar, on a phone too", async ({ page }) => {
  await open(page, "/broadcasts/new", "New broadcast");
  await page.route("**/api/v1/broadcasts/test?*", (route) => route.abort());
  await page.getByLabel("Message").fill("Nobody sees this");
  const bar = page.locator("[data-action-bar]");
  for (const viewport of [
    { width: 1280, height: 720 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(viewport);
    await bar.getByRole("button", { name: "Test to me" }).click();
    // The newest is in front.
    const shown = page.locator("[data-sonner-toast][data-front=true]");
    await expect(shown).toContainText("Not shown");
    await expect
      .poll(async () => {
        const [above, below] = await Promise.all([shown.boundingBox(), bar.boundingBox()]);
        return above && below ? below.y - (above.y + above.height) : null;
      })
      .toBeGreaterThanOrEqual(8);
  }
});

test("[§ 13] while a screen's data is on its way, its shape is there", async ({
  page,
  installation,
}) => {
  const id = await publish(installation, { title: "Slow to come", message: "But it comes." });
  await open(page, "/", "Overview");
  let come = () => {};
  const held = new Promise<void>((resolve) => {
    come = resolve;
  });
  await page.route("**/*", async (route) => {
    const headers = route.request().headers();
    const isData = headers.rsc !== undefined && headers["next-router-prefetch"] === undefined;
    if (isData) await held;
    await route.continue();
  });
  const main = page.getByRole("navigation", { name: "Main" }).first();
  const live = page.getByRole("region", { name: "Live" });
  const shapes = [
    [live.getByRole("link", { name: "Slow to come" }), "Broadcast", "Time line"],
    [main.getByRole("link", { name: "Settings" }), "Settings", "Put it on your pages"],
  ] as const;
  for (const [link, heading, card] of shapes) {
    const ahead = page.waitForResponse(
      (response) => response.request().headers()["next-router-prefetch"] !== undefined,
    );
    await link.hover();
    await ahead;
    await link.click();
    await expect(page.getByRole("heading", { name: heading, level: 1, exact: true })).toBeVisible();
    await expect(page.getByRole("region", { name: card })).toBeVisible();
    await expect(page.locator("main [data-waiting]").first()).toBeAttached();
  }
  come();
  await expect(page.getByLabel("Allowed origins")).toBeVisible();
  await open(page, `/broadcasts/${id}`, "Slow to come");
});

test("[§ 13] a draft saves itself, survives a reload, and leaving asks only where saving fails", async ({
  page,
}) => {
  await open(page, "/broadcasts/new", "New broadcast");
  await page.getByLabel("Message").fill("Kept without asking");
  await expect(page.getByText(/^Saved/)).toBeVisible();
  await expect(page).toHaveURL(/\/broadcasts\/[0-9a-f-]+\/edit$/);
  await page.reload();
  await expect(page.getByLabel("Message")).toHaveValue("Kept without asking");
  await expectAwake(page);

  await page.route("**/api/v1/broadcasts/**", (route) => route.abort());
  await page.getByLabel("Message").fill("Cannot be saved now");
  await page.getByRole("link", { name: "Sessions" }).click();
  await expect(dialog(page)).toContainText("Leave without saving?");
  await page.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("Message")).toHaveValue("Cannot be saved now");
  await expect(page.getByText(/could not be reached/).first()).toBeVisible();
  await page.unroute("**/api/v1/broadcasts/**");
  await page.getByRole("link", { name: "Sessions" }).click();
  await expect(page.getByRole("heading", { name: "Sessions", level: 1 })).toBeVisible();
});

test("[§ 13] Back asks too where something is unsaved, and goes back once told to leave", async ({
  page,
}) => {
  await open(page, "/broadcasts", "Broadcasts");
  await page.getByRole("link", { name: "New broadcast" }).first().click();
  await page.route("**/api/v1/broadcasts?*", (route) => route.abort());
  await page.getByLabel("Message").fill("Not saved anywhere");
  await expect(page.getByText(/could not be reached/).first()).toBeVisible();
  await page.evaluate(() => history.back());
  await expect(dialog(page)).toContainText("Leave without saving?");
  await page.getByRole("button", { name: "Stay" }).click();
  await expect(page.getByLabel("Message")).toHaveValue("Not saved anywhere");
  await page.evaluate(() => history.back());
  await page.getByRole("button", { name: "Leave" }).click();
  await expect(page.getByRole("heading", { name: "Broadcasts", level: 1 })).toBeVisible();
});

test("[BC1] the counter warns at 120, refuses beyond 280, and errors say what to do", async ({
  page,
}) => {
  await open(page, "/broadcasts/new", "New broadcast");
  const message = page.getByLabel("Message");
  const counter = (text: string) => page.locator("[data-state]").filter({ hasText: text }).last();
  await message.fill("x".repeat(120));
  await expect(counter("120/280")).toHaveAttribute("data-state", "fine");
  await message.fill("x".repeat(121));
  await expect(counter("121/280")).toHaveAttribute("data-state", "long");
  await message.fill("x".repeat(281));
  await expect(counter("281/280")).toHaveAttribute("data-state", "over");
  await page.getByRole("button", { name: /^Publish/ }).click();
  await expect(page.getByRole("alert").filter({ hasText: /280/ })).toBeVisible();
  await expect(message).toBeFocused();
  await message.fill("Now it fits");
  await page.getByRole("button", { name: "Behaviour" }).click();
  await page.getByRole("switch", { name: "Dismissible" }).click();
  await page.getByRole("button", { name: /^Publish/ }).click();
  await expect(page.getByRole("alert").filter({ hasText: /end|dismiss/i })).toBeVisible();
});

test("[BC10] the preview is the banner itself: theme, width, direction, Markdown and language", async ({
  page,
}) => {
  await open(page, "/broadcasts/new", "New broadcast");
  await page
    .getByLabel("Message")
    .fill("Down for **ten minutes**, see [status](https://example.com)");
  const preview = page.getByRole("region", { name: "Preview" });
  await expect(preview.locator("strong")).toHaveText("ten minutes");
  await expect(preview.getByRole("link", { name: "status" })).toBeVisible();
  await preview.getByRole("radio", { name: "Dark" }).click();
  await expect(preview.locator(".dark")).toHaveCount(1);
  await preview.getByRole("radio", { name: "Phone" }).click();
  await expect
    .poll(async () => (await preview.locator("[data-frame]").boundingBox())?.width)
    .toBeLessThanOrEqual(320);
  await preview.getByRole("radio", { name: "RTL" }).click();
  await expect(preview.locator("[data-frame]")).toHaveAttribute("dir", "rtl");
  await preview.getByRole("radio", { name: "Auto" }).click();
  await expect(preview.locator("[data-frame]")).toHaveAttribute("dir", "ltr");

  await page.getByRole("button", { name: "Languages" }).click();
  await page.getByLabel("Language", { exact: true }).fill("ar");
  await page.getByRole("button", { name: "Add language" }).click();
  await expect(page.getByRole("button", { name: /Languages/ })).toContainText("ar incomplete");
  await page.getByLabel("Message in Arabic").fill("توقف **عشر** دقائق");
  await expect(page.getByRole("button", { name: /Languages/ })).toContainText("ar ✓");
  await preview.getByLabel("Language").selectOption("ar");
  await expect(preview.locator("strong")).toHaveText("عشر");
  await expect(preview.locator("[data-frame]")).toHaveAttribute("dir", "rtl");
});

test("[AUD1] the composer counts whom an audience reaches, as people come and go", async ({
  page,
  installation,
}) => {
  const data = await seed(installation, { visitors: 2 });
  await open(page, "/broadcasts/new", "New broadcast");
  await page.getByLabel("Message").fill("For visitors alone");
  await page.getByRole("button", { name: "Who sees it" }).click();
  await page.getByRole("radio", { name: "Anonymous" }).click();
  const publishButton = page.getByRole("button", { name: /^Publish/ });
  await expect(publishButton).toContainText("Publish to 2 sessions");
  await data.another();
  await expect(publishButton).toContainText("Publish to 3 sessions");
  await data.leave();
  await expect(page.getByText("Nobody connected right now matches.")).toBeVisible();
});

test("[BC8] a start in a named zone is scheduled, said in UTC too, and waits on the overview", async ({
  page,
}) => {
  await open(page, "/broadcasts/new", "New broadcast");
  await page.getByLabel("Title").fill("Winter pause");
  await page.getByLabel("Message").fill("The office is closed.");
  await page.getByRole("button", { name: "When" }).click();
  await page.getByLabel("Time zone").selectOption("America/New_York");
  await page.getByLabel("Start").fill("2031-01-15T09:30");
  await expect(page.getByText("UTC−5 · 15 Jan 2031, 14:30 UTC")).toBeVisible();
  await page.getByRole("button", { name: /^Schedule/ }).click();
  await expect(dialog(page)).toContainText("Starts 15 Jan 2031, 09:30");
  await dialog(page)
    .getByRole("button", { name: /^Schedule/ })
    .click();
  await expect(page.getByText("Scheduled").first()).toBeVisible();
  await expect(page.getByText("15 Jan 2031, 14:30 UTC").first()).toBeVisible();
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page.getByRole("region", { name: "Next up" })).toContainText("Winter pause");
  await page.getByRole("region", { name: "Next up" }).getByRole("link").click();
  await page.getByRole("button", { name: "Cancel start" }).click();
  await expect(page.getByText("Cleared", { exact: true })).toBeVisible();
});

test("[BC9] a test is on the author's own screens and on nobody else's", async ({
  page,
  browser,
  installation,
}) => {
  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(`${installation.url}/demo`);
  await open(page, "/broadcasts/new", "New broadcast");
  await page.getByLabel("Message").fill("Only I see this");
  await page.getByRole("button", { name: "Test to me" }).click();
  await expect(toast(page, "Shown to you alone")).toBeVisible();
  await expect(announcements(page)).toContainText("Only I see this");
  await publish(installation, { message: "Everyone sees this" });
  await expect(announcements(visitor)).toContainText("Everyone sees this");
  await expect(announcements(visitor)).not.toContainText("Only I see this");
});

test("[BC5] an edit is a silent fix or shown again, and the revisions say what changed", async ({
  page,
  installation,
}) => {
  const id = await publish(installation, { title: "Prices", message: "They change on Mondey." });
  await open(page, `/broadcasts/${id}`, "Prices");
  await announcements(page).getByRole("button", { name: "Dismiss" }).click();
  await expect(announcements(page).getByText("Mondey")).toHaveCount(0);
  await edit(page, "They change on Monday.", "Silent fix");
  await expect(page.getByText("v2").first()).toBeVisible();
  const revisions = page.getByRole("region", { name: "Revisions" });
  await expect(revisions.locator("ins")).toContainText("Monday");
  await expect(revisions.locator("del")).toContainText("Mondey");
  await expect(announcements(page).getByText("They change")).toHaveCount(0);
  await edit(page, "They change on Tuesday.", "Show again");
  await expect(announcements(page)).toContainText("They change on Tuesday.");
  await expect(revisions.getByText("Shown again")).toBeVisible();
});

test("[BC6] replacing is said before it is done, and then one is live", async ({
  page,
  installation,
}) => {
  for (const title of ["First", "Second"]) await publish(installation, { title, message: "Old" });
  await open(page, "/broadcasts/new", "New broadcast");
  await page.getByLabel("Title").fill("The only one");
  await page.getByLabel("Message").fill("New");
  await page.getByRole("button", { name: "Behaviour" }).click();
  await page.getByRole("switch", { name: "Replace what is live" }).click();
  await page.getByRole("button", { name: /^Publish/ }).click();
  await expect(dialog(page)).toContainText("It takes the place of everything that is live.");
  await dialog(page)
    .getByRole("button", { name: /^Publish/ })
    .click();
  await expect(page.getByRole("heading", { name: "The only one" })).toBeVisible();
  await page.getByRole("link", { name: "Overview" }).click();
  const live = page.getByRole("region", { name: "Live" });
  await expect(live.getByRole("listitem")).toHaveCount(1);
  await expect(live).toContainText("The only one");
});

test("[AUD4] why a user does not see it: by id, by pasted traits, by a pasted token", async ({
  page,
  installation,
}) => {
  const id = await publish(installation, {
    title: "For pro",
    message: "Only on the pro plan.",
    audience: { traits: [{ trait: "plan", op: "is", value: "pro" }] },
  });
  await open(page, `/broadcasts/${id}`, "For pro");
  const why = page.getByRole("region", { name: "Who sees it, and why" });
  const ask = async (subject: string, traits: string) => {
    await why.getByLabel("User id").fill(subject);
    await why.getByLabel("Traits").fill(traits);
    await why.getByRole("button", { name: "Ask" }).click();
  };
  await ask("", "");
  await expect(why.getByRole("alert")).toHaveText("Enter a user id, or somebody’s traits");
  await ask("u_42", "");
  await expect(why).toContainText("u_42 does not see it");
  await ask("", '{"plan":"pro"}');
  await expect(why).toContainText("somebody sees it");
  await ask("", '{"sub":"u_7","traits":{"plan":"free"}}');
  await expect(why).toContainText("u_7 does not see it");
});

test("[ACK4] recipients are searched and exported, for a publisher and not for a viewer", async ({
  page,
  installation,
}) => {
  const data = await seed(installation, { visitors: 3 });
  // Receipts are written a little later, and the list is read with the page.
  const soon = { timeout: 1_000 };
  const dismissed = page.getByRole("table", { name: "Recipients" }).locator("tbody td:last-child");
  await expect(async () => {
    await open(page, `/broadcasts/${data.liveId}`, "Maintenance at 22:00");
    // The creator's page shows the banner too: once that is known there is a row for it.
    const visitors = page.getByRole("row").filter({ hasText: "Anonymous" });
    await expect(visitors).toHaveCount(3, soon);
    // One of them has put it away.
    await expect(dismissed.filter({ hasText: /just now|ago/ })).toHaveCount(1, soon);
  }).toPass();
  const first = page.getByRole("table", { name: "Recipients" }).locator("tbody tr").first();
  const recipient = (await first.locator(".font-mono").textContent()) ?? "";
  await page.getByLabel("Find a recipient").fill(recipient.slice(0, 12));
  await expect(page.getByRole("table", { name: "Recipients" }).getByRole("row")).toHaveCount(2);
  await page.getByLabel("Find a recipient").fill("nobody-has-this");
  await expect(page.getByText("Nobody who received it has an id that begins with")).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe(`receipts-${data.liveId}.csv`);
  await data.leave();
});

test("[BC9] a broadcast is duplicated, shown again to everyone, archived, found in the archive", async ({
  page,
  installation,
}) => {
  const title = `Kept words ${Date.now()}`;
  const id = await publish(installation, { title, message: "For later." });
  await open(page, `/broadcasts/${id}`, title);
  await page.getByRole("button", { name: "Duplicate" }).click();
  await expect(page.getByRole("heading", { name: "Draft", level: 1 })).toBeVisible();
  await expect(page.getByLabel("Title")).toHaveValue(title);
  await open(page, `/broadcasts/${id}`, title);
  await announcements(page).getByRole("button", { name: "Dismiss" }).click();
  await expect(announcements(page).getByText(title)).toHaveCount(0);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Show again to everyone" }).click();
  await dialog(page).getByRole("button", { name: "Show again" }).click();
  await expect(announcements(page)).toContainText(title);
  await page.getByRole("button", { name: "More" }).click();
  await page.getByRole("menuitem", { name: "Archive" }).click();
  await dialog(page).getByRole("button", { name: "Archive" }).click();
  await expect(page.getByRole("heading", { name: "Broadcasts", level: 1 })).toBeVisible();
  await page
    .getByRole("navigation", { name: "Status" })
    .getByRole("link", { name: "Archived" })
    .click();
  await expect(page.getByRole("link", { name: title })).toBeVisible();
});

test("[AUD3] page rules are tried before they are published", async ({ page }) => {
  await open(page, "/broadcasts/new", "New broadcast");
  await page.getByLabel("Message").fill("For the app alone");
  await page.getByRole("button", { name: "Where" }).click();
  await page.getByLabel("Page rules").fill("/app/*\n!/app/checkout*");
  await page.getByLabel("Try a page").fill("/app/reports");
  await expect(page.getByText("Shown on this page.", { exact: true })).toBeVisible();
  await page.getByLabel("Try a page").fill("/app/checkout/pay");
  await expect(page.getByText("Not shown on this page.")).toBeVisible();
});

async function edit(page: Page, message: string, how: "Silent fix" | "Show again"): Promise<void> {
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByLabel("Message").fill(message);
  await page.getByRole("button", { name: "Save changes" }).click();
  await dialog(page).getByRole("radio", { name: how }).click();
  await dialog(page).getByRole("button", { name: /^Save/ }).click();
  await expect(page.getByRole("heading", { name: "Prices", level: 1 })).toBeVisible();
}

/** Presses Tab until the control with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await focused()) === name) return;
  }
  throw new Error(`${name} cannot be reached by Tab.`);
}

/** The value under a label of the funnel. */
function figure(funnel: ReturnType<Page["getByRole"]>, label: string) {
  return funnel.locator("dl > div").filter({ hasText: label }).locator("dd .sr-only");
}
