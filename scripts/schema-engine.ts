import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory } from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";
import { Pool, type QueryConfig, type QueryResult } from "pg";

const SCHEMA = "prisma/schema.prisma";

/** OIDs of `"char"`, PostgreSQL's internal one-byte type, and of `bpchar`. */
const INTERNAL_CHAR = 18;
const BPCHAR = 1042;

/**
 * The SQL that takes the database at `url` to prisma/schema.prisma; null when it is there.
 * Prisma's own schema engine, as WebAssembly: nothing is downloaded. For development and tests;
 * a server applies migrations without it (lib/adapters/prisma/migrate.ts).
 */
export async function diffToSchema(url: string): Promise<string | null> {
  await loadEngine();
  const content = await readFile(SCHEMA, "utf8");
  const schema = { files: [{ path: SCHEMA, content }], configDir: process.cwd() };
  const pool = poolForIntrospection(url);
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: [[SCHEMA, content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool)),
  );
  try {
    const { exitCode, stdout } = await schemaEngine.diff({
      from: { tag: "schemaDatasource", ...schema },
      to: { tag: "schemaDatamodel", ...schema },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    });
    return exitCode === 0 ? null : stdout;
  } finally {
    schemaEngine.free();
    await pool.end();
  }
}

/**
 * The catalogue has columns of type `"char"`, which the engine asks for and the driver adapter
 * does not know; it does know `char(1)`, which is written the same.
 */
function poolForIntrospection(url: string): Pool {
  const pool = new Pool({ connectionString: url });
  const send: (config: QueryConfig) => Promise<QueryResult> = pool.query.bind(pool);
  const query = async (config: QueryConfig) => {
    const result = await send(config);
    for (const field of result.fields ?? []) {
      if (field.dataTypeID === INTERNAL_CHAR) field.dataTypeID = BPCHAR;
    }
    return result;
  };
  return Object.assign(pool, { query });
}

/** The package leaves it to a bundler to instantiate its module; Node has to do it by hand. */
async function loadEngine(): Promise<void> {
  const glue = createRequire(import.meta.url).resolve(
    "@prisma/schema-engine-wasm/schema_engine_bg",
  );
  const bytes = await readFile(glue.replace(/\.js$/, ".wasm"));
  const { instance } = await WebAssembly.instantiate(bytes, {
    "./schema_engine_bg.js": { ...engine } as unknown as WebAssembly.ModuleImports,
  });
  engine.__wbg_set_wasm(instance.exports);
  const start = instance.exports.__wbindgen_start;
  if (typeof start === "function") start();
}
