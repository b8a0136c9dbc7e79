import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { aBroadcast } from "@/client/testing/a-broadcast";
import { startBannerServer } from "@/client/testing/banner-server";
import { ROOT } from "@/scripts/run";
import { findChromium, requireTools } from "@/tests/support/tools";

/** What a product's own code does with the package; compiled strictly, and rendered on a server. */
const APP = `
import { createBannerClient, type BannerSnapshot } from "loudhailer/client";
import { defineElement, setDefaultClient } from "loudhailer/embed";
import { BroadcastBanner, Dismiss, LoudhailerProvider, Message, Root, Snooze, useBanners } from "loudhailer/react";

const client = createBannerClient({ url: "https://loudhailer.example.com", getToken: async () => null });
client.on("shown", ({ broadcast }) => console.error(broadcast.title?.length, broadcast.message));
client.on("connection", ({ state }) => state satisfies "connecting" | "live" | "polling" | "offline" | "stopped");
const snapshot: BannerSnapshot = client.getSnapshot();
export const levels = snapshot.banners.map(({ type }) => type satisfies "info" | "success" | "warning" | "alert");
// @ts-expect-error: there is no such event
client.on("nothing", () => {});
if (typeof document !== "undefined") { setDefaultClient(client); defineElement(); }
client.close();

function Own() {
  const { banners, dismiss } = useBanners();
  return banners.map((broadcast) => (
    <Root key={broadcast.id} broadcast={broadcast} onDoubleClick={() => dismiss(broadcast.id)}>
      <Message /> <Dismiss>Got it</Dismiss> <Snooze seconds={3600} />
    </Root>
  ));
}

export function App() {
  return (
    <LoudhailerProvider options={{ url: globalThis.location?.origin ?? "" }} identity="u1">
      <BroadcastBanner placement={["top", "inline"]} look="card" snooze={3600} />
      <main>Text <Own /></main>
    </LoudhailerProvider>
  );
}
`;

const RENDER = `
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { version } from "react";
import { App } from "./app.js";
console.log(version + " " + renderToString(createElement(App)));
`;

const HYDRATE = `
import { createElement } from "react";
import { hydrateRoot } from "react-dom/client";
import { App } from "./app.js";
const onRecoverableError = (error) => console.error("hydration", error);
hydrateRoot(document.getElementById("root"), createElement(App), { onRecoverableError });
`;

const folder = mkdtempSync(join(tmpdir(), "loudhailer-package-"));
let archive: string;

beforeAll(() => {
  const packed = execFileSync(
    "npm",
    ["pack", join(ROOT, "dist/client"), "--json", "--pack-destination", folder],
    { encoding: "utf8", cwd: folder },
  );
  archive = join(folder, (JSON.parse(packed) as { filename: string }[])[0]?.filename ?? "");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ["18", { react: "18.3.1", "react-dom": "18.3.1", "@types/react": "18.3.32" }],
  ["19", { react: "19.3.1", "react-dom": "19.3.1", "@types/react": "19.3.0" }],
])("[CLI2] the package in a product with React %s", (major, dependencies) => {
  const product = join(folder, `react-${major}`);

  beforeAll(() => {
    mkdirSync(product);
    const manifest = { type: "module", dependencies: { ...dependencies, loudhailer: archive } };
    writeFileSync(join(product, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(product, "app.tsx"), APP);
    writeFileSync(join(product, "render.js"), RENDER);
    execFileSync("npm", ["install", "--no-audit", "--no-fund", "--prefer-offline"], {
      cwd: product,
    });
  });

  test("brings nothing else along", () => {
    const lock = readFileSync(join(product, "node_modules/.package-lock.json"), "utf8");
    const { packages } = JSON.parse(lock) as { packages: Record<string, unknown> };
    const names = Object.keys(packages).map((path) => path.replace("node_modules/", ""));
    const expected = ["loudhailer", "react", "react-dom", "@types/react", "csstype", "scheduler"];
    const ofReact = ["@types/prop-types", "js-tokens", "loose-envify"];
    expect(expected.filter((name) => !names.includes(name))).toEqual([]);
    expect(names.filter((name) => ![...expected, ...ofReact].includes(name))).toEqual([]);
  });

  test.each(["bundler", "nodenext"])("has types that hold, resolved by %s", (moduleResolution) => {
    const module = moduleResolution === "bundler" ? "esnext" : "nodenext";
    const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
    const options = `--strict --target es2022 --jsx react-jsx --outDir . --module ${module} --types react`;
    const run = () =>
      execFileSync(
        process.execPath,
        [tsc, "app.tsx", ...options.split(" "), "--moduleResolution", moduleResolution],
        { cwd: product, encoding: "utf8" },
      );
    expect(run()).toBe("");
    expect(existsSync(join(product, "app.js"))).toBe(true);
  });

  test("[CLI1] needs nothing of Node: runs where there is only what browsers and workers have", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `export { createBannerClient } from "loudhailer/client"; export { setDefaultClient } from "loudhailer/embed";`,
        resolveDir: product,
      },
      bundle: true,
      platform: "browser",
      format: "iife",
      globalName: "loudhailer",
      write: false,
    });
    const code = `${outputFiles[0]?.text}
      const client = loudhailer.createBannerClient({ url: "https://loudhailer.example.com" });
      loudhailer.setDefaultClient(client);
      const { banners, connection } = client.getSnapshot();
      client.close();
      JSON.stringify([banners.length, connection, typeof process, typeof require, typeof Buffer]);`;
    const ofBrowsers = { setTimeout, clearTimeout, queueMicrotask };
    expect(JSON.parse(runInNewContext(code, ofBrowsers))).toEqual([
      0,
      "connecting",
      "undefined",
      "undefined",
      "undefined",
    ]);
  });

  test("hydrates in a browser without a complaint, and shows what is live", async () => {
    requireTools(["chromium"]);
    const html = execFileSync(process.execPath, ["render.js"], { cwd: product, encoding: "utf8" });
    const { outputFiles } = await build({
      stdin: { contents: HYDRATE, resolveDir: product },
      bundle: true,
      // The one that complains.
      define: { "process.env.NODE_ENV": '"development"' },
      write: false,
    });
    const page = `<!doctype html><html lang="en"><title>A product</title>
      <div id="root">${html.slice(html.indexOf(" ") + 1).trim()}</div><script src="/app.js"></script>`;
    const server = await startBannerServer();
    server.live = [aBroadcast({ message: "Hydrated" })];
    server.onRequest = ({ url }) => {
      const isScript = new URL(url).pathname === "/app.js";
      const headers = { "content-type": isScript ? "text/javascript" : "text/html" };
      return new Response(isScript ? outputFiles[0]?.text : page, { headers });
    };
    const browser = await chromium.launch({
      executablePath: findChromium() ?? undefined,
      // Chromium refuses its sandbox as root, which containers and CI run as.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    try {
      const tab = await browser.newPage();
      const complaints: string[] = [];
      tab.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) complaints.push(message.text());
      });
      tab.on("pageerror", (error) => complaints.push(String(error)));
      await tab.goto(server.url);
      await tab.locator('[data-look="card"] .lh-message').getByText("Hydrated").waitFor();
      await tab.getByRole("region").getByRole("button", { name: "Remind me later" }).waitFor();
      expect(await tab.locator("main").textContent()).toMatch(/^Text .*Hydrated/);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
      await server.close();
    }
  });

  test("renders on a server, and holds no process up", () => {
    const html = execFileSync(process.execPath, ["render.js"], {
      cwd: product,
      encoding: "utf8",
      timeout: 20_000,
    });
    expect(html).toMatch(new RegExp(`^${major}\\.`));
    expect(html).toContain('<div class="lh-sr" role="status"></div>');
    expect(html).toContain("<main>Text ");
  });
});
