import { expect, type Locator, type Page } from "@playwright/test";
import axe, { type RunOptions } from "axe-core";

/** What people do in the dashboard and on a page that shows banners, in their words. */

export interface Person {
  name: string;
  email: string;
  password: string;
}

export const CREATOR: Person = {
  name: "Ada Lovelace",
  email: "ada@example.com",
  password: "correct horse battery staple",
};

/** Follows the link that the server printed and becomes the owner. */
export async function becomeOwner(
  page: Page,
  setupUrl: string,
  person = CREATOR,
  workspace = "Analytical Engines",
): Promise<void> {
  await page.goto(setupUrl);
  await expectAccessible(page);
  await page.getByLabel("Workspace name").fill(workspace);
  await page.getByLabel("Your name").fill(person.name);
  await page.getByLabel("Email").fill(person.email);
  await page.getByLabel("Password", { exact: true }).fill(person.password);
  await page.getByRole("button", { name: "Create workspace" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
}

export async function signIn(
  page: Page,
  url: string,
  { email, password }: Pick<Person, "email" | "password">,
): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await expectAccessible(page);
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
}

/** From any page of the dashboard: writes a broadcast in the composer and puts it live. */
export async function publish(page: Page, message: string): Promise<void> {
  await page.getByRole("link", { name: "New broadcast" }).first().click();
  await page.getByLabel("Message").fill(message);
  await expectAccessible(page);
  await page.getByRole("button", { name: /^Publish/ }).click();
  await page
    .getByRole("dialog")
    .getByRole("button", { name: /^Publish/ })
    .click();
  await expect(page.getByText(message).first()).toBeVisible();
}

/** The region that banners appear in. */
export function announcements(page: Page): Locator {
  return page.getByRole("region", { name: "Announcements" });
}

export async function dismiss(page: Page): Promise<void> {
  await announcements(page).getByRole("button", { name: "Dismiss" }).click();
}

/** Nothing that axe can find is wrong with what is on screen now. */
export async function expectAccessible(page: Page): Promise<void> {
  await expectNothingFound(page, {});
}

/** The rules of axe that depend on colours: of the same page in another theme the others are. */
export async function expectReadable(page: Page): Promise<void> {
  await expectNothingFound(page, { runOnly: ["color-contrast", "link-in-text-block"] });
}

async function expectNothingFound(page: Page, options: RunOptions): Promise<void> {
  expect(page.frames(), "frames, which are not looked into").toHaveLength(1);
  // More than a megabyte of script: once for each page that is loaded.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  const violations = await page.evaluate(violationsOf, options);
  expect(violations).toEqual([]);
}

/** Runs in the page. Of what is in order nothing is described, which would take twice as long. */
async function violationsOf(options: RunOptions): Promise<string[]> {
  const { axe } = window as unknown as { axe: typeof import("axe-core") };
  const { violations } = await axe.run(document, { ...options, resultTypes: ["violations"] });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}
