import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { importsOf } from "./graph";
import { RULES } from "./rules";
import { violationsIn } from "./violations";

const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

/** What the rules say of a repository with these files: `file: problem`. */
function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "imports-"));
  made.push(root);
  for (const [path, source] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), source);
  }
  const imports = Object.keys(files).flatMap((file) => importsOf(root, file));
  return violationsIn(imports, RULES).map(({ file, problem }) => `${file}: ${problem}`);
}

describe("import directions", () => {
  test("what goes the right way is not reported", () => {
    expect(
      check({
        "core/limits.ts": "export const LIMITS = {};",
        "core/api/input.ts": 'import { z } from "zod"; import { LIMITS } from "../limits";',
        "lib/feed.ts": 'import { LIMITS } from "@/core/limits"; import pg from "pg";',
        "server/hub.ts": 'import { WebSocket } from "ws"; import { feed } from "@/lib/feed";',
        "app/page.tsx": 'import { feed } from "@/lib/feed"; export default () => <p />;',
      }),
    ).toEqual([]);
  });

  test.each([
    ["core/a.ts", 'import { feed } from "@/lib/feed";', "lib/feed"],
    ["core/a.ts", 'import { readFile } from "node:fs";', "node:fs"],
    ["core/a.ts", 'import { readFile } from "fs";', "node:fs"],
    ["lib/a.ts", 'import { hub } from "../server/hub";', "server/hub"],
    ["lib/a.ts", 'export { hub } from "@/server/hub";', "server/hub"],
    ["lib/a.ts", 'const hub = await import("@/server/hub");', "server/hub"],
    ["lib/ports/a.ts", 'import type { Feed } from "../feed";', "lib/feed"],
    ["server/a.ts", 'import type { Page } from "@/app/page";', "app/page"],
    ["server/a.ts", 'import { Banner } from "@/components/banner";', "components/banner"],
    ["app/a.tsx", 'import { hub } from "@/server/hub";', "server/hub"],
    ["client/a.ts", 'import { feed } from "@/lib/feed";', "lib/feed"],
    ["client/a.ts", 'import ms from "ms";', "npm:ms"],
    ["components/banner/a.tsx", 'import { Button } from "../ui/button";', "components/ui/button"],
    ["core/a.ts", 'import { server } from "@/core/../server/hub";', "server/hub"],
  ])("%s may not contain %s", (file, source, target) => {
    expect(check({ [file]: source })).toEqual([`${file}: must not import ${target}`]);
  });

  test.each([
    ["lib/a.ts", 'import { PrismaClient } from "@/lib/adapters/prisma/generated/client";'],
    ["lib/a.ts", 'import type { Prisma } from "@prisma/client";'],
    ["server/a.ts", 'import { Redis } from "ioredis";'],
    ["lib/a.ts", 'import { WebSocket } from "ws";'],
    ["server/a.ts", 'import { MemoryBroker } from "@/lib/adapters/memory/broker";'],
  ])("%s may not name what is confined: %s", (file, source) => {
    expect(check({ [file]: source })).not.toEqual([]);
  });

  test("adapters are named by the composition root, their types by anyone in lib", () => {
    const adapter = { "lib/adapters/memory/broker.ts": "export class MemoryBroker {}" };
    const naming = 'import { MemoryBroker } from "@/lib/adapters/memory/broker";';
    const typing = naming.replace("import", "import type");
    expect(check({ ...adapter, "lib/runtime.ts": naming, "lib/context.ts": typing })).toEqual([]);
    expect(check({ ...adapter, "lib/context.ts": naming })).toHaveLength(1);
  });

  test("the client does not reach zod, not even by way of core", () => {
    const files = {
      "core/api/input.ts": 'import { z } from "zod"; export const input = z.string();',
      "core/limits.ts": 'import { input } from "./api/input"; export const limit = input;',
      "client/store.ts": 'import { limit } from "@/core/limits";',
    };
    expect(check(files)).toEqual([
      "client/store.ts: reaches client/store.ts → core/limits.ts → core/api/input.ts → npm:zod",
    ]);
    const typed = 'import type { Input } from "./api/input"; export type Limit = Input;';
    expect(check({ ...files, "core/limits.ts": typed })).toEqual([]);
  });

  test("a cycle is reported once, types aside", () => {
    const cycle = {
      "lib/a.ts": 'import { b } from "./b"; export const a = b;',
      "lib/b.ts": 'import { c } from "./c"; export const b = c;',
      "lib/c.ts": 'import { a } from "./a"; export const c = a;',
    };
    expect(check(cycle)).toEqual([
      "lib/a.ts: imports itself: lib/a.ts → lib/b.ts → lib/c.ts → lib/a.ts",
    ]);
    expect(check({ ...cycle, "lib/c.ts": 'import type { a } from "./a";' })).toEqual([]);
  });

  test("a file that does not parse is an error, not a file without imports", () => {
    expect(() => check({ "lib/a.ts": "import {" })).toThrow("lib/a.ts does not parse");
  });
});
