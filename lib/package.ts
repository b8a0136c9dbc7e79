import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const packageFile = z.object({ name: z.string(), version: z.string() });

/** Where this program is installed, and which version it is; from source or bundled alike. */
export function findPackage(from: string = import.meta.url): { root: string; version: string } {
  let folder = dirname(fileURLToPath(from));
  while (true) {
    const file = join(folder, "package.json");
    if (existsSync(file)) {
      const parsed = packageFile.safeParse(JSON.parse(readFileSync(file, "utf8")));
      if (parsed.success && parsed.data.name === "loudhailer") {
        return { root: folder, version: parsed.data.version };
      }
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error("The loudhailer package could not be found.");
    folder = parent;
  }
}
