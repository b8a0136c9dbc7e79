import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { serverBundle } from "@/scripts/node-bundle";
import { ROOT } from "@/scripts/run";

/** Inside the repository, so that it finds package.json and the packages; no build looks there. */
const FOLDER = "dist/newer";

/** An audience that only the newer server understands. */
export const NEW_CONDITION = { moonPhase: "full" };

/** The newer server knows one condition more; everybody fulfils it. */
const oneConditionMore: Plugin = {
  name: "one-condition-more",
  setup({ onLoad }) {
    onLoad({ filter: /\/core\/audience-conditions\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, "utf8");
      const contents = source.replace(
        '["only", readOnly],',
        '["only", readOnly],\n["moonPhase", () => []],',
      );
      if (contents === source) throw new Error(`${path} lists its conditions in another way now.`);
      return { contents, loader: "ts" };
    });
  },
};

/** Builds a server of the next version; resolves with its entry, for `startReplica`. */
export async function buildNewerServer(): Promise<{ entry: string; remove: () => void }> {
  await build({ ...serverBundle, outdir: FOLDER, plugins: [oneConditionMore], sourcemap: false });
  return {
    entry: `${FOLDER}/main.js`,
    remove: () => rmSync(join(ROOT, FOLDER), { recursive: true, force: true }),
  };
}
