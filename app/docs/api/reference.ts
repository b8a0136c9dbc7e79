import { z } from "zod";

/** What of the API's document this page shows. Unknown members are left out. */
const schema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    format: z.string().optional(),
    description: z.string().optional(),
    enum: z.array(z.unknown()).optional(),
    const: z.unknown().optional(),
    default: z.unknown().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    minItems: z.number().optional(),
    maxItems: z.number().optional(),
    anyOf: z.array(schema).optional(),
    oneOf: z.array(schema).optional(),
    items: schema.optional(),
    properties: z.record(z.string(), schema).optional(),
    required: z.array(z.string()).optional(),
    additionalProperties: z.union([z.boolean(), schema]).optional(),
  }),
);

export interface Schema {
  $ref?: string | undefined;
  type?: string | string[] | undefined;
  format?: string | undefined;
  description?: string | undefined;
  enum?: unknown[] | undefined;
  const?: unknown;
  default?: unknown;
  minimum?: number | undefined;
  maximum?: number | undefined;
  minLength?: number | undefined;
  maxLength?: number | undefined;
  minItems?: number | undefined;
  maxItems?: number | undefined;
  anyOf?: Schema[] | undefined;
  oneOf?: Schema[] | undefined;
  items?: Schema | undefined;
  properties?: Record<string, Schema> | undefined;
  required?: string[] | undefined;
  additionalProperties?: boolean | Schema | undefined;
}

const content = z.record(z.string(), z.object({ schema }));
const parameter = z.object({
  name: z.string(),
  in: z.enum(["path", "query", "header"]),
  required: z.boolean().default(false),
  description: z.string().optional(),
  schema,
});
const described = z.object({
  operationId: z.string(),
  tags: z.tuple([z.string()]),
  summary: z.string(),
  security: z.array(z.record(z.string(), z.unknown())),
  parameters: z.array(parameter),
  requestBody: z.object({ content }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: content.optional() }),
  ),
});
const documentShape = z.object({
  info: z.object({ version: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), described)),
  components: z.object({ schemas: z.record(z.string(), schema) }),
});

export type Parameter = z.output<typeof parameter>;

/** One of the things that can be asked for. */
export interface Operation {
  id: string;
  /** `POST`. */
  method: string;
  path: string;
  summary: string;
  /** Credentials that are taken, in words. */
  credentials: string[];
  parameters: Parameter[];
  /** Null = it has none. */
  body: Schema | null;
  answers: Answer[];
}

export interface Answer {
  status: string;
  description: string;
  /** Null = it has no body. */
  type: string | null;
  schema: Schema | null;
}

/** The document as a page reads it: operations under their headings, then the shapes. */
export interface Reference {
  version: string;
  description: string;
  groups: { tag: string; operations: Operation[] }[];
  schemas: { name: string; schema: Schema }[];
}

/** @throws where it is not a document of this API */
export function readReference(document: unknown): Reference {
  const { info, paths, components } = documentShape.parse(document);
  const groups = new Map<string, Operation[]>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, found] of Object.entries(methods)) {
      const [tag] = found.tags;
      const operations = groups.get(tag) ?? [];
      operations.push(toOperation(method.toUpperCase(), path, found));
      groups.set(tag, operations);
    }
  }
  return {
    ...info,
    groups: [...groups].map(([tag, operations]) => ({
      tag,
      operations: operations.sort(byPlace),
    })),
    schemas: Object.entries(components.schemas)
      .map(([name, found]) => ({ name, schema: found }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  };
}

const METHODS = ["GET", "POST", "PATCH", "DELETE"];

function byPlace(a: Operation, b: Operation): number {
  return a.path.localeCompare(b.path) || METHODS.indexOf(a.method) - METHODS.indexOf(b.method);
}

function toOperation(method: string, path: string, found: z.output<typeof described>): Operation {
  const { operationId, summary, security, parameters, requestBody, responses } = found;
  return {
    id: operationId,
    method,
    path,
    summary,
    credentials: security.map(credentialsInWords),
    parameters,
    body: requestBody?.content["application/json"]?.schema ?? null,
    answers: Object.entries(responses).map(([status, { description, content }]) => {
      const [first] = Object.entries(content ?? {});
      return { status, description, type: first?.[0] ?? null, schema: first?.[1].schema ?? null };
    }),
  };
}

const CREDENTIALS: Record<string, string> = {
  apiKey: "API key",
  dashboard: "dashboard sign-in",
  userToken: "user token",
  session: "session token",
};

function credentialsInWords(schemes: Record<string, unknown>): string {
  const names = Object.keys(schemes).map((scheme) => CREDENTIALS[scheme] ?? scheme);
  return names.length === 0 ? "none" : names.join(" and ");
}
