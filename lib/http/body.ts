import { AppError } from "@/core/errors";

/** Deeper JSON than this has no meaning in any of our shapes. */
const MAX_DEPTH = 32;

/**
 * The request's JSON body, or `undefined` where there is none. Own `__proto__` keys are dropped.
 *
 * @param limitBytes longest body; 0 = any
 * @throws AppError `too_large`, `bad_json`
 */
export async function readJson(request: Request, limitBytes: number): Promise<unknown> {
  const bytes = await readBytes(request, limitBytes);
  if (bytes.byteLength === 0) return undefined;
  return parseJson(bytes);
}

async function readBytes(request: Request, limitBytes: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const limit = limitBytes === 0 ? Number.POSITIVE_INFINITY : limitBytes;
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge(limitBytes);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    size += value.byteLength;
    if (size > limit) {
      await reader.cancel();
      throw tooLarge(limitBytes);
    }
    chunks.push(value);
  }
}

function tooLarge(limitBytes: number): AppError {
  return new AppError(
    "too_large",
    `The request body is too large: at most ${limitBytes} bytes are allowed`,
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    clean(value, 0);
    return value;
  } catch (cause) {
    throw new AppError("bad_json", "The request body is not valid JSON", { cause });
  }
}

function clean(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth >= MAX_DEPTH) throw new RangeError("nested too deeply");
  // An own key of that name would become the prototype of whatever the object is copied into.
  if (Object.hasOwn(value, "__proto__")) Reflect.deleteProperty(value, "__proto__");
  for (const inner of Object.values(value)) clean(inner, depth + 1);
}
