/** Host pages of every kind around the small banner server, for the browser. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test as base, expect, type Page } from "@playwright/test";
import { build } from "esbuild";
import { type BannerServer, startBannerServer } from "@/client/testing/banner-server";
import { bundleScriptTag } from "@/scripts/client-bundles";

/** Nothing inline, nothing from elsewhere, and no Trusted Types policy to make HTML with. */
const STRICT_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

interface Files {
  embed: string;
  /** Hydrates `html`. */
  reactScript: string;
  reactSheet: string;
  html: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** @param worker of the test run: each builds for itself, at the same time */
async function buildFiles(worker: number): Promise<Files> {
  const rendering = join(root, `test-results/react-server-${worker}.mjs`);
  const shared = { bundle: true, jsx: "automatic" } as const;
  const [embed, browser] = await Promise.all([
    bundleScriptTag(),
    build({
      ...shared,
      define: { "process.env.NODE_ENV": '"development"' },
      write: false,
      outdir: root,
      entryPoints: [
        join(root, "e2e/client/react-hydrate.tsx"),
        join(root, "components/banner/banner.css"),
      ],
    }),
    build({
      ...shared,
      platform: "node",
      format: "esm",
      packages: "external",
      // Below node_modules' folder, or React is not found.
      outfile: rendering,
      entryPoints: [join(root, "e2e/client/react-server.tsx")],
    }),
  ]);
  const rendered: unknown = await import(pathToFileURL(rendering).href);
  await rm(rendering);
  const file = (ending: string) =>
    browser.outputFiles.find(({ path }) => path.endsWith(ending))?.text ?? "";
  return {
    embed,
    reactScript: file("react-hydrate.js"),
    reactSheet: file(".css"),
    html: String(Object.getOwnPropertyDescriptor(rendered, "html")?.value),
  };
}

/** A user token of the host product's. */
export const TOKEN = `e30.${Buffer.from('{"sub":"ada"}').toString("base64url")}.x`;

const TEXT = "<h1>A product</h1><p>Text of the page.</p><button>Work</button>";

/**
 * Pages by path. `?script=` sets attributes of the script tag, `?queue=` names the script of the
 * calls before it, `?top=` puts HTML on top.
 */
function pageFor({ pathname, searchParams }: URL, files: Files): Response {
  const send = (body: string, type: string, headers: Record<string, string> = {}) =>
    new Response(body, { headers: { "Content-Type": `${type}; charset=utf-8`, ...headers } });
  switch (pathname) {
    case "/embed.js":
      return send(files.embed, "text/javascript");
    case "/react.js":
      return send(files.reactScript, "text/javascript");
    case "/react.css":
      return send(files.reactSheet, "text/css");
    case "/favicon.ico":
      return new Response(null, { status: 204 });
    case "/page.css":
      return send("body { margin: 0; font: 16px sans-serif }", "text/css");
    case "/queue.js":
      return send(
        `(window.loudhailer = window.loudhailer || []).push(
          (client) => client.on("shown", ({ broadcast }) => {
            document.documentElement.dataset.shown =
              (document.documentElement.dataset.shown ?? "") + broadcast.message + ";";
          }),
          ["setLocale", "fr"],
        );`,
        "text/javascript",
      );
    case "/identify.js":
      return send(
        `(window.loudhailer = window.loudhailer || []).push([
          "identify",
          () => fetch("/token").then((response) => response.text()),
        ]);`,
        "text/javascript",
      );
    case "/token":
      return send(TOKEN, "text/plain");
    case "/react":
      return send(
        `<!doctype html><html lang="en"><title>React</title>
        <meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/react.css">
        <div id="root">${files.html}</div><script src="/react.js"></script>`,
        "text/html",
      );
    default:
      return send(
        `<!doctype html><html lang="en"><title>Page</title>
        <meta name="viewport" content="width=device-width">
        <link rel="stylesheet" href="/page.css">
        <script src="${searchParams.get("queue") ?? "/queue.js"}"></script>
        <script src="/embed.js" ${searchParams.get("script") ?? "async"}></script>
        <body>${searchParams.get("top") ?? ""}<main>${TEXT}${"<p>More.</p>".repeat(60)}</main>`,
        "text/html",
        { "Content-Security-Policy": STRICT_CSP },
      );
  }
}

export const test = base.extend<{ server: BannerServer; problems: string[] }, { files: Files }>({
  files: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of what is needed
    async ({}, use, { workerIndex }) => use(await buildFiles(workerIndex)),
    { scope: "worker" },
  ],
  server: async ({ files }, use) => {
    const server = await startBannerServer();
    server.onRequest = (request) => pageFor(new URL(request.url), files);
    await use(server);
    await server.close();
  },
  /** What pages complained of: violations of the policy, exceptions, hydration. */
  problems: [
    async ({ context }, use) => {
      const problems: string[] = [];
      context.on("console", (message) => {
        const isProblem = message.type() === "error" || message.type() === "warning";
        // The browser's own word on a server that is away.
        const isExpected = message.text().startsWith("WebSocket connection to");
        if (isProblem && !isExpected) problems.push(message.text());
      });
      context.on("weberror", (error) => problems.push(String(error.error())));
      await use(problems);
      expect(problems).toEqual([]);
    },
    { auto: true },
  ],
});

/** Frames of one type that any connection has sent. */
export function framesOf(server: BannerServer, type: string) {
  return server.connections
    .flatMap(({ frames }) => frames)
    .filter((frame) => typeof frame === "object" && frame.type === type);
}

export const banner = (page: Page, text: string) =>
  page.locator(".lh-item:not([aria-hidden]) .lh-banner", { hasText: text });

export { expect };
