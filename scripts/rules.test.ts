import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./run";

const FOLDERS = "app bench cli client components core deploy e2e lib scripts server tests".split(
  " ",
);
const IS_TEST = /\.(test|spec|contract)\.tsx?$/;
/** Rules of the client are named in its tests, and listed with it. */
const ID = /\[((?:BC|AUD|PUB|ACK|STR|DEG|SEC)\d+)\]/g;

const rules = [
  ...readFileSync(join(ROOT, "docs/rules.md"), "utf8").matchAll(/^\| ([A-Z]+\d+) \|/gm),
];
const listed = rules.map(([, id = ""]) => id);

/** Rule ids in strings, which names of tests are; those in comments prove nothing. */
function idsIn(file: string): string[] {
  const code = readFileSync(file, "utf8").replace(/^\s*(\*|\/\/|\/\*).*$/gm, "");
  const strings = code.match(/"[^"\n]*"|`[^`]*`/g) ?? [];
  return strings.flatMap((text) => [...text.matchAll(ID)].map(([, id = ""]) => id));
}

const named = new Set(
  FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => IS_TEST.test(path) && !path.includes("node_modules"))
      .flatMap((path) => idsIn(join(ROOT, folder, path))),
  ),
);

test.each(listed)("%s has a test that names it", (id) => {
  expect([...named]).toContain(id);
});

test("no test names a rule that is not listed", () => {
  expect([...named].filter((id) => !listed.includes(id))).toEqual([]);
});

test("each rule is listed once", () => {
  expect(listed).toEqual([...new Set(listed)]);
  expect(listed.length).toBeGreaterThan(50);
});
