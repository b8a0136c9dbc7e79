import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "@/scripts/run";

const run = promisify(execFile);

const locked = z.object({
  packages: z.record(
    z.string(),
    z.looseObject({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      dev: z.boolean().optional(),
      devOptional: z.boolean().optional(),
      hasInstallScript: z.boolean().optional(),
    }),
  ),
});
const { packages } = locked.parse(
  JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")),
);
const isForDevelopment = (path: string) => packages[path]?.dev || packages[path]?.devOptional;
/** Also without what lies inside a development tool, which the lockfile does not mark. */
const production = Object.entries(packages).filter(([path]) => {
  const steps = path.split("/node_modules/");
  const holders = steps.map((_, index) => steps.slice(0, index + 1).join("/node_modules/"));
  return path !== "" && !holders.some(isForDevelopment);
});

/** What may be given on with an MIT program. */
const LICENCES = new Set([
  "MIT",
  "MIT-0",
  "ISC",
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "CC-BY-4.0",
  "OFL-1.1",
  "SIL OPEN FONT LICENSE",
  "Python-2.0",
  "Unlicense",
  "PostgreSQL",
]);
/** Optional parts of Next that resize pictures, which is switched off: dynamically linked. */
const LINKED = /^node_modules\/@img\/sharp-/;

describe("what the program is made of", () => {
  test("production needs no install script", () => {
    const scripted = production.filter(([, { hasInstallScript }]) => hasInstallScript);
    expect(scripted.map(([path]) => path)).toEqual([]);
  });

  test("every package is pinned by the hash of its content", () => {
    expect(production.length).toBeGreaterThan(50);
    const loose = production.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"));
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  test("every licence is one that may be given on", () => {
    const others = production.filter(([path, { license = "none" }]) => {
      const choices = license.replace(/[()]/g, "").split(" OR ");
      return (
        !LINKED.test(path) &&
        !choices.some(
          (choice) =>
            choice.split(" AND ").every((one) => LICENCES.has(one)) || LICENCES.has(choice),
        )
      );
    });
    expect(others.map(([path, { license }]) => `${path}: ${license}`)).toEqual([]);
  });

  test("one command lists it all", async () => {
    const { stdout } = await run("npm", ["run", "--silent", "sbom"], {
      cwd: ROOT,
      maxBuffer: 64 << 20,
    });
    const bom = z
      .object({
        bomFormat: z.literal("CycloneDX"),
        components: z.array(z.object({ name: z.string() })),
      })
      .parse(JSON.parse(stdout));
    const names = bom.components.map(({ name }) => name);
    expect(names).toContain("ws");
    expect(names).not.toContain("vitest");
  });
});
