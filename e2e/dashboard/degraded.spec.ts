import { OWNER } from "@/tests/support/owner";
import { expect, test } from "../fixtures";
import { announcements, expectAccessible, publish, signIn } from "../journey";

test("[DEG2] Redis away, the database away, a server killed: said in words while it lasts, and over by itself", async ({
  page,
  cluster,
}) => {
  const [here, there] = cluster.replicas;
  if (!here || !there) throw new Error("There are two replicas.");
  await signIn(page, here.url, OWNER);
  const status = page.getByRole("status").filter({ hasText: /./ });
  await expect(page.getByText("2 servers · all healthy")).toBeVisible();
  await expect(status).toHaveCount(0);

  await cluster.redis.stop();
  await expect(status.first()).toContainText("Redis cannot be reached. Publishing works");
  await expect(status.first()).toContainText("Counts are for this server only.");
  await expectAccessible(page);
  await publish(page, "Published while Redis is away");
  await expect(announcements(page)).toContainText("Published while Redis is away");
  await expect(page.getByText("Redis cannot be reached")).toBeVisible();

  await cluster.redis.restart();
  await expect(page.getByText("Redis cannot be reached")).toHaveCount(0);
  await page.getByRole("link", { name: "Overview" }).click();
  await expect(page.getByText("2 servers · all healthy")).toBeVisible();

  await cluster.postgres.kill();
  await expect(status.first()).toContainText("The database cannot be reached.");
  await page.getByRole("link", { name: "Broadcasts" }).first().click();
  await expect(page.getByText("This could not be loaded")).toBeVisible();
  await expectAccessible(page);
  const opened = await page.context().newPage();
  await opened.emulateMedia({ colorScheme: "dark" });
  await opened.goto(here.url);
  await expect(opened.getByRole("heading", { name: "not available right now" })).toBeVisible();
  await expect(opened.locator("html")).toHaveClass(/\bdark\b/);
  await expectAccessible(opened);
  await cluster.postgres.start();
  await expect(page.getByRole("heading", { name: "Broadcasts", level: 1 })).toBeVisible();
  await expect(page.getByText("The database cannot be reached.")).toHaveCount(0);
  await expect(opened.getByRole("heading", { name: "Overview", level: 1 })).toBeVisible();
  await page.getByRole("link", { name: "Overview" }).click();

  await there.kill();
  await expect(page.getByText(/^Server .* does not answer\./)).toBeVisible();
  await expect(page.getByText("2 servers · 1 not answering")).toBeVisible();
});
