import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@/lib/adapters/prisma/migrate";
import { startEmbedded } from "@/lib/embedded/embedded";
import { ROOT } from "./run";
import { diffToSchema } from "./schema-engine";

// Writes the migration that takes the existing ones to prisma/schema.prisma:
// `npx tsx scripts/make-migration.ts add-teams`. Read what it wrote before committing it.

const MIGRATIONS = join(ROOT, "prisma", "migrations");

async function main(name: string | undefined): Promise<void> {
  if (name === undefined || !/^[a-z0-9][a-z0-9_-]*$/.test(name)) {
    throw new Error("Usage: npx tsx scripts/make-migration.ts <name of a-z, 0-9, _ and ->");
  }
  const sql = await missingSql();
  if (sql === null) {
    console.log("The migrations lead to prisma/schema.prisma already.");
    return;
  }
  const folder = join(MIGRATIONS, `${timestamp(new Date())}_${name.replaceAll("-", "_")}`);
  await mkdir(folder);
  await writeFile(join(folder, "migration.sql"), `${sql.trim()}\n`);
  console.log(`Wrote ${folder}/migration.sql`);
}

/** What the schema has and the migrations do not, found on an embedded database of its own. */
async function missingSql(): Promise<string | null> {
  const dataDir = await mkdtemp(join(tmpdir(), "lh-migration-"));
  const database = await startEmbedded({ dataDir, log: () => {} });
  try {
    await migrate({ url: database.url, directory: MIGRATIONS, log: () => {} });
    return await diffToSchema(database.url);
  } finally {
    await database.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** As Prisma names them: 20261121093000. */
function timestamp(date: Date): string {
  return date.toISOString().replace(/\D/g, "").slice(0, 14);
}

await main(process.argv[2]);
