import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

/** Best first: what `Accept-Encoding` allows of these is sent. */
const ENCODINGS = ["br", "gzip"] as const;
type Encoding = (typeof ENCODINGS)[number] | "identity";

/** A text held in memory, as it is and compressed, so that no request waits for that. */
export interface CompressedText {
  readonly bodies: Readonly<Record<Encoding, Buffer>>;
  /** Of the text; each encoding has one of its own, made from this. */
  readonly hash: string;
}

/** @param brotli quality, 0 to 11: the last few points cost fifty times the rest */
export async function compressText(text: Buffer, brotli: number): Promise<CompressedText> {
  const [br, gzipped] = await Promise.all([
    promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: brotli } }),
    promisify(gzip)(text, { level: constants.Z_BEST_COMPRESSION }),
  ]);
  const hash = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  return { bodies: { br, gzip: gzipped, identity: text }, hash };
}

/**
 * Answers with the text in the best encoding that the client takes, or with 304. `Content-Type`,
 * `Cache-Control` and what else concerns this text alone are set before.
 */
export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  { bodies, hash }: CompressedText,
): void {
  const encoding = encodingFor(request.headers["accept-encoding"]);
  const body = bodies[encoding];
  const etag = `"${hash}${encoding === "identity" ? "" : `-${encoding}`}"`;
  response.setHeader("Vary", "Accept-Encoding");
  response.setHeader("ETag", etag);
  if (isKnown(request.headers["if-none-match"], etag)) {
    response.removeHeader("Content-Type");
    response.writeHead(304).end();
    return;
  }
  if (encoding !== "identity") response.setHeader("Content-Encoding", encoding);
  response.setHeader("Content-Length", body.length);
  response.writeHead(200).end(request.method === "HEAD" ? undefined : body);
}

/** @param accepted the header, such as `gzip, br;q=0.5, *;q=0` */
export function encodingFor(accepted: string | undefined): Encoding {
  const weights = new Map(
    (accepted ?? "").split(",").map((part): [string, number] => {
      const [name = "", q] = part
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q=/);
      return [name, q === undefined ? 1 : Number(q)];
    }),
  );
  const isTaken = (name: string) => (weights.get(name) ?? weights.get("*") ?? 0) > 0;
  return ENCODINGS.find(isTaken) ?? "identity";
}

/** A proxy may have marked as weak what it passed on. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
