import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type CompressedText, compressText, sendText } from "./compressed";

/** The embed script, and what stands in its place while it is switched off. */
export interface Embed {
  script: CompressedText;
  switchedOff: CompressedText;
}

/** The best: it is done once. */
const BROTLI_QUALITY = 11;
const SWITCHED_OFF = "/* Announcements are switched off. */\n";

/** @returns null where it was not built */
export async function loadEmbed(file: string): Promise<Embed | null> {
  try {
    const script = await compressText(await readFile(file), BROTLI_QUALITY);
    return { script, switchedOff: await compressText(Buffer.from(SWITCHED_OFF), BROTLI_QUALITY) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

/**
 * `/embed.js`, for pages of any origin. Checked with the server each time (`no-cache` with an
 * ETag, so mostly a 304): switching the embed off must work at once ([CLI7]).
 */
export function serveEmbed(
  request: IncomingMessage,
  response: ServerResponse,
  embed: Embed | null,
  enabled: boolean,
): void {
  if (embed === null) {
    response.writeHead(404, { "Content-Type": "text/plain" }).end("Not found");
    return;
  }
  response.setHeader("Access-Control-Allow-Origin", "*");
  response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
  response.setHeader("Cache-Control", "public, no-cache");
  response.setHeader("X-Content-Type-Options", "nosniff");
  response.setHeader("Content-Type", "text/javascript; charset=utf-8");
  sendText(request, response, enabled ? embed.script : embed.switchedOff);
}
