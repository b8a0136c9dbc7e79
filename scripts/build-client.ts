/**
 * Builds what browsers load (SPEC § 12): `dist/embed.js`, the script tag's file, and
 * `dist/client/`, the same parts as modules. Says how big they are, and fails when the script
 * tag's file is over its budget.
 *
 *     npx tsx scripts/build-client.ts
 */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { minify } from "terser";

const root = fileURLToPath(new URL("..", import.meta.url));

/** [CLI3] Gzipped, everything included. */
const EMBED_BUDGET_BYTES = 10 * 1024;
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

async function buildScriptTag(): Promise<void> {
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
  await writeFile(`${root}dist/embed.js`, code);
}

async function buildModules(): Promise<void> {
  const modules = { ...shared, outdir: "dist/client", format: "esm", sourcemap: "linked" } as const;
  await build({ ...modules, entryPoints: ["client/client.ts"], plugins: [sheetAsText] });
  await build({
    ...modules,
    entryPoints: { react: "components/banner/index.ts", banner: "components/banner/banner.css" },
    jsx: "automatic",
    external: ["react", "react/jsx-runtime"],
    banner: { js: '"use client";' },
  });
}

/** @returns bytes gzipped */
async function report(file: string): Promise<number> {
  const content = await readFile(`${root}dist/${file}`);
  const gzipped = gzipSync(content, { level: 9 }).length;
  const name = `dist/${file}`.padEnd(24);
  process.stdout.write(`${name} ${content.length} bytes, ${gzipped} gzipped\n`);
  return gzipped;
}

await buildModules();
await buildScriptTag();
for (const file of ["client/client.js", "client/react.js", "client/banner.css"]) await report(file);
if ((await report("embed.js")) > EMBED_BUDGET_BYTES) {
  process.stderr.write(`dist/embed.js is over its budget of ${EMBED_BUDGET_BYTES} bytes\n`);
  process.exitCode = 1;
}
