import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { z } from "zod";
import { AppError } from "@/core/errors";
import type { Item } from "./rows";

/**
 * A backup is gzipped lines of JSON: a head, then for each table `{"table","columns"}` and its
 * rows, one a line; last `{"end","rows"}`, so that half a file does not pass for a whole one.
 */
const FORMAT = 1;

const head = z.object({
  loudhailer_backup: z.literal(FORMAT),
  version: z.string(),
  created_at: z.iso.datetime(),
  /** What the schema was made by. */
  migrations: z.array(z.string()),
  /** Of the installation's own making; absent where the operator gave one. */
  auth_secret: z.string().optional(),
});
export type BackupHead = z.infer<typeof head>;

const tableLine = z.strictObject({ table: z.string(), columns: z.array(z.string()).min(1) });
const endLine = z.strictObject({ end: z.literal(true), rows: z.int() });

export function headOf(fields: Omit<BackupHead, "loudhailer_backup">): BackupHead {
  return { loudhailer_backup: FORMAT, ...fields };
}

/**
 * Writes beside `path` and moves it there when it is whole. Readable by its owner only: it holds
 * password hashes and secrets.
 * @returns how many rows
 */
export async function writeBackup(
  path: string,
  backup: BackupHead,
  items: AsyncIterable<Item>,
): Promise<number> {
  // A name of its own: what a backup that was killed left behind is in nobody's way.
  const draft = `${path}.${randomUUID().slice(0, 8)}.part`;
  let rows = 0;
  async function* lines() {
    yield `${JSON.stringify(backup)}\n`;
    for await (const item of items) {
      if (item.kind === "table") {
        yield `${JSON.stringify({ table: item.name, columns: item.columns })}\n`;
      } else {
        rows += 1;
        yield `${item.json}\n`;
      }
    }
    yield `${JSON.stringify({ end: true, rows })}\n`;
  }
  try {
    const file = createWriteStream(draft, { mode: 0o600, flags: "wx" });
    await pipeline(Readable.from(lines()), createGzip(), file);
    await rename(draft, path);
    return rows;
  } catch (error) {
    await rm(draft, { force: true });
    if (!isFileError(error)) throw error;
    throw new AppError("invalid", `${path} cannot be written.`, { cause: error });
  }
}

/** @throws AppError `invalid` for what is no backup, or a newer program's */
export async function readBackup(
  path: string,
): Promise<{ head: BackupHead; items: AsyncGenerator<Item> }> {
  const lines = linesOf(path);
  const first = await lines.next();
  const parsed = head.safeParse(first.done ? null : parse(first.value));
  if (!parsed.success) {
    await lines.return(undefined);
    throw new AppError("invalid", `${path} is no backup that this version can read.`);
  }
  return { head: parsed.data, items: itemsOf(path, lines) };
}

async function* itemsOf(path: string, lines: AsyncGenerator<string>): AsyncGenerator<Item> {
  let rows = 0;
  for await (const line of lines) {
    // A row of ours has neither of these two keys alone, but the check costs a parse each.
    const marker = line.startsWith('{"table":') || line.startsWith('{"end":') ? parse(line) : null;
    const table = tableLine.safeParse(marker);
    if (table.success) {
      yield { kind: "table", name: table.data.table, columns: table.data.columns };
      continue;
    }
    const end = endLine.safeParse(marker);
    if (end.success && end.data.rows === rows) return;
    rows += 1;
    yield { kind: "row", json: line };
  }
  throw new AppError("invalid", `${path} is not complete.`);
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = file.pipe(createGunzip());
  // An error of either ends the reading; `pipe` alone would leave it waiting.
  file.on("error", (error) => text.destroy(error));
  try {
    yield* createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      throw new AppError("not_found", `There is no file ${path}.`, { cause: error });
    }
    throw new AppError("invalid", `${path} cannot be read as a backup.`, { cause: error });
  } finally {
    file.destroy();
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** The system's own, such as ENOENT or ENOSPC; a database's errors have other codes. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "path" in error;
}
