import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";

/** The embed script, held in memory; null where it was not built. */
export interface Embed {
  body: Buffer;
  etag: string;
}

export async function loadEmbed(file: string): Promise<Embed | null> {
  try {
    const body = await readFile(file);
    return { body, etag: etagOf(body) };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}

const SWITCHED_OFF = Buffer.from("/* Announcements are switched off. */\n");

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
  const body = enabled ? embed.body : SWITCHED_OFF;
  const etag = enabled ? embed.etag : etagOf(SWITCHED_OFF);
  response.setHeader("Access-Control-Allow-Origin", "*");
  response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
  response.setHeader("Cache-Control", "public, no-cache");
  response.setHeader("ETag", etag);
  response.setHeader("X-Content-Type-Options", "nosniff");
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader("Content-Type", "text/javascript; charset=utf-8");
  response.setHeader("Content-Length", body.length);
  response.writeHead(200).end(request.method === "HEAD" ? undefined : body);
}

function etagOf(body: Buffer): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}
