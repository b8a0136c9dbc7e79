import type { Page } from "@playwright/test";
import { expect } from "./fixtures";
import { open } from "./screen";
import type { Seed } from "./seed";

/** Every screen of writing and following broadcasts, in its resting state and opened up. */
export const AUTHORING_SCREENS: readonly {
  name: string;
  visit: (page: Page, data: Seed) => Promise<void>;
}[] = [
  { name: "overview", visit: (page) => open(page, "/", "Overview") },
  { name: "broadcasts", visit: (page) => open(page, "/broadcasts", "Broadcasts") },
  {
    name: "broadcasts, nothing found",
    visit: async (page) => {
      await open(page, "/broadcasts?search=nothing+has+these+words", "Broadcasts");
      await expect(page.getByText("Nothing matches")).toBeVisible();
    },
  },
  { name: "composer", visit: (page) => open(page, "/broadcasts/new", "New broadcast") },
  {
    name: "composer, a draft",
    visit: (page, { draftId }) => open(page, `/broadcasts/${draftId}/edit`, "Draft"),
  },
  {
    name: "composer, every section open",
    visit: async (page, { liveId }) => {
      await open(page, `/broadcasts/${liveId}/edit`, "Edit broadcast");
      for (const name of ["Behaviour", "Who sees it", "Where", "When", "Languages"]) {
        await page.getByRole("button", { name }).click();
      }
    },
  },
  {
    name: "one broadcast, live",
    visit: (page, { liveId }) => open(page, `/broadcasts/${liveId}`, "Maintenance at 22:00"),
  },
  {
    name: "one broadcast, scheduled",
    visit: (page, { scheduledId }) => open(page, `/broadcasts/${scheduledId}`, "Spring release"),
  },
  {
    name: "command menu",
    visit: async (page) => {
      await open(page, "/", "Overview");
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("dialog", { name: "Command menu" })).toBeVisible();
    },
  },
  {
    name: "no such page",
    visit: (page) => open(page, "/broadcasts/nothing", "There is nothing here"),
  },
];
