import type { BuildOptions } from "esbuild";
import { ROOT } from "./run";

const forNode: BuildOptions = {
  absWorkingDir: ROOT,
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: true,
  logLevel: "warning",
};

/** The embedded database's process lies beside whoever starts it. */
const embeddedChild = { "embedded-child": "lib/embedded/child.ts" };

export const serverBundle: BuildOptions = {
  ...forNode,
  entryPoints: { main: "server/main.ts", ...embeddedChild },
  outdir: "dist/server",
};

/** In pieces: most commands need neither a database driver nor a Redis client. */
export const cliBundle: BuildOptions = {
  ...forNode,
  entryPoints: { main: "cli/main.ts", ...embeddedChild },
  outdir: "dist/cli",
  splitting: true,
};
