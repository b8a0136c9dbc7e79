import { once } from "node:events";
import { get, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mustCall } from "@/tests/support/api";
import { OWNER_ENV, signIn } from "@/tests/support/owner";
import { type Replica, startReplica } from "@/tests/support/replica";

/** [CLI3] Of the whole script, by gzip; brotli makes less of it. */
const EMBED_BUDGET = 10 * 1024;

let replica: Replica;
let chunk: string;

beforeAll(async () => {
  replica = await startReplica({ env: OWNER_ENV });
  const page = await (await fetch(`${replica.url}/sign-in`)).text();
  chunk = page.match(/\/_next\/static\/[^"]+\.js/)?.[0] ?? "";
});
afterAll(() => replica?.stop());

/** As it comes over the wire: `fetch` would decompress it. */
async function ask(path: string, headers: OutgoingHttpHeaders) {
  const request = get(`${replica.url}${path}`, { headers });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}

describe.each([
  ["/embed.js", "public, no-cache"],
  ["a script of the dashboard", "public, max-age=31536000, immutable"],
])("%s", (what, cacheControl) => {
  const path = () => (what === "/embed.js" ? what : chunk);

  test("comes in the encoding that was asked for, each with a tag of its own", async () => {
    const plain = await ask(path(), {});
    expect(plain.headers["content-encoding"]).toBeUndefined();
    const gzip = await ask(path(), { "accept-encoding": "gzip, deflate" });
    expect(gzip.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(gzip.body)).toEqual(plain.body);
    const brotli = await ask(path(), { "accept-encoding": "gzip, deflate, br, zstd" });
    expect(brotli.headers["content-encoding"]).toBe("br");
    expect(brotliDecompressSync(brotli.body)).toEqual(plain.body);
    const answers = [plain, gzip, brotli];
    expect(new Set(answers.map(({ headers }) => headers.etag)).size).toBe(3);
    for (const { headers, body } of answers) {
      expect(headers).toMatchObject({
        vary: "Accept-Encoding",
        "cache-control": cacheControl,
        "content-type": expect.stringMatching(/^(text|application)\/javascript; charset=utf-8$/),
        "content-length": String(body.length),
        "x-content-type-options": "nosniff",
      });
    }
  });

  test("is not sent again to who has it, also by way of a proxy that marks tags as weak", async () => {
    const encoding = { "accept-encoding": "br" };
    const { etag } = (await ask(path(), encoding)).headers;
    for (const known of [etag, `"other", W/${etag}`]) {
      const again = await ask(path(), { ...encoding, "if-none-match": known });
      expect(again).toMatchObject({ status: 304, headers: { etag, vary: "Accept-Encoding" } });
      expect(again.body).toHaveLength(0);
    }
    // The same text in another encoding is another answer.
    const other = await ask(path(), { "accept-encoding": "gzip", "if-none-match": etag });
    expect(other.status).toBe(200);
  });
});

test("[CLI3] the script tag's file stays within its budget on the wire", async () => {
  for (const encoding of ["gzip", "br"]) {
    const { body } = await ask("/embed.js", { "accept-encoding": encoding });
    expect(body.length).toBeLessThanOrEqual(EMBED_BUDGET);
  }
});

test("files that the dashboard does not have are not looked for", async () => {
  for (const path of ["../../../package.json", "..%2f..%2f..%2fpackage.json", "chunks/none.js"]) {
    const { status } = await ask(`/_next/static/${path}`, { "accept-encoding": "br" });
    expect(status).not.toBe(200);
  }
});

test("[CLI7] switched off, it is another text at once, and again when it is back", async () => {
  const cookie = await signIn(replica.url);
  const set = (embedEnabled: boolean) =>
    mustCall(replica.url, "PATCH", "/api/v1/settings", {
      cookie,
      body: { embedEnabled },
    });
  const encoding = { "accept-encoding": "gzip" };
  const { etag } = (await ask("/embed.js", encoding)).headers;
  await set(false);
  const off = await ask("/embed.js", { ...encoding, "if-none-match": etag });
  expect(off.status).toBe(200);
  expect(gunzipSync(off.body).toString()).toContain("switched off");
  await set(true);
  const on = await ask("/embed.js", { ...encoding, "if-none-match": off.headers.etag });
  expect(on).toMatchObject({ status: 200, headers: { etag } });
});
