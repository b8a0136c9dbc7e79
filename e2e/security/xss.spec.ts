import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, expect, type Page } from "@playwright/test";
import { signUserToken } from "@/lib/auth/user-token";
import { call, idOf, mustCall } from "@/tests/support/api";
import { SocketClient } from "@/tests/support/socket-client";
import { test } from "../fixtures";
import { BAD_LINKS, HTML, LOOK_ALIKE, MARK, OTHERS } from "./corpus";

const FIXED = "/api/creator/broadcast";
const IMAGE = HTML[0] ?? "";
const PASSWORD = "correct horse battery staple";

/** Notes what ran on a page, what left it, and what its policy had to stop. */
async function watch(page: Page, own: readonly string[]): Promise<string[]> {
  const faults: string[] = [];
  page.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`);
    // Its page may be left by then.
    dialog.dismiss().catch(() => undefined);
  });
  page.on("console", (message) => {
    if (/^ran|^Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  await page.route(/^https?:/, (route) => {
    const url = route.request().url();
    if (own.some((origin) => url.startsWith(`${origin}/`))) return route.continue();
    faults.push(`a request to ${url}`);
    return route.abort();
  });
  await page.addInitScript((mark) => {
    Object.defineProperty(window, mark, { set: () => console.warn("ran") });
    document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      // zod asks once whether it may compile, and goes on without.
      if (blockedURI === "eval") return;
      console.warn(`Content Security Policy: ${violatedDirective} ${blockedURI}`);
    });
  }, MARK);
  return faults;
}

/** Nothing ran, and nothing stands there that would when it is touched. */
async function expectUnharmed(page: Page, faults: readonly string[]): Promise<void> {
  const dangerous = await page.evaluate((lookAlike) => {
    const roots: ParentNode[] = [document];
    for (const { shadowRoot } of document.querySelectorAll("*")) {
      if (shadowRoot) roots.push(shadowRoot);
    }
    const isBad = (element: Element) => {
      if (element.getAttributeNames().some((name) => name.startsWith("on"))) return true;
      if (element instanceof HTMLIFrameElement || element instanceof HTMLObjectElement) return true;
      if (!(element instanceof HTMLAnchorElement) || element.href === "") return false;
      return !/^(https?|mailto):/.test(element.href) || element.hostname.endsWith(lookAlike);
    };
    return roots
      .flatMap((root) => [...root.querySelectorAll("*")])
      .filter(isBad)
      .map(({ outerHTML }) => outerHTML.slice(0, 200));
  }, LOOK_ALIKE);
  expect(dangerous).toEqual([]);
  expect(faults).toEqual([]);
}

/** A page of somebody's product, without a policy of its own: nothing but our code holds here. */
async function hostPage(url: string): Promise<{ url: string; close(): void }> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end(
      `<!doctype html><title>Host</title><link rel="icon" href="data:,"><main>Host</main>
       <script src="${url}/embed.js" data-workspace="default" async></script>`,
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function watchedPage(browser: Browser, own: readonly string[]) {
  const page = await (await browser.newContext({ locale: "en-GB" })).newPage();
  return { page, faults: await watch(page, own) };
}

test("[BC4][SEC7] nothing that is written runs or leads astray: in the banner, the element, the dashboard", async ({
  browser,
  replica,
}) => {
  // Two dozen texts, each on two pages.
  test.slow();
  const { url } = replica;
  const host = await hostPage(url);
  const own = [url, host.url];
  const dashboard = await watchedPage(browser, own);
  const demo = await watchedPage(browser, own);
  const outside = await watchedPage(browser, own);

  // The names of the workspace and its owner come first.
  const { page } = dashboard;
  await page.goto(replica.setupUrl ?? "");
  await page.getByLabel("Workspace name").fill(IMAGE);
  await page.getByLabel("Your name").fill(`Ada ${IMAGE}`);
  await page.getByLabel("Email").fill("ada@example.com");
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Create workspace" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await expectUnharmed(page, dashboard.faults);
  const cookies = await page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join("; ");

  await demo.page.goto(`${url}/demo`);
  await outside.page.goto(host.url);
  let last = "";
  for (const [index, payload] of [...HTML, ...OTHERS].entries()) {
    const text = {
      message: `n${index} ${payload}`,
      title: payload.slice(0, 80),
    };
    const label = payload.slice(0, 40);
    const made = await mustCall(url, "POST", FIXED, {
      cookie,
      body: {
        ...text,
        level: "alert",
        action: { label, url: `https://example.com/${encodeURIComponent(payload)}` },
        translations: { "en-GB": { ...text, actionLabel: label } },
        audience: { exclude: [payload.slice(0, 200)] },
      },
    });
    last = idOf(made);
    const shown = new RegExp(`^\\s*n${index}\\b`);
    await Promise.all(
      [demo, outside].map(async ({ page, faults }) => {
        await expect(page.getByText(shown).first()).toBeVisible();
        await expectUnharmed(page, faults);
      }),
    );
  }

  // A user whose every word is hostile sees it and dismisses it.
  const secrets = await mustCall(url, "GET", "/api/v1/token-secrets", { cookie });
  const token = await signUserToken(/lhs_[\w-]{43}/.exec(secrets.text)?.[0] ?? "", {
    sub: `u${IMAGE}`,
    name: IMAGE,
    roles: [IMAGE],
    traits: { plan: IMAGE },
  });
  const user = await SocketClient.connect(url, { token, headers: { "user-agent": IMAGE } });
  user.send({ type: "acknowledge_broadcast", broadcast_id: last });
  await user.waitFor("broadcast_acknowledged");
  const session = user.connected.session_id;
  await mustCall(url, "POST", "/api/v1/api-keys", {
    cookie,
    body: { name: IMAGE, role: "viewer" },
  });

  const PAGES = [
    "/",
    "/broadcasts",
    `/broadcasts?search=${encodeURIComponent(IMAGE)}`,
    `/broadcasts/${last}`,
    `/broadcasts/${last}/edit`,
    "/audit",
    "/sessions",
    `/sessions/${session}`,
    "/team",
    "/api-keys",
    "/settings",
    `/sign-in?next=${encodeURIComponent(`javascript:window.${MARK}=1`)}`,
  ];
  for (const path of PAGES) {
    await page.goto(`${url}${path}`);
    await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
    await expect(page.locator("[data-live=open]")).toBeAttached();
    if (path === "/audit") {
      for (const entry of (await page.locator("summary").all()).slice(0, 5)) await entry.click();
    }
    await expectUnharmed(page, dashboard.faults);
  }
  user.terminate();
  host.close();

  for (const link of BAD_LINKS) {
    const body = { message: "x", action: { label: "Go", url: link } };
    const answer = await call(url, "POST", FIXED, { cookie, body });
    expect.soft(answer.status, JSON.stringify(link)).toBe(422);
  }
});

test("every payload would do harm on a page that took it for HTML, and that would be noticed", async ({
  browser,
}) => {
  const { page, faults } = await watchedPage(browser, []);
  for (const payload of HTML) {
    faults.length = 0;
    await page.goto("about:blank");
    await page.setContent(`<!doctype html><textarea>x</textarea>${payload}`);
    await expect.soft(() => expect(faults, payload).not.toEqual([])).toPass();
  }
  faults.length = 0;
  await page.setContent(
    `<a href="javascript:window.${MARK}=1">go</a><a href="//${LOOK_ALIKE}">x</a>`,
  );
  await page.getByText("go").click();
  await expect.poll(() => faults.length).toBeGreaterThan(0);
  await expect(expectUnharmed(page, [])).rejects.toThrow(LOOK_ALIKE);
});
