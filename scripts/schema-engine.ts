import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";

const SCHEMA = "prisma/schema.prisma";

/**
 * The SQL that takes the database at `url` to prisma/schema.prisma; null when it is there.
 * Prisma's own schema engine, as WebAssembly: nothing is downloaded. For development and tests;
 * a server applies migrations without it (lib/adapters/prisma/migrate.ts).
 */
export async function diffToSchema(url: string | null): Promise<string | null> {
  await loadEngine();
  const content = await readFile(SCHEMA, "utf8");
  const schema = { files: [{ path: SCHEMA, content }], configDir: process.cwd() };
  const adapter = new PrismaPg({ connectionString: url ?? undefined });
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: [[SCHEMA, content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapter),
  );
  try {
    const { exitCode, stdout } = await schemaEngine.diff({
      from: url === null ? { tag: "empty" } : { tag: "schemaDatasource", ...schema },
      to: { tag: "schemaDatamodel", ...schema },
      script: true,
      exitCode: true,
      filters: { externalTables: ["_prisma_migrations"], externalEnums: [] },
    });
    return exitCode === 0 ? null : stdout;
  } finally {
    schemaEngine.free();
  }
}

/** The package leaves it to a bundler to instantiate its module; Node has to do it by hand. */
async function loadEngine(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm/schema_engine_bg");
  const bytes = await readFile(glue.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": engine as unknown as WebAssembly.ModuleImports,
  });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === "function") start();
}
