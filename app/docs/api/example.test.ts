import { describe, expect, test } from "vitest";
import { openApiDocument } from "@/lib/http/openapi";
import { ROUTES } from "@/lib/http/routes";
import { curlOf } from "./example";
import { readReference } from "./reference";

const reference = readReference(JSON.parse(JSON.stringify(openApiDocument(ROUTES, "1.2.3"))));
const operations = reference.groups.flatMap((group) => group.operations);
const schemaNamed = (wanted: string) =>
  reference.schemas.find(({ name }) => name === wanted)?.schema;

function exampleOf(id: string): string {
  const operation = operations.find((one) => one.id === id);
  if (!operation) throw new Error(`There is no operation ${id}.`);
  return curlOf(operation, "https://loud.example.com", schemaNamed);
}

describe("the page of the API", () => {
  test("has every operation, and no two under one name", () => {
    expect(operations.map(({ id }) => id).sort()).toEqual([...ROUTES.keys()].sort());
  });

  test("shows a call that can be copied", () => {
    expect(exampleOf("createBroadcast")).toBe(
      [
        "curl -X POST 'https://loud.example.com/api/v1/broadcasts'",
        "-H 'Authorization: Bearer lhk_…'",
        "-H 'Idempotency-Key: any-text-of-yours'",
        "-H 'Content-Type: application/json'",
        `-d '{"message":"Maintenance at 22:00"}'`,
      ].join(" \\\n  "),
    );
    expect(exampleOf("editBroadcast")).toContain(`-H 'if-match: "3"'`);
    expect(exampleOf("active")).toContain("X-Loudhailer-Session");
  });

  test.each(operations)("its example for $id sends what the operation takes", ({ id }) => {
    const sent = / -d '(.*)'$/.exec(exampleOf(id))?.[1];
    const schema = ROUTES.get(id)?.declaration.input.shape.body;
    expect(sent === undefined).toBe(schema === undefined);
    if (sent !== undefined) expect(schema?.safeParse(JSON.parse(sent)).error).toBeUndefined();
  });
});
