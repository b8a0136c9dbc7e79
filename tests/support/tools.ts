import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "@playwright/test";

/** Programs of the system that the tests run for real. */
export const TOOLS = {
  redis: { what: "redis-server", find: findRedisServer },
  postgres: { what: "PostgreSQL (initdb, postgres)", find: findPostgresBin },
  nginx: { what: "nginx", find: findNginx },
  python: { what: "Python 3 (python3)", find: findPython },
  zsh: { what: "zsh", find: () => findProgram(["zsh"], ["/usr/bin", "/bin"]) },
  fish: { what: "fish", find: () => findProgram(["fish"], ["/usr/bin"]) },
  chromium: { what: "Chromium or Chrome", find: findChromium },
} as const;

export type ToolName = keyof typeof TOOLS;

/** What to type where nothing can be installed by itself. */
export const HOW_TO_INSTALL = [
  "  Debian, Ubuntu  apt-get update && apt-get install redis-server postgresql nginx python3 zsh fish chromium",
  "  Fedora          dnf install redis postgresql-server nginx python3 zsh fish chromium",
  "  macOS           brew install redis postgresql@17 nginx python fish && brew install --cask chromium",
  "  any browser     set CHROMIUM_PATH, or run: npx playwright install chromium",
].join("\n");

const HOMEBREW = ["/opt/homebrew", "/usr/local"];

/** Full path of `redis-server`, or null. */
export function findRedisServer(): string | null {
  return findProgram(["redis-server"], [...HOMEBREW.map((at) => `${at}/bin`), "/usr/bin"]);
}

/** The folder that holds `initdb` and `postgres`, newest version first, or null. */
export function findPostgresBin(): string | null {
  const folders = [
    ...pathFolders(),
    ...versionsIn("/usr/lib/postgresql", (version) => `${version}/bin`),
    ...HOMEBREW.flatMap((at) => versionsIn(`${at}/opt`, (name) => `${name}/bin`, "postgresql@")),
    "/Applications/Postgres.app/Contents/Versions/latest/bin",
    "/usr/pgsql/bin",
  ];
  const complete = (folder: string) =>
    existsSync(join(folder, "initdb")) && existsSync(join(folder, "postgres"));
  return folders.find(complete) ?? null;
}

/** Full path of `nginx`, or null. */
export function findNginx(): string | null {
  return findProgram(["nginx"], [...HOMEBREW.map((at) => `${at}/bin`), "/usr/sbin"]);
}

/** Full path of `python3`, or null. */
export function findPython(): string | null {
  return findProgram(["python3"], ["/usr/bin", ...HOMEBREW.map((at) => `${at}/bin`)]);
}

/** A Chromium that Playwright can drive: `CHROMIUM_PATH`, the system's, or Playwright's own. */
export function findChromium(): string | null {
  const given = process.env.CHROMIUM_PATH;
  if (given) return existsSync(given) ? given : null;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const bundles = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    chromium.executablePath(),
  ];
  return findProgram(names, ["/usr/bin"]) ?? bundles.find((path) => existsSync(path)) ?? null;
}

/** The tools among `names` that this machine lacks. */
export function missingTools(names: readonly ToolName[]): ToolName[] {
  return names.filter((name) => TOOLS[name].find() === null);
}

/** Says in words what is missing; the tests that need it fail rather than being passed over. */
export function requireTools(names: readonly ToolName[]): void {
  const missing = missingTools(names);
  if (missing.length === 0) return;
  const list = missing.map((name) => TOOLS[name].what).join(", ");
  throw new Error(
    `These tests run against the real thing, and it is not here: ${list}.\n${HOW_TO_INSTALL}`,
  );
}

/** Full path of the first of these programs that is here, or null. */
export function findProgram(names: string[], extraFolders: string[] = []): string | null {
  const folders = [...pathFolders(), ...extraFolders];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((path) => existsSync(path)) ?? null;
}

function pathFolders(): string[] {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
}

function versionsIn(folder: string, toBin: (name: string) => string, prefix = ""): string[] {
  if (!existsSync(folder)) return [];
  const version = (name: string) => Number.parseFloat(name.slice(prefix.length)) || 0;
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => version(b) - version(a))
    .map((name) => join(folder, toBin(name)));
}
