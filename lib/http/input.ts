import { z } from "zod";
import { AppError } from "@/core/errors";
import { readJson } from "./body";
import { toInvalid } from "./problem";

/** The parts of a request that a route takes; each is checked by its schema. */
export type InputShape = {
  params?: z.ZodType;
  query?: z.ZodType;
  headers?: z.ZodType;
  body?: z.ZodType;
};
export type Input = z.ZodObject<InputShape>;

const english = z.locales.en().localeError;

/**
 * Reads and checks what a request says.
 * @param params of the path
 * @throws AppError `bad_json`, `too_large`, `precondition_required`, `invalid` naming the field
 */
export async function parseInput<I extends Input>(schema: I, raw: RawInput): Promise<z.output<I>> {
  const { headers } = raw;
  if (schema.shape.headers && headers["if-match"] === undefined) {
    throw new AppError(
      "precondition_required",
      'Say which revision you edit: If-Match with the revision, such as "3".',
    );
  }
  const parsed = schema.safeParse(raw, { error: namingTheField });
  if (parsed.success) return parsed.data;
  throw toInvalid(parsed.error);
}

export interface RawInput {
  params: unknown;
  query: Record<string, string>;
  headers: { "if-match"?: string };
  body: unknown;
}

export async function rawInput(
  request: Request,
  params: unknown,
  limitBytes: number,
): Promise<RawInput> {
  const ifMatch = request.headers.get("if-match");
  const body = await readJson(request, limitBytes);
  return {
    params,
    query: firstOfEach(new URL(request.url).searchParams),
    headers: ifMatch === null ? {} : { "if-match": ifMatch },
    // Nothing sent is the same as nothing said.
    body: body === undefined ? {} : body,
  };
}

/** Zod's own messages do not say what they are about; ours do. */
const namingTheField: z.core.$ZodErrorMap = (issue) => {
  const said = english(issue);
  const message = typeof said === "string" ? said : said?.message;
  const field = (issue.path ?? []).slice(1).join(".");
  return field && message ? `${field}: ${message}` : message;
};

function firstOfEach(params: URLSearchParams): Record<string, string> {
  return Object.fromEntries([...params].reverse());
}

/** `If-Match: "3"`: the revision that is edited. */
export const ifMatchRevision = z.object({
  "if-match": z
    .string()
    .regex(/^(W\/)?"?\d{1,9}"?$/, { error: 'If-Match must be a revision, such as "3"' })
    .transform((tag) => Number(tag.replace(/\D/g, ""))),
});
