import { Ajv2020, type ErrorObject } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { z } from "zod";
import type { Answer } from "./api";

const described = z.object({
  responses: z.record(
    z.string(),
    z.object({ content: z.record(z.string(), z.object({ schema: z.unknown() })).optional() }),
  ),
});
const documentShape = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), described)),
});

const NAME = "document";

/** An OpenAPI document as something that answers can be held against. */
export class ApiDocument {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: true });
  readonly #paths: z.output<typeof documentShape>["paths"];

  constructor(document: unknown) {
    this.#paths = documentShape.parse(document).paths;
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: NAME, ...z.record(z.string(), z.unknown()).parse(document) });
  }

  /** `GET /api/v1/broadcasts`, for everything that the document describes. */
  get operations(): string[] {
    return Object.entries(this.#paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
  }

  /** In which way the answer is not what the document says; null = it is. */
  faultOf(method: string, path: string, answer: Answer): string | null {
    const operation = this.#paths[path]?.[method.toLowerCase()];
    if (!operation) return "the document does not have this operation";
    const response = operation.responses[answer.status];
    if (!response) return `the status ${answer.status} is not described: ${answer.text}`;
    if (!response.content) return answer.text === "" ? null : "there should be no body";
    const type = answer.headers.get("content-type")?.split(";")[0] ?? "none";
    if (!response.content[type]) return `the content type ${type} is not described`;
    const steps = [path, method.toLowerCase(), "responses", `${answer.status}`, "content", type];
    const pointer = ["paths", ...steps, "schema"].map(escaped).join("/");
    const validate = this.#ajv.compile({ $ref: `${NAME}#/${pointer}` });
    if (validate(type === "text/csv" ? answer.text : answer.json)) return null;
    return `${inWords(validate.errors ?? [])} in ${answer.text}`;
  }
}

/** A step of a JSON pointer in the fragment of a URI. */
function escaped(step: string): string {
  return encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function inWords(errors: readonly ErrorObject[]): string {
  return errors
    .map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    )
    .join("; ");
}
