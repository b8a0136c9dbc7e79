import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { openApiDocument } from "./openapi";
import { ROUTES } from "./routes";

const APP = fileURLToPath(new URL("../../app", import.meta.url));
const METHOD = /^export const (GET|POST|PATCH|DELETE)\b/gm;

const operation = z.looseObject({ operationId: z.string(), parameters: z.array(z.unknown()) });
const parsed = z.looseObject({
  openapi: z.literal("3.1.0"),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

const text = JSON.stringify(openApiDocument(ROUTES, "1.2.3"));
const document = parsed.parse(JSON.parse(text));

/** `GET /api/v1/broadcasts/{id}` for every handler that Next serves. */
function served(): string[] {
  return readdirSync(`${APP}/api`, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith("/route.ts") && !path.includes("[..."))
    .flatMap((path) => {
      const source = readFileSync(`${APP}/api/${path}`, "utf8");
      const address = `/api/${path}`.replace(/\/route\.ts$/, "").replace(/\[(\w+)\]/g, "{$1}");
      return [...source.matchAll(METHOD)].map(([, method]) => `${method} ${address}`);
    })
    .sort();
}

describe("the API's document", () => {
  test("describes every route that is served, and no other", () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect([...described, "GET /api/v1/openapi.json"].sort()).toEqual(served());
  });

  test("refers only to schemas that it has", () => {
    const references = [...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, target]) => target);
    expect(references.length).toBeGreaterThan(50);
    const known = Object.keys(document.components.schemas);
    for (const target of new Set(references)) {
      expect(known).toContain(target?.replace("#/components/schemas/", ""));
    }
    expect(text).not.toContain("$defs");
  });

  test("gives what it refers to a name that a reader understands", () => {
    for (const name of Object.keys(document.components.schemas)) expect(name).toMatch(/^[A-Z]\w+$/);
  });

  test("names each operation once, and every part of its path", () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.values(methods).map((one) => ({ path, ...one })),
    );
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { path, parameters } of operations) {
      for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
        expect(parameters).toContainEqual(
          expect.objectContaining({ name, in: "path", required: true }),
        );
      }
    }
  });

  test("[BC1] says the limits that are checked", () => {
    expect(document.components.schemas.BroadcastInput).toMatchObject({
      required: ["message"],
      properties: { message: { maxLength: 280 }, level: { enum: expect.any(Array) } },
    });
  });
});
