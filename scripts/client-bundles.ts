import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { minify } from "terser";

const root = fileURLToPath(new URL("..", import.meta.url));
/** What `light-dark()` of the sheet asks for anyway. */
const TARGET = "es2022";

/**
 * Names of fields that only this file's own code reads and writes, made short. None of what a
 * host page, the server, a storage or another tab (with an older copy) sees is among them.
 */
const INTERNAL_FIELDS =
  "adopt announce base box changed clicked clock credentials emit expiresAt hear isInView " +
  "leads moved nudge onBye onChange onDismiss onDown onFollow onFrame onLead onRefused " +
  "onSnooze onTime onTold ownClient raise render renewed shared stopWatching tell unsentSeen";

/** A sheet imported by a script is its text, minified: constructable, so no CSP is in its way. */
const sheetAsText: Plugin = {
  name: "sheet-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\/client\/[^/]+\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true });
      // esbuild leaves custom properties as they were written.
      return { contents: code.trim().replace(/([:,]) /g, "$1"), loader: "text" };
    });
  },
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: TARGET,
  platform: "browser",
  legalComments: "none",
  logLevel: "warning",
} as const satisfies BuildOptions;

/** The script tag's file. */
export async function bundleScriptTag(): Promise<string> {
  const result = await build({
    ...shared,
    entryPoints: ["client/embed.ts"],
    outfile: "dist/embed.js",
    format: "iife",
    // A page has all of these; only the modules may be loaded elsewhere.
    define: {
      "globalThis.document": "document",
      "globalThis.location": "location",
      "globalThis.navigator": "navigator",
      // Only asked whether it is there.
      "globalThis.window": "true",
      globalThis: "self",
      "Number.POSITIVE_INFINITY": "Infinity",
    },
    plugins: [sheetAsText],
    write: false,
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error("esbuild made no file");
  const { code = "" } = await minify(file.text, {
    ecma: 2020,
    // `unsafe`: in a page whose own scripts have not replaced `String` and the like.
    compress: {
      passes: 5,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_methods: true,
      pure_getters: true,
    },
    mangle: { properties: { regex: new RegExp(`^(${INTERNAL_FIELDS.replace(/ /g, "|")})$`) } },
  });
  // Modules are strict and were written as such: nothing in them relies on the directive.
  return code.replace(/^"use strict";/, "");
}

/** The same parts as modules, for bundlers and for `<script type="module">`. */
export async function buildModules(outdir: string): Promise<void> {
  const modules = { ...shared, outdir, format: "esm", sourcemap: "linked" } as const;
  const entryPoints = { client: "client/index.ts", embed: "client/embed-module.ts" };
  await build({ ...modules, entryPoints, plugins: [sheetAsText] });
  await build({
    ...modules,
    entryPoints: { react: "components/banner/index.ts", banner: "components/banner/banner.css" },
    jsx: "automatic",
    external: ["react", "react/jsx-runtime"],
    banner: { js: '"use client";' },
  });
}
