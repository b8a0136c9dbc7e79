import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import * as engine from "@prisma/schema-engine-wasm/schema_engine_bg";
import { Pool, type QueryConfig, type QueryResult } from "pg";

const SCHEMA = "prisma/schema.prisma";

/** OIDs of `"char"`, PostgreSQL's internal one-byte type, and of an array of it. */
const INTERNAL_CHAR = 18;
const INTERNAL_CHAR_ARRAY = 1002;

/**
 * The SQL that takes the database at `url` to prisma/schema.prisma; null when it is there.
 * Prisma's own schema engine, as WebAssembly: nothing is downloaded. For development and tests;
 * a server applies migrations without it (lib/adapters/prisma/migrate.ts).
 */
export async function diffToSchema(url: string): Promise<string | null> {
  await loadEngine();
  const content = await readFile(SCHEMA, "utf8");
  const schema = { files: [{ path: SCHEMA, content }], configDir: process.cwd() };
  const pool = new Pool({ connectionString: url });
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: [[SCHEMA, content]] },
    () => {},
    bindMigrationAwareSqlAdapterFactory(adapterForIntrospection(pool)),
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
 * The catalogue has columns of type `"char"`. The engine asks for them; the driver adapter knows
 * arrays of that type but not the type itself, and has an array's name for it in the first step
 * and its own in the second.
 */
function adapterForIntrospection(pool: Pool): SqlMigrationAwareDriverAdapterFactory {
  const send: (config: QueryConfig) => Promise<QueryResult> = pool.query.bind(pool);
  const query = async (config: QueryConfig) => {
    const result = await send(config);
    for (const field of result.fields ?? []) {
      if (field.dataTypeID === INTERNAL_CHAR) field.dataTypeID = INTERNAL_CHAR_ARRAY;
    }
    return result;
  };
  const factory = new PrismaPg(Object.assign(pool, { query }));
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => withCharacters(await factory.connect()),
    connectToShadowDb: () => factory.connectToShadowDb(),
  };
}

function withCharacters(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter);
  return Object.assign(adapter, {
    queryRaw: async (query: SqlQuery): Promise<SqlResultSet> => {
      const result = await queryRaw(query);
      const columnTypes = result.columnTypes.map((type) =>
        type === ColumnTypeEnum.CharacterArray ? ColumnTypeEnum.Character : type,
      );
      return { ...result, columnTypes };
    },
  });
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
