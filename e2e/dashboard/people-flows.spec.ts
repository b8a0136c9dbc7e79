import type { Browser, Page } from "@playwright/test";
import { z } from "zod";
import { WORKSPACE_COOKIE } from "@/components/dashboard/workspace-cookie";
import { call, mustCall } from "@/tests/support/api";
import { SocketClient } from "@/tests/support/socket-client";
import { expectAccessible } from "../journey";
import { expect, type Installation, test } from "./fixtures";
import { open } from "./screen";
import { publish, seed } from "./seed";

const NOBODY = { cookies: [], origins: [] };
const PASSWORD = "copper lantern heron nine";

test("[SEC4] somebody is invited, joins in another browser, and sees what their role opens", async ({
  page,
  browser,
  installation,
}) => {
  const email = `viewer-${Date.now()}@example.com`;
  const link = await invite(page, email, "viewer");
  const theirs = await accept(browser, installation, link);

  const main = theirs.getByRole("navigation", { name: "Main" }).first();
  await expect(main.getByRole("link")).toHaveText(["Overview", "Broadcasts", "Sessions"]);
  await expect(theirs.getByRole("link", { name: "New broadcast" })).toHaveCount(0);
  for (const path of ["/team", "/api-keys", "/audit", "/settings"]) {
    await theirs.goto(path);
    await expect(theirs.getByText("Your role does not reach this far")).toBeVisible();
  }

  await open(page, "/team", "Team");
  await page.getByLabel("Role of Wilma Viewer").selectOption("author");
  await expect(page.getByLabel("Role of Wilma Viewer")).toBeEnabled();
  await theirs.goto("/");
  await expect(theirs.getByRole("link", { name: "New broadcast" }).first()).toBeVisible();

  await page.getByRole("button", { name: "Remove Wilma Viewer" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await expect(page.getByText(email)).toHaveCount(0);
  await theirs.goto("/");
  await expect(theirs).toHaveURL(/\/sign-in/);
});

test("[SEC4] author, publisher and admin each see what they may do, and what they may not is absent or explained", async ({
  browser,
  installation,
}) => {
  // Three people join and look around.
  test.slow();
  const { liveId, draftId, leave } = await seed(installation, { visitors: 1 });
  for (const { role, screens, onLive, mayPublish, closed } of ROLES) {
    await test.step(role, async () => {
      const email = `${role}-${Date.now()}@example.com`;
      const link = await installation.call("POST", "/api/v1/invitations", { email, role });
      const { path } = z.object({ path: z.string() }).parse(link);
      const theirs = await accept(browser, installation, path);
      const main = theirs.getByRole("navigation", { name: "Main" }).first();
      await expect(main.getByRole("link")).toHaveText(screens);

      await open(theirs, `/broadcasts/${liveId}`, "Maintenance at 22:00");
      const actions = theirs.locator("main header").first();
      await expect(actions.getByRole("button").or(actions.getByRole("link"))).toHaveText(onLive);
      const recipients = theirs.getByRole("region", { name: "Recipients" });
      await expect(recipients).toHaveCount(mayPublish ? 1 : 0);

      await open(theirs, `/broadcasts/${draftId}/edit`, "Draft");
      await expect(theirs.getByRole("button", { name: "Test to me" })).toBeVisible();
      await expect(theirs.getByRole("button", { name: /^Publish/ })).toHaveCount(
        mayPublish ? 1 : 0,
      );
      const explained = theirs.getByText("A publisher can put this live.");
      await expect(explained).toHaveCount(mayPublish ? 0 : 1);

      for (const address of closed) {
        await theirs.goto(address);
        await expect(theirs.getByText("Your role does not reach this far")).toBeVisible();
      }
      if (role === "admin") {
        await open(theirs, "/settings", "Settings");
        await expect(theirs.getByText("Only an owner of this workspace sees")).toBeVisible();
        await open(theirs, "/team", "Team");
        await expect(theirs.getByRole("button", { name: "Invite" })).toBeVisible();
        await expect(theirs.getByLabel("Role of owner")).toHaveCount(0);
      }
      await theirs.context().close();
    });
  }
  await leave();
});

const READING = ["Overview", "Broadcasts", "Sessions"];
const MANAGING = ["Team", "API keys", "Audit", "Settings"];
const PEOPLE_PATHS = ["/team", "/api-keys", "/audit", "/settings"];

/** The table of [SEC4], as each sees it. */
const ROLES = [
  {
    role: "author",
    screens: READING,
    onLive: ["Duplicate"],
    mayPublish: false,
    closed: PEOPLE_PATHS,
  },
  {
    role: "publisher",
    screens: READING,
    onLive: ["Edit", "Duplicate", "Clear", ""],
    mayPublish: true,
    closed: PEOPLE_PATHS,
  },
  {
    role: "admin",
    screens: [...READING, ...MANAGING],
    onLive: ["Edit", "Duplicate", "Clear", ""],
    mayPublish: true,
    closed: [],
  },
];

test("a role that the server refuses to change goes back to what it was, and says why", async ({
  page,
}) => {
  await open(page, "/team", "Team");
  const role = page.getByLabel(/^Role of/).first();
  await role.selectOption("admin");
  await expect(page.getByText("This is the only owner")).toBeVisible();
  await expect(role).toHaveValue("owner");
});

test("a key is made, calls the API, and is refused once revoked", async ({
  page,
  installation,
}) => {
  await open(page, "/api-keys", "API keys");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByLabel("Name").fill("nightly job");
  await page.getByRole("dialog").getByRole("button", { name: "Create key" }).click();
  const key = await page.getByRole("region", { name: "API key" }).innerText();
  expect(key).toMatch(/^lhk_/);
  await page.getByRole("button", { name: "I have copied it" }).click();
  await mustCall(installation.url, "GET", "/api/v1/broadcasts", { bearer: key });

  await page.getByRole("button", { name: "Revoke nightly job" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke key" }).click();
  await expect(page.getByRole("row", { name: /nightly job/ })).toContainText("Revoked");
  await expect
    .poll(async () => {
      const answer = await call(installation.url, "GET", "/api/v1/broadcasts", { bearer: key });
      return answer.status;
    })
    .toBe(401);
});

test("[CLI7] switched off, the embed and its sockets are silent, and every page says so", async ({
  page,
  installation,
}) => {
  const message = "Read-only until noon";
  await publish(installation, { message });
  await open(page, "/settings", "Settings");
  await page.getByRole("button", { name: "Switch banners off" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Switch banners off" }).click();
  await expect(page.getByText("Banners are switched off: pages")).toBeVisible();
  const refused = await SocketClient.open(installation.url);
  await refused.closed;

  await page.getByRole("button", { name: "Switch banners on" }).click();
  await expect(page.getByText("Banners are switched off: pages")).toHaveCount(0);
  const client = await SocketClient.connect(installation.url);
  await client.waitFor("active_broadcast", (frame) => frame.broadcast.message === message);
  await client.close();
});

test("[SEC3] the token secret is rotated: a second beside it, then the first is revoked", async ({
  page,
}) => {
  await open(page, "/settings", "Settings");
  const secrets = page.getByRole("region", { name: "Token secrets" }).getByRole("listitem");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  const first = await secrets.first().innerText();
  await page.getByRole("button", { name: "Add a second" }).click();
  await expect(secrets).toHaveCount(2);
  await secrets.last().getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke secret" }).click();
  await expect(secrets).toHaveCount(1);
  expect(first).not.toContain(await secrets.first().innerText());
});

test("[SEC1] an origin that is none is refused beside its field, a good one is kept", async ({
  page,
}) => {
  await open(page, "/settings", "Settings");
  // By its role: for a moment what the server sent may stand hidden beside what is shown.
  const origins = page.getByRole("textbox", { name: "Allowed origins" });
  await origins.fill("example.com");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText(/^example\.com: Must be an origin/)).toBeVisible();
  await origins.fill("https://App.example.com/");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("Settings saved")).toBeVisible();
  await page.reload();
  await expect(origins).toHaveValue("https://app.example.com");
});

test("[AUD4] why a user does not see it, by id and by pasted traits", async ({
  page,
  installation,
}) => {
  const audience = { traits: [{ trait: "plan", op: "is", value: "pro" }] };
  await publish(installation, { message: "For pro alone", audience });
  await open(page, "/sessions", "Sessions");
  await page.getByRole("link", { name: "Why does somebody see it?" }).click();
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByText(/^Enter a user id, or somebody/)).toBeVisible();
  await page.getByLabel("User id").fill("u_42");
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByText("Does not see it")).toBeVisible();
  await page.getByLabel("Traits").fill('{"plan":"pro"}');
  await page.getByRole("button", { name: "Explain" }).click();
  await expect(page.getByText("Sees it", { exact: true })).toBeVisible();
});

test("an owner of the installation makes a workspace and goes back and forth", async ({ page }) => {
  const slug = `shop-${Date.now()}`;
  await open(page, "/", "Overview");
  await page
    .getByRole("button", { name: /^Workspace/ })
    .first()
    .click();
  await page.getByRole("menuitem", { name: "New workspace" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Shop & Bar");
  await expect(page.getByLabel("Public name")).toHaveValue("shop-bar");
  await page.getByLabel("Public name").fill(slug);
  await page.getByRole("button", { name: "Create workspace" }).click();
  const there = page.getByRole("button", { name: "Workspace Shop & Bar" }).first();
  await expect(there).toBeVisible();
  await there.click();
  await expect(page.getByRole("menuitemradio", { name: "Shop & Bar" })).toBeChecked();
  await page.getByRole("menuitemradio", { name: "Default" }).click();
  await expect(page.getByRole("button", { name: "Workspace Default" }).first()).toBeVisible();
});

test("[SEC4] an owner deletes a workspace by typing its name; an admin cannot, and is told where they are left", async ({
  page,
  browser,
  installation,
}) => {
  // Two people in two browsers.
  test.slow();
  const slug = `doomed-${Date.now()}`;
  const within = (path: string) => `${path}?workspace=${slug}`;
  await installation.call("POST", "/api/v1/workspaces", { slug, name: "Doomed" });
  await installation.call("POST", within("/api/creator/broadcast"), { message: "Still up" });
  const invitee = { email: `${slug}@example.com`, role: "admin" };
  const link = await installation.call("POST", within("/api/v1/invitations"), invitee);
  const { path } = z.object({ path: z.string() }).parse(link);
  const theirs = await accept(browser, installation, path);
  await open(theirs, "/settings", "Settings");
  await expect(theirs.getByRole("region", { name: "Off switch" })).toBeVisible();
  await expect(theirs.getByRole("region", { name: "Delete workspace" })).toHaveCount(0);

  await open(page, "/settings", "Settings");
  const card = page.getByRole("region", { name: "Delete workspace" });
  await expect(card).toContainText("cannot be deleted");
  await expect(card.getByRole("button")).toHaveCount(0);
  await page.context().addCookies([{ name: WORKSPACE_COOKIE, value: slug, url: installation.url }]);
  await open(page, "/settings", "Settings");
  await card.getByRole("button", { name: "Delete workspace" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete Doomed?" });
  await expect(dialog.getByRole("listitem")).toHaveText([
    /^1 broadcast,/,
    "the access of 2 people",
    /^0 API keys,/,
  ]);
  const confirm = dialog.getByRole("button", { name: "Delete for good" });
  await dialog.getByLabel("Public name of the workspace").fill("Doomed");
  await expect(confirm).toBeDisabled();
  await dialog.getByLabel("Public name of the workspace").fill(slug);
  await expectAccessible(page);
  await confirm.click();
  await expect(page.getByRole("button", { name: "Workspace Default" }).first()).toBeVisible();

  // Their page was open: it leads there by itself.
  await expect(theirs.getByRole("heading", { name: "You are in no workspace" })).toBeVisible();
  await expectAccessible(theirs);
  await theirs.getByRole("button", { name: "Sign out" }).click();
  await expect(theirs.getByRole("heading", { name: "Sign in to Loudhailer" })).toBeVisible();
  await theirs.context().close();
});

async function invite(page: Page, email: string, role: string): Promise<string> {
  await open(page, "/team", "Team");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByLabel("Email").fill(email);
  await page.getByRole("dialog").getByLabel("Role").selectOption(role);
  await page.getByRole("button", { name: "Create link" }).click();
  const link = await page.getByRole("region", { name: "Invitation link" }).innerText();
  await page.getByRole("button", { name: "Done" }).click();
  return link;
}

async function accept(browser: Browser, { url }: Installation, link: string): Promise<Page> {
  const context = await browser.newContext({ baseURL: url, storageState: NOBODY });
  const page = await context.newPage();
  await page.goto(link);
  await page.getByLabel("Your name").fill("Wilma Viewer");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Join workspace" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  return page;
}
