/**
 * Builds what browsers load (SPEC § 12): `dist/embed.js`, the script tag's file, and
 * `dist/client/`, the same parts as modules. Says how big they are, and fails when the script
 * tag's file is over its budget.
 *
 *     npx tsx scripts/build-client.ts
 */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build, type Plugin, transform } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

/** [CLI3] Gzipped, everything included. */
const EMBED_BUDGET_BYTES = 10 * 1024;

/** A sheet imported by a script is its text, minified: constructable, so no CSP is in its way. */
const sheetAsText: Plugin = {
  name: "sheet-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /\/client\/[^/]+\.css$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const { code } = await transform(source, { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  target: "es2020",
  platform: "browser",
  sourcemap: "linked",
  legalComments: "none",
  logLevel: "warning",
} as const;

await build({
  ...shared,
  entryPoints: ["client/embed.ts"],
  outfile: "dist/embed.js",
  format: "iife",
  plugins: [sheetAsText],
});
await build({
  ...shared,
  entryPoints: { client: "client/index.ts", embed: "client/embed.ts" },
  outdir: "dist/client",
  format: "esm",
  plugins: [sheetAsText],
});
await build({
  ...shared,
  entryPoints: { react: "components/banner/index.ts", banner: "components/banner/banner.css" },
  outdir: "dist/client",
  format: "esm",
  jsx: "automatic",
  external: ["react", "react/jsx-runtime"],
  banner: { js: '"use client";' },
});

let embedBytes = 0;
for (const file of ["embed.js", "client/client.js", "client/react.js", "client/banner.css"]) {
  const content = await readFile(`${root}dist/${file}`);
  const gzipped = gzipSync(content, { level: 9 }).length;
  if (file === "embed.js") embedBytes = gzipped;
  const sizes = `${content.length} bytes, ${gzipped} gzipped`;
  process.stdout.write(`dist/${file.padEnd(18)} ${sizes}\n`);
}
if (embedBytes > EMBED_BUDGET_BYTES) {
  process.stderr.write(`dist/embed.js is over its budget of ${EMBED_BUDGET_BYTES} bytes\n`);
  process.exitCode = 1;
}
