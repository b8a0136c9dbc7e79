import { readdir, readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import { type CompressedText, compressText, sendText } from "./compressed";

/** Of the dashboard's files, those that compression makes smaller. Fonts are compressed. */
const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "application/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** All of them in a tenth of a second, for a twelfth more than the best would make of it. */
const BROTLI_QUALITY = 5;
/** Where Next looks for what it built. */
const PREFIX = "/_next/static/";

/** Answers requests for the dashboard's scripts and sheets; false: this is for somebody else. */
export type PageFiles = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * The texts among the files that browsers load for the dashboard. Each is compressed when it is
 * first asked for, and kept: they are a few megabytes, named by their content, and do not change.
 * @param folder `static` of a build; only what it holds now is ever read
 */
export async function openPageFiles(folder: string): Promise<PageFiles> {
  const names = await readdir(folder, { recursive: true });
  const known = new Set(names.map((name) => name.replaceAll(sep, "/")));
  const kept = new Map<string, Promise<CompressedText>>();

  const read = async (name: string) =>
    compressText(await readFile(join(folder, name)), BROTLI_QUALITY);

  function textOf(name: string): Promise<CompressedText> {
    const text = kept.get(name) ?? read(name);
    kept.set(name, text);
    // What could not be read is tried again.
    text.catch(() => kept.delete(name));
    return text;
  }

  return async (request, response) => {
    const name = nameIn(request);
    const type = TYPES[extname(name)];
    if (!type || !known.has(name)) return false;
    const text = await textOf(name);
    response.setHeader("Cache-Control", "public, max-age=31536000, immutable");
    response.setHeader("Content-Type", type);
    sendText(request, response, text);
    return true;
  };
}

/** @returns "" when it is none of these files */
function nameIn({ method, url = "" }: IncomingMessage): string {
  if ((method !== "GET" && method !== "HEAD") || !url.startsWith(PREFIX)) return "";
  return decodeURIComponent(url.slice(PREFIX.length).split("?", 1)[0] ?? "");
}
