import type { BuildOptions } from "esbuild";
import { ROOT } from "./run";

/** What runs in Node: the server, the embedded database's process, the command line. */
export const nodeBundle: BuildOptions = {
  absWorkingDir: ROOT,
  entryPoints: {
    "server/main": "server/main.ts",
    "server/embedded-child": "lib/embedded/child.ts",
    "cli/main": "cli/main.ts",
  },
  outdir: "dist",
  bundle: true,
  packages: "external",
  platform: "node",
  target: "node20",
  format: "esm",
  sourcemap: true,
  logLevel: "warning",
};
