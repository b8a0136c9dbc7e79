import type { z } from "zod";
import { fixedError, problemDetails } from "@/core/api/errors";
import { ERROR_STATUS } from "@/core/errors";
import { Components } from "./openapi-components";
import type { Access, Declaration, Route } from "./route";

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of these routes: made of the schemas that validate. */
export function openApiDocument(routes: ReadonlyMap<string, Route>, version: string): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  for (const [name, { declaration }] of routes) {
    const path = paths[declaration.path] ?? {};
    path[declaration.method.toLowerCase()] = operation(name, declaration, components);
    paths[declaration.path] = path;
  }
  return {
    openapi: "3.1.0",
    info: { title: "Loudhailer", version, description: DESCRIPTION },
    paths,
    components: { schemas: components.schemas, securitySchemes: SECURITY_SCHEMES },
  };
}

const DESCRIPTION =
  "Puts a message in front of every user of a product, now. Errors under /api/v1 are problem " +
  "details (RFC 9457); the fixed endpoints answer `{status, message, code}`. Times are ISO 8601.";

const SECURITY_SCHEMES = {
  apiKey: { type: "http", scheme: "bearer", description: "An API key, `lhk_…`." },
  dashboard: {
    type: "apiKey",
    in: "cookie",
    name: "loudhailer.session_token",
    description: "A dashboard person; from the dashboard's own pages only.",
  },
  userToken: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "A user of the host product, signed by it.",
  },
  session: {
    type: "apiKey",
    in: "header",
    name: "X-Loudhailer-Session",
    description: "A recipient's session token.",
  },
};

const PEOPLE = [{ apiKey: [] }, { dashboard: [] }];
const RECIPIENTS = [{ userToken: [] }, { session: [] }, { dashboard: [] }];

function securityOf(access: Access): Json[] {
  if (access === "recipient") return RECIPIENTS;
  return access === "anyone" ? [{}, ...PEOPLE, ...RECIPIENTS] : PEOPLE;
}

function operation(
  name: string,
  declaration: Declaration & { access: Access },
  components: Components,
): Json {
  const { tag, summary, input, answer, status = 200, produces, revalidated, access } = declaration;
  const { body } = input.shape;
  const content = {
    [produces ?? "application/json"]: { schema: components.schemaOf(answer, "output") },
  };
  return {
    operationId: name,
    tags: [tag],
    summary,
    security: securityOf(access),
    parameters: parametersOf(declaration, components),
    ...(body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: components.schemaOf(body, "input") } },
      },
    }),
    responses: {
      [status]: { description: "Done.", content },
      ...(revalidated && { 304: { description: "As it was when its ETag was given." } }),
      ...errorsOf(declaration, components),
    },
  };
}

function parametersOf(
  { input, idempotent, revalidated }: Declaration,
  components: Components,
): Json[] {
  const { params, query, headers } = input.shape;
  const listed = (schema: z.ZodType | undefined, place: string) =>
    schema ? components.parametersOf(schema, place) : [];
  return [
    ...listed(params, "path"),
    ...listed(query, "query"),
    ...listed(headers, "header"),
    WORKSPACE,
    ...(idempotent ? [IDEMPOTENCY_KEY] : []),
    ...(revalidated ? [IF_NONE_MATCH] : []),
  ];
}

const WORKSPACE = {
  name: "workspace",
  in: "query",
  description: "Its public name; an API key knows its own.",
  schema: { type: "string", default: "default" },
};

const IDEMPOTENCY_KEY = {
  name: "Idempotency-Key",
  in: "header",
  description: "Repeated within 24 h, the request is done once and answered again.",
  schema: { type: "string", minLength: 1, maxLength: 255 },
};

const IF_NONE_MATCH = {
  name: "If-None-Match",
  in: "header",
  description: "The ETag of the answer before.",
  schema: { type: "string" },
};

/** By status; the body says more. */
const ERRORS: Record<number, string> = {
  401: "Nobody known is calling.",
  403: "The caller may not do this.",
  404: "There is no such thing in this workspace.",
  422: "A field is refused; the answer names it.",
  429: "Too many calls; Retry-After says when to come back.",
  500: "A fault of the server's own; requestId finds it in the log.",
  503: "The database is away; Retry-After says when to come back.",
};

function errorsOf(declaration: Declaration, components: Components): Json {
  const { method, path, input, idempotent } = declaration;
  const isProblem = path.startsWith("/api/v1/");
  const schema = components.schemaOf(isProblem ? problemDetails : fixedError, "output");
  const type = isProblem ? "application/problem+json" : "application/json";
  const { body, headers } = input.shape;
  const further = {
    ...(body && { 400: "The body is not JSON.", 413: "The body is too large." }),
    ...(method !== "GET" && {
      [ERROR_STATUS.conflict]: `What it is about is in no state for that${
        idempotent ? ", or the Idempotency-Key was used for another request" : ""
      }.`,
    }),
    ...(headers && {
      [ERROR_STATUS.revision_conflict]: "Someone else edited it meanwhile; the answer says what.",
      [ERROR_STATUS.precondition_required]: "If-Match is missing.",
    }),
  };
  return Object.fromEntries(
    Object.entries({ ...ERRORS, ...further }).map(([status, description]) => [
      status,
      { description, content: { [type]: { schema } } },
    ]),
  );
}
