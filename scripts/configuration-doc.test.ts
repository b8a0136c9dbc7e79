import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseEnv, VARIABLES } from "@/lib/env";
import { configurationDoc, DOCUMENTED, envExample } from "./configuration-doc";
import { ROOT } from "./run";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

test("§ 14: every variable is documented, once", () => {
  expect([...DOCUMENTED].sort()).toEqual(Object.keys(VARIABLES).sort());
});

test("docs/configuration.md is what `npm run docs` makes", () => {
  expect(read("docs/configuration.md")).toBe(configurationDoc());
});

test(".env.example is what `npm run docs` makes, and starts a server as it is", () => {
  const example = read(".env.example");
  expect(example).toBe(envExample());
  const uncommented = example
    .split("\n")
    .filter((line) => /^#[A-Z0-9_]+=/.test(line))
    .map((line): [string, string] => {
      const at = line.indexOf("=");
      return [line.slice(1, at), line.slice(at + 1)];
    });
  expect(uncommented).toHaveLength(DOCUMENTED.length);
  expect(parseEnv(Object.fromEntries(uncommented))).toMatchObject({ port: 3000, mode: "local" });
});
