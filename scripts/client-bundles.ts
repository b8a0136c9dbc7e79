import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { minify } from "terser";

const root = fileURLToPath(new URL("..", import.meta.url));
const TARGET = "es2020";

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
    plugins: [sheetAsText],
    write: false,
  });
  const [file] = result.outputFiles;
  if (!file) throw new Error("esbuild made no file");
  const { code = "" } = await minify(file.text, {
    ecma: 2020,
    compress: { passes: 3, unsafe_arrows: true, unsafe_methods: true, pure_getters: true },
  });
  // Modules are strict and were written as such: nothing in them relies on the directive.
  return code.replace(/^"use strict";/, "");
}

/** The same parts as modules, for bundlers and for `<script type="module">`. */
export async function buildModules(outdir: string): Promise<void> {
  const modules = { ...shared, outdir, format: "esm", sourcemap: "linked" } as const;
  const entryPoints = { client: "client/index.ts" };
  await build({ ...modules, entryPoints, plugins: [sheetAsText] });
  await build({
    ...modules,
    entryPoints: { react: "components/banner/index.ts", banner: "components/banner/banner.css" },
    jsx: "automatic",
    external: ["react", "react/jsx-runtime"],
    banner: { js: '"use client";' },
  });
}
