import { describe, expect, test } from "vitest";
import { isAppError } from "@/core/errors";
import { readJson } from "./body";

const LIMIT = 100;

function post(body: BodyInit | null): Request {
  const init = { method: "POST", body, duplex: "half" };
  return new Request("http://localhost/", init);
}

async function codeOf(body: BodyInit): Promise<string> {
  return readJson(post(body), LIMIT).then(
    () => "read",
    (error) => (isAppError(error) ? error.code : String(error)),
  );
}

describe("a request's body", () => {
  test("is JSON of any kind, or nothing", async () => {
    for (const value of [{ a: [1, "ü", null] }, [], "x", 0, null]) {
      expect(await readJson(post(JSON.stringify(value)), LIMIT)).toEqual(value);
    }
    expect(await readJson(post(null), LIMIT)).toBeUndefined();
    expect(await readJson(post(""), LIMIT)).toBeUndefined();
  });

  test.each([
    ["half a document", '{"a":'],
    ["two documents", "1 2"],
    ["comments", "/* */1"],
    ["bytes that are not UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["nesting without end", "[".repeat(40) + "]".repeat(40)],
  ])("[SEC6] is refused for %s", async (_, body) => {
    expect(await codeOf(body)).toBe("bad_json");
  });

  test("[SEC5] is refused beyond the limit, whatever it says of its length", async () => {
    expect(await codeOf(JSON.stringify("x".repeat(LIMIT - 2)))).toBe("read");
    expect(await codeOf(JSON.stringify("x".repeat(LIMIT - 1)))).toBe("too_large");
    let chunks = 0;
    const endless = new ReadableStream({
      pull(controller) {
        chunks += 1;
        controller.enqueue(new Uint8Array(10));
      },
    });
    expect(await codeOf(endless)).toBe("too_large");
    expect(chunks).toBeLessThan(20);
  });

  test("[SEC6] loses keys that would become a prototype", async () => {
    const read = await readJson(post('{"a":{"__proto__":{"b":1}},"__proto__":{"c":1}}'), LIMIT);
    expect(JSON.stringify(read)).toBe('{"a":{}}');
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});
