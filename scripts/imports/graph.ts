import { existsSync, readFileSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, posix } from "node:path";
import { parseSync } from "oxc-parser";

export interface Import {
  /** A file of the repository. */
  from: string;
  /** `core/limits.ts`, `npm:zod` or `node:fs`. */
  to: string;
  line: number;
  /** Gone at run time. */
  typeOnly: boolean;
}

const EXTENSIONS = ["", ".ts", ".tsx", ".mjs", ".js", "/index.ts", "/index.tsx"];

/** Every import and re-export of `file`, a path relative to `root`. Throws when it does not parse. */
export function importsOf(root: string, file: string): Import[] {
  const source = readFileSync(join(root, file), "utf8");
  const { module, errors } = parseSync(file, source);
  const [error] = errors;
  if (error) throw new Error(`${file} does not parse: ${error.message}`);
  const found = (specifier: string, at: number, typeOnly: boolean): Import => ({
    from: file,
    to: resolve(root, file, specifier),
    line: source.slice(0, at).split("\n").length,
    typeOnly,
  });
  const imports = module.staticImports.map(({ moduleRequest, start, entries }) =>
    found(moduleRequest.value, start, entries.length > 0 && entries.every(({ isType }) => isType)),
  );
  const reExports = module.staticExports.flatMap(({ entries, start }) =>
    entries.flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [found(moduleRequest.value, start, isType)] : [],
    ),
  );
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest, start }) => {
    const literal = /^(["'`])(.*)\1$/.exec(source.slice(moduleRequest.start, moduleRequest.end));
    return literal?.[2] ? [found(literal[2], start, false)] : [];
  });
  return [...imports, ...reExports, ...dynamic];
}

function resolve(root: string, file: string, specifier: string): string {
  if (isBuiltin(specifier)) return specifier.startsWith("node:") ? specifier : `node:${specifier}`;
  if (specifier.startsWith("@/")) return resolveFile(root, posix.normalize(specifier.slice(2)));
  if (specifier.startsWith(".")) {
    return resolveFile(root, posix.join(posix.dirname(file), specifier));
  }
  return `npm:${packageName(specifier)}`;
}

/** What is not there yet (generated code) keeps the path it was written with. */
function resolveFile(root: string, path: string): string {
  const exists = (candidate: string) =>
    existsSync(join(root, candidate)) && statSync(join(root, candidate)).isFile();
  return EXTENSIONS.map((extension) => path + extension).find(exists) ?? path;
}

function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
