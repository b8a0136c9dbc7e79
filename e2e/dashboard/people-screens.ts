import type { Page } from "@playwright/test";
import { z } from "zod";
import { expect, type Installation } from "./fixtures";
import { open } from "./screen";

/** What the screens about people, keys and settings are looked at with. */
export interface PeopleSeed {
  invitePath: string;
  sessionId: string;
}

const invitation = z.object({ path: z.string() });
const sessions = z.object({ sessions: z.array(z.object({ id: z.string() })) });

/** An open invitation, a key in use and one revoked. Somebody must be connected. */
export async function seedPeople({ call }: Installation): Promise<PeopleSeed> {
  const { path } = invitation.parse(
    await call("POST", "/api/v1/invitations", {
      email: "jonas.lindqvist@long-company-name.example.com",
      role: "viewer",
    }),
  );
  await call("POST", "/api/v1/api-keys", { name: "deploy script", role: "publisher" });
  const { id } = z
    .object({ id: z.string() })
    .parse(await call("POST", "/api/v1/api-keys", { name: "an old laptop", role: "admin" }));
  await call("DELETE", `/api/v1/api-keys/${id}`);
  const [session] = sessions.parse(await call("GET", "/api/v1/sessions?state=active")).sessions;
  return { invitePath: path, sessionId: session?.id ?? "" };
}

/** Every screen of sessions, people, keys, settings and around, at rest and opened up. */
export const PEOPLE_SCREENS: readonly {
  name: string;
  /** A page of nobody who is signed in. */
  signedOut?: true;
  visit: (page: Page, data: PeopleSeed) => Promise<void>;
}[] = [
  {
    name: "sign-in",
    signedOut: true,
    visit: (page) => show(page, "/sign-in", "Sign in to Loudhailer"),
  },
  {
    name: "invitation",
    signedOut: true,
    visit: (page, { invitePath }) => show(page, invitePath, /^Join/),
  },
  {
    name: "invitation that is over",
    signedOut: true,
    visit: (page) => show(page, "/invite/nothing", "This invitation is over"),
  },
  {
    name: "set-up that is done",
    signedOut: true,
    visit: (page) => show(page, "/setup", /^Already/),
  },
  { name: "sessions", visit: (page) => open(page, "/sessions?state=all", "Sessions") },
  {
    name: "one session",
    visit: (page, { sessionId }) => open(page, `/sessions/${sessionId}`, /./),
  },
  {
    name: "why",
    visit: async (page) => {
      await open(page, "/sessions/why", "Why somebody sees it, or not");
      await page.getByLabel("User id").fill("u_42");
      await page.getByLabel("Traits").fill("plan=pro\nseats=12");
      await page.getByRole("button", { name: "Explain" }).click();
      await expect(page.getByText("u_42, with plan")).toBeVisible();
    },
  },
  { name: "team", visit: (page) => open(page, "/team", "Team") },
  {
    name: "invite",
    visit: async (page) => {
      await open(page, "/team", "Team");
      await page.getByRole("button", { name: "Invite" }).click();
      await expect(page.getByRole("dialog", { name: "Invite somebody" })).toBeVisible();
    },
  },
  { name: "API keys", visit: (page) => open(page, "/api-keys", "API keys") },
  {
    name: "audit",
    visit: async (page) => {
      await open(page, "/audit", "Audit");
      await page.locator("summary").first().click();
    },
  },
  { name: "settings", visit: (page) => open(page, "/settings", "Settings") },
  { name: "demo", visit: (page) => show(page, "/demo", /^Good morning/) },
  { name: "API reference", visit: (page) => show(page, "/docs/api", "API") },
];

/** A screen outside the dashboard's frame. */
async function show(page: Page, path: string, heading: string | RegExp): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
}
