/**
 * Builds what browsers load (SPEC § 12): `dist/embed.js`, the script tag's file, and
 * `dist/client/`, the same parts as modules: a package that can be published. Says how big they
 * are, and fails when the script tag's file is over its budget.
 *
 *     npx tsx scripts/build-client.ts
 */
import { readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildModules, bundleScriptTag } from "./client-bundles";
import { writePackage } from "./client-package";

const dist = fileURLToPath(new URL("../dist", import.meta.url));

/** [CLI3] Gzipped, everything included. */
const EMBED_BUDGET_BYTES = 10 * 1024;

/** @returns bytes gzipped */
async function report(file: string): Promise<number> {
  const content = await readFile(`${dist}/${file}`);
  const gzipped = gzipSync(content, { level: 9 }).length;
  const name = `dist/${file}`.padEnd(24);
  process.stdout.write(`${name} ${content.length} bytes, ${gzipped} gzipped\n`);
  return gzipped;
}

await rm(`${dist}/client`, { recursive: true, force: true });
await buildModules(`${dist}/client`);
await writePackage(`${dist}/client`);
await writeFile(`${dist}/embed.js`, await bundleScriptTag());
for (const file of ["client.js", "embed.js", "react.js", "banner.css"].map((f) => `client/${f}`))
  await report(file);
if ((await report("embed.js")) > EMBED_BUDGET_BYTES) {
  process.stderr.write(`dist/embed.js is over its budget of ${EMBED_BUDGET_BYTES} bytes\n`);
  process.exitCode = 1;
}
