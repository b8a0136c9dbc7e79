import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { mustRun, ROOT } from "./run";

/** What the package offers, by the entry of its declarations. */
const ENTRIES = {
  client: "client/index",
  embed: "client/embed-module",
  react: "components/banner/index",
} as const;

const REACT = ">=18";

/**
 * Makes a folder of built modules a package of its own: no dependencies, React only for who uses
 * it, types for bundlers and for Node's own resolution.
 * @param folder with what `buildModules` wrote
 */
export async function writePackage(folder: string): Promise<void> {
  await writeTypes(join(folder, "types"));
  const { name, version, description, license, author } = JSON.parse(
    await readFile(join(ROOT, "package.json"), "utf8"),
  );
  const entries = Object.entries(ENTRIES).map(([entry, types]) => [
    `./${entry}`,
    { types: `./types/${types}.d.ts`, default: `./${entry}.js` },
  ]);
  const manifest = {
    name,
    version,
    description,
    license,
    author,
    type: "module",
    sideEffects: ["*.css"],
    exports: {
      ...Object.fromEntries(entries),
      "./banner.css": "./banner.css",
      "./package.json": "./package.json",
    },
    peerDependencies: { react: REACT },
    peerDependenciesMeta: { react: { optional: true } },
  };
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  await cp(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
  await cp(join(ROOT, "docs/embedding.md"), join(folder, "README.md"));
}

/** Declarations of the entries and of all that they name, with specifiers that any package may use. */
async function writeTypes(out: string): Promise<void> {
  const emitted = `${out}-all`;
  const config = join(dirname(out), "tsconfig.json");
  await mkdir(dirname(out), { recursive: true });
  await writeFile(
    config,
    JSON.stringify({
      extends: join(ROOT, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        incremental: false,
        declaration: true,
        emitDeclarationOnly: true,
        rootDir: ROOT,
        outDir: emitted,
        types: [],
        paths: { "@/*": [join(ROOT, "*")] },
      },
      include: [],
      files: [
        ...Object.values(ENTRIES).map((entry) => join(ROOT, `${entry}.ts`)),
        join(ROOT, "client/css.d.ts"),
      ],
    }),
  );
  await mustRun("Declaring the client's types", process.execPath, [
    join(ROOT, "node_modules/typescript/bin/tsc"),
    "--project",
    config,
  ]);
  const wanted = new Set<string>();
  for (const entry of Object.values(ENTRIES)) await keep(`${entry}.d.ts`);
  await Promise.all([rm(emitted, { recursive: true }), rm(config)]);

  async function keep(file: string): Promise<void> {
    if (wanted.has(file)) return;
    wanted.add(file);
    const found: string[] = [];
    const text = (await readFile(join(emitted, file), "utf8")).replace(
      /(from |import\()"([@.]\.?\/[^"]+)"/g,
      (_, before: string, specifier: string) => {
        const target = specifier.startsWith("@/")
          ? specifier.slice(2)
          : join(dirname(file), specifier);
        found.push(target);
        const path = relative(dirname(file), target);
        return `${before}"${path.startsWith(".") ? path : `./${path}`}.js"`;
      },
    );
    await mkdir(dirname(join(out, file)), { recursive: true });
    await writeFile(join(out, file), text);
    for (const target of found) await keep(`${target}.d.ts`);
  }
}
